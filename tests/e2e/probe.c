/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A task that behaves as it is told to, well or badly: `probe WHAT [ARGUMENT]`. Writes its findings to the file "out".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "task/hearth_checkpoint.h"

static void put(const char* text) {
  FILE* out = fopen("out", "a");
  if (out == NULL) exit(90);
  fprintf(out, "%s\n", text);
  if (fclose(out) != 0) exit(91);
}

static void pause_ms(long ms) {
  struct timespec left = {ms / 1000, (ms % 1000) * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

/* A sum of so many steps of ten milliseconds, that goes on where it was: the same whatever interrupted it. */
static int patient(long steps) {
  long state[2] = {0, 1};
  size_t size;
  void* kept = hearth_checkpoint_load("probe-1", &size);
  if (kept != NULL && size == sizeof state) memcpy(state, kept, size);
  fprintf(stderr, "from step %ld\n", state[0]);
  free(kept);
  while (state[0] < steps) {
    pause_ms(10);
    state[1] = (state[1] * 48271) % 2147483647;
    ++state[0];
    if (hearth_checkpoint_due()) (void)hearth_checkpoint_save("probe-1", state, sizeof state);
  }
  char text[32];
  snprintf(text, sizeof text, "%ld", state[1]);
  put(text);
  return 0;
}

static int fill(const char* name, long megabytes) {
  static char block[1 << 20];
  memset(block, 'x', sizeof block);
  int file = open(name, O_WRONLY | O_CREAT, 0600);
  for (long i = 0; i < megabytes; ++i) {
    if (write(file, block, sizeof block) != (ssize_t)sizeof block) return 20;
  }
  return 0;
}

static int balloon(long megabytes) {
  for (long i = 0; i < megabytes; ++i) {
    char* block = malloc(1 << 20);
    if (block == NULL) return 21;
    memset(block, (int)i, 1 << 20);
    pause_ms(2);
  }
  pause_ms(3000);
  return 0;
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  const char* argument = argc > 2 ? argv[2] : "0";
  if (strcmp(what, "echo") == 0) {
    put(argument);
    return 0;
  }
  if (strcmp(what, "slow-echo") == 0) { /* slow-echo TEXT MILLISECONDS */
    pause_ms(argc > 3 ? atol(argv[3]) : 100);
    put(argument);
    return 0;
  }
  if (strcmp(what, "burn") == 0) { /* burn TEXT MILLISECONDS: of a processor's time */
    while (clock() / (CLOCKS_PER_SEC / 1000) < (argc > 3 ? atol(argv[3]) : 1000)) continue;
    put(argument);
    return 0;
  }
  if (strcmp(what, "exit") == 0) {
    fprintf(stderr, "probe: leaving with %s\n", argument);
    return atoi(argument);
  }
  if (strcmp(what, "crash") == 0) {
    raise(SIGSEGV);
    return 0;
  }
  if (strcmp(what, "sleep") == 0) {
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    pause_ms(atol(argument) * 1000);
    put("slept");
    return 0;
  }
  if (strcmp(what, "patient") == 0) return patient(atol(argument));
  if (strcmp(what, "fill") == 0) return fill("big", atol(argument));
  if (strcmp(what, "balloon") == 0) return balloon(atol(argument));
  if (strcmp(what, "fork") == 0) {
    for (;;) fork();
  }
  if (strcmp(what, "leave") == 0) { /* leaves a daemon behind that would spoil the output later */
    if (fork() == 0) {
      setsid();
      if (fork() == 0) {
        pause_ms(60000);
        put("the daemon lived");
      }
      _exit(0);
    }
    put("left");
    return 0;
  }
  if (strcmp(what, "read") == 0) {
    put(open(argument, O_RDONLY) >= 0 ? "readable" : strerror(errno));
    return 0;
  }
  if (strcmp(what, "socket") == 0) {
    put(socket(AF_INET, SOCK_STREAM, 0) >= 0 ? "socket opened" : "no socket");
    return 0;
  }
  if (strcmp(what, "nothing") == 0) return 0;
  if (strcmp(what, "link") == 0) return symlink(argument, "out") == 0 ? 0 : 22;
  fprintf(stderr, "probe: what is '%s'?\n", what);
  return 2;
}
