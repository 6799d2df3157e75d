// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints for programs in C and C++ (docs/checkpoints.md): a task that saves its state goes on from it after a
// pause of the machine, a restart, or on another host. Nothing to link: include it in one file.
//
//   size_t size;
//   struct State* state = hearth_checkpoint_load("pi-2", &size);   // NULL: begin at the beginning
//   for (;;) {
//     ... some work, milliseconds to seconds, until the state is whole again ...
//     if (hearth_checkpoint_due()) hearth_checkpoint_save("pi-2", state, sizeof *state);
//   }
//
// Outside of Hearth every call does nothing and the program runs as ever. One thread calls.
#pragma once

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t hearth_checkpoint_asked;

static inline void hearth_checkpoint_on_signal(int number) {
  (void)number;
  hearth_checkpoint_asked = 1;
}

// Of PKZIP and zlib: reflected, polynomial 0xEDB88320.
static inline uint32_t hearth_checkpoint_crc(const unsigned char* bytes, size_t size) {
  uint32_t crc = 0xFFFFFFFFu;
  for (size_t i = 0; i < size; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

static inline const char* hearth_checkpoint_task(void) {
  const char* task = getenv("HEARTH_TASK");
  return task != NULL && *task != '\0' ? task : "-";
}

/// The state that was saved last by this task with the same version, or NULL with *size 0: then begin at the beginning.
/// The caller frees it. A state that is spoilt, or of another task or version, is not used, and a line on standard
/// error says so. From here on the program can be asked for its state.
static inline void* hearth_checkpoint_load(const char* version, size_t* size) {
  *size = 0;
  const char* path = getenv("HEARTH_CHECKPOINT");
  if (path == NULL) return NULL;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = hearth_checkpoint_on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, NULL);
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  char task[128], kept[128];
  uint64_t bytes = 0;
  uint32_t crc = 0;
  const char* wrong = "it has no proper head";
  unsigned char* state = NULL;
  if (fscanf(file, "hearth-checkpoint 1 %127s %127s %" SCNu64 " %" SCNx32, task, kept, &bytes, &crc) == 4 &&
      fgetc(file) == '\n') {
    wrong = strcmp(task, hearth_checkpoint_task()) != 0 ? "it is of another task"
            : strcmp(kept, version) != 0                ? "it is of another version of the program"
                                                        : NULL;
  }
  if (wrong == NULL) {
    state = bytes < SIZE_MAX ? (unsigned char*)malloc((size_t)bytes + 1) : NULL;
    const int whole = state != NULL && fread(state, 1, (size_t)bytes, file) == bytes && fgetc(file) == EOF;
    if (!whole || hearth_checkpoint_crc(state, (size_t)bytes) != crc) wrong = "it is spoilt";
  }
  fclose(file);
  if (wrong != NULL) {
    fprintf(stderr, "the checkpoint is not used: %s; the task starts afresh\n", wrong);
    free(state);
    return NULL;
  }
  *size = (size_t)bytes;
  return state;
}

/// Whether the state should be saved now. Costs nothing: ask as often as you like.
static inline int hearth_checkpoint_due(void) { return hearth_checkpoint_asked; }

/// Saves a state in the place of the one before, whole or not at all. 0, or -1 with errno: the one before is kept then,
/// and the task should go on, since the disk may have room again next time. `version` has no spaces.
static inline int hearth_checkpoint_save(const char* version, const void* state, size_t size) {
  hearth_checkpoint_asked = 0;
  const char* path = getenv("HEARTH_CHECKPOINT");
  if (path == NULL) return 0;
  char fresh[4096];
  if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", path) >= sizeof fresh) {
    errno = ENAMETOOLONG;
    return -1;
  }
  FILE* file = fopen(fresh, "wb");
  if (file == NULL) return -1;
  const uint32_t crc = hearth_checkpoint_crc((const unsigned char*)state, size);
  const int written = fprintf(file, "hearth-checkpoint 1 %s %s %zu %08" PRIx32 "\n", hearth_checkpoint_task(), version,
                              size, crc) > 0 &&
                      fwrite(state, 1, size, file) == size && fflush(file) == 0 && fsync(fileno(file)) == 0;
  const int trouble = errno;
  if (fclose(file) == 0 && written && rename(fresh, path) == 0) return 0;
  if (!written) errno = trouble;
  const int reason = errno;
  remove(fresh);
  errno = reason;
  return -1;
}
