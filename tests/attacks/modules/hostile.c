// SPDX-License-Identifier: GPL-3.0-or-later
// The hostile program as a WebAssembly module: `hostile ATTACK [WORD…]`, what it prints is as ../hostile/main.c's. What
// does not ask for a module's own calls is also built as a usual program, which shows that it would work.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __wasm__
#include <wasi/api.h>
#endif

#define ATTACK(name) static void name(int count __attribute__((unused)), char** words __attribute__((unused)))

static void got(const char* what, int isGot) {
  if (isGot) printf("open: %s\n", what);
}

static void makeFile(const char* path) { close(open(path, O_WRONLY | O_CREAT, 0600)); }

/* ---- out of the folder ---- */

ATTACK(readPath) {
  for (int i = 0; i < count; ++i) got(words[i], open(words[i], O_RDONLY) >= 0);
}

/* From the folder up to the root, and down again, in every way to write it. */
ATTACK(climb) {
  static const char* const ups[] = {"../",    "inner/../../",  "./../",       "inner/./../.././", "..//",
                                    ".././/", "inner/../..//", "..\\..\\.\\", "inner/..%2f../",   "\xc0\xae\xc0\xae/"};
  static char path[4096];
  mkdir("inner", 0700);
  for (size_t way = 0; way < sizeof ups / sizeof ups[0]; ++way) {
    path[0] = '\0';
    for (int depth = 0; depth < 24; ++depth) {
      strcat(path, ups[way]);
      const size_t length = strlen(path);
      strcat(path, words[0] + 1);
      got(ups[way], open(path, O_RDONLY) >= 0);
      path[length] = '\0';
    }
  }
}

ATTACK(climbFromFolder) {
  char path[256] = "";
  const int folder = open(".", O_RDONLY | O_DIRECTORY);
  const int inner = mkdir("inner", 0700) == 0 ? open("inner", O_RDONLY | O_DIRECTORY) : -1;
  for (int depth = 0; depth < 24; ++depth) {
    strcat(path, "../");
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", path, words[0] + 1);
    got("from its folder", openat(folder, whole, O_RDONLY) >= 0);
    got("from a folder in it", openat(inner, whole, O_RDONLY) >= 0);
    got("from what is no folder", openat(0, whole, O_RDONLY) >= 0);
  }
}

ATTACK(linkOut) {
  char text[8];
  got("a link", symlink(words[0], "link") == 0);
  got("what is behind a link", open("link", O_RDONLY) >= 0);
  got("a second name", link(words[0], "second") == 0);
  got("what a link says", readlink("/proc/self/exe", text, sizeof text) >= 0);
}

ATTACK(changeOutside) {
  makeFile("mine");
  mkdir("inner", 0700);
  got("a file moved out", rename("mine", words[0]) == 0);
  got("a file moved in", rename(words[1], "theirs") == 0);
  got("a file removed", unlink(words[1]) == 0);
  got("a folder made outside", mkdir(words[2], 0700) == 0);
  got("a file made outside", open(words[2], O_WRONLY | O_CREAT, 0600) >= 0);
  got("its own folder removed", rmdir("../work") == 0 || rmdir(".") == 0);
  got("its own folder moved", rename(".", "inner/new") == 0);
  const struct timespec early[2] = {{1, 0}, {1, 0}};
  got("times changed", utimensat(AT_FDCWD, words[1], early, 0) == 0);
}

ATTACK(agentNames) {
  static const char* const names[] = {".hearth-checkpoint", ".hearth-checkpoint.new", "./.hearth-checkpoint",
                                      "inner/../.hearth-checkpoint"};
  mkdir("inner", 0700);
  makeFile("mine");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    got("a checkpoint, to write", open(names[i], O_WRONLY | O_CREAT, 0600) >= 0);
    got("a checkpoint, to read", open(names[i], O_RDONLY) >= 0);
    got("a checkpoint put in place", rename("mine", names[i]) == 0);
    got("a checkpoint removed", unlink(names[i]) == 0);
  }
  got("where its checkpoint lies", getenv("HEARTH_CHECKPOINT") != NULL);
}

ATTACK(surroundings) {
  extern char** environ;
  for (char** each = environ; each != NULL && *each != NULL; ++each) {
    if (strncmp(*each, "HEARTH_", 7) != 0) got("a variable of the agent's", 1);
  }
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  got("the time of day", now.tv_sec > 1600000000);
}

/* ---- more than its share ---- */

ATTACK(fill) {
  static char piece[1 << 16];
  memset(piece, 'x', sizeof piece);
  const int file = open("filled", O_WRONLY | O_CREAT, 0600);
  long written = 0;
  while (written < 24 << 20) {
    const ssize_t more = write(file, piece, sizeof piece);
    if (more <= 0) break;
    written += more;
  }
  got("all the space that it wanted", written >= 24 << 20);
}

ATTACK(sparse) {
  const int file = open("sparse", O_RDWR | O_CREAT, 0600);
  got("a giant", ftruncate(file, 1LL << 40) == 0);
  got("a far write", lseek(file, 1LL << 40, SEEK_SET) >= 0 && write(file, "x", 1) == 1);
  got("a giant, allocated", posix_fallocate(file, 0, 64 << 20) == 0);
}

ATTACK(manyFiles) {
  int made = 0;
  for (; made < 4000; ++made) {
    char name[32];
    snprintf(name, sizeof name, "name-%d", made);
    const int file = open(name, O_WRONLY | O_CREAT, 0600);
    if (file < 0) break;
    close(file);
  }
  for (volatile int wait = 0; wait < 2000000000; ++wait) {
  }
  got("all the names that it wanted", made == 4000);
}

ATTACK(descriptors) {
  int made = 0;
  makeFile("mine");
  while (made < 4000 && open("mine", O_RDONLY) >= 0) ++made;
  got("more descriptors than 2048", made > 2048);
}

ATTACK(deep) {
  static char path[1024];
  int made = 0;
  for (; made < 100; ++made) {
    strcat(path, "d/");
    if (mkdir(path, 0700) != 0) break;
  }
  got("folders as deep as it wanted", made == 100);
}

ATTACK(flood) {
  static char piece[1 << 16];
  memset(piece, 'x', sizeof piece);
  for (int i = 0; i < 400; ++i) (void)!write((int)strtol(words[0], NULL, 10), piece, sizeof piece);
}

ATTACK(sleepOn) {
  for (;;) {
    for (volatile int i = 0; i < 1000; ++i) {
    }
    struct timespec length = {1000000, 0};
    nanosleep(&length, NULL);
  }
}

/* Goes on for ever, and has something of everything for a checkpoint to hold. */
ATTACK(wait) {
  static char kept[1 << 16];
  const int file = open("mine", O_RDWR | O_CREAT, 0600);
  const int folder = open(".", O_RDONLY | O_DIRECTORY);
  (void)!write(file, "mine", 4);
  for (unsigned round = 0;; ++round) {
    kept[round % sizeof kept] = (char)round;
    if (round % 100000 == 0) (void)!write(folder >= 0 ? file : -1, kept, 1), lseek(file, 0, SEEK_SET);
  }
}

#ifdef __wasm__

/* ---- through its walls ---- */

static volatile uint32_t zero;
static uint8_t* at(uint32_t address) { return (uint8_t*)(uintptr_t)address; }
static uint32_t memoryEnd(void) { return (uint32_t)__builtin_wasm_memory_size(0) << 16; }

ATTACK(readOutside) { printf("open: %d outside\n", *(volatile uint8_t*)at(memoryEnd() + zero)); }
ATTACK(writeOutside) {
  *(volatile uint64_t*)at(memoryEnd() - 4 + zero) = 1;
  got("a write over the end", 1);
}
ATTACK(readFarthest) { printf("open: %d farthest\n", *(volatile uint8_t*)at(0xffffffffu - zero)); }
ATTACK(copyOutside) {
  memcpy(at(memoryEnd() - 16), at(zero), 4096 + zero);
  got("a copy over the end", 1);
}
ATTACK(giveUp) { abort(); }
ATTACK(overflow) {
  volatile double large = 1e300 + zero;
  printf("open: an integer %d\n", (int)__builtin_wasm_trunc_s_i32_f64(large));
}

static int nest(int depth) {
  volatile char room[4096];
  room[depth % 4096] = 1;
  return (depth < 0 ? 0 : nest(depth + 1)) + room[0];
}
ATTACK(nestDeeply) { printf("open: nested %d\n", nest((int)zero)); }

/* Every call that takes an address is given one outside of memory: none may succeed, and none may end the host. */
ATTACK(addresses) {
  const uint32_t bad[] = {memoryEnd(), memoryEnd() - 1, 0xfffffff8u, 0xffffffffu, 0x80000000u};
  __wasi_size_t size;
  makeFile("mine");
  const int file = open("mine", O_RDWR);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    uint8_t* outside = at(bad[i]);
    __wasi_iovec_t list = {outside, 4096};
    const __wasi_ciovec_t text = {outside, 4096};
    got("random bytes outside", __wasi_random_get(outside, 4096) == 0);
    got("random bytes over everything", __wasi_random_get(at(0), 0xffffffffu) == 0);
    got("the time outside", __wasi_clock_time_get(0, 0, (__wasi_timestamp_t*)outside) == 0);
    got("arguments outside", __wasi_args_get((uint8_t**)outside, outside) == 0);
    got("how many arguments outside", __wasi_args_sizes_get((__wasi_size_t*)outside, (__wasi_size_t*)outside) == 0);
    got("a read to outside", __wasi_fd_read(file, &list, 1, &size) == 0 && size > 0);
    got("a write from outside", __wasi_fd_write(file, &text, 1, &size) == 0 && size > 0);
    got("a print from outside", __wasi_fd_write(2, &text, 1, &size) == 0 && size > 0);
    got("a list outside", __wasi_fd_write(file, (const __wasi_ciovec_t*)outside, 1, &size) == 0);
    got("a list without end", __wasi_fd_write(file, &text, 0xffffffffu, &size) == 0);
    got("a count outside", __wasi_fd_write(file, &text, 0, (__wasi_size_t*)outside) == 0);
    got("a state outside", __wasi_fd_filestat_get(file, (__wasi_filestat_t*)outside) == 0);
    got("a rights outside", __wasi_fd_fdstat_get(file, (__wasi_fdstat_t*)outside) == 0);
    got("a listing outside", __wasi_fd_readdir(3, outside, 4096, 0, &size) == 0 && size > 0);
    got("a folder's name outside", i != 1 && __wasi_fd_prestat_dir_name(3, outside, 4096) == 0);
    got("events outside",
        __wasi_poll_oneoff((const __wasi_subscription_t*)outside, (__wasi_event_t*)outside, 4096, &size) == 0);
  }
}

/* Numbers of descriptors that it was not given: whatever the host itself has open must not be reached. */
ATTACK(numbers) {
  static uint8_t bytes[64];
  __wasi_iovec_t list = {bytes, sizeof bytes};
  __wasi_size_t size;
  __wasi_prestat_t given;
  __wasi_fdstat_t state;
  for (uint32_t i = 4; i < 4096; ++i) {
    got("a descriptor that it was not given", __wasi_fd_fdstat_get((int)i, &state) == 0);
    got("bytes of a descriptor that it was not given", __wasi_fd_read((int)i, &list, 1, &size) == 0);
    got("a second folder", __wasi_fd_prestat_get((int)i, &given) == 0);
  }
  for (uint32_t i = 0; i < 32; ++i) {
    got("a descriptor far away", __wasi_fd_fdstat_get((int)(1u << i | 0x1000u), &state) == 0);
  }
  makeFile("mine");
  const int file = open("mine", O_RDWR);
  got("a file in the place of the folder, and out of it",
      __wasi_fd_renumber(file, 3) == 0 && open("../../etc/passwd", O_RDONLY) >= 0);
  got("a descriptor of no number", __wasi_fd_renumber(3, (int)0xfffffff0u) == 0);
  got("a place before the beginning", __wasi_fd_seek(file, -1, 0, (__wasi_filesize_t*)bytes) == 0);
  got("a read before the beginning", __wasi_fd_pread(file, &list, 1, (__wasi_filesize_t)-5, &size) == 0 && size > 0);
}

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise"))) int raiseSignal(int signal);
ATTACK(raise) {
  raiseSignal(9);
  got("it goes on after a signal", 1);
}

#endif

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(int count, char** words);
  } attacks[] = {
#ifdef __wasm__
      {"read-outside", readOutside},
      {"write-outside", writeOutside},
      {"read-farthest", readFarthest},
      {"copy-outside", copyOutside},
      {"give-up", giveUp},
      {"overflow", overflow},
      {"nest", nestDeeply},
      {"addresses", addresses},
      {"numbers", numbers},
      {"raise", raise},
#endif
      {"read", readPath},
      {"climb", climb},
      {"climb-from-folder", climbFromFolder},
      {"link", linkOut},
      {"change", changeOutside},
      {"agent-names", agentNames},
      {"surroundings", surroundings},
      {"fill", fill},
      {"sparse", sparse},
      {"many-files", manyFiles},
      {"descriptors", descriptors},
      {"deep", deep},
      {"flood", flood},
      {"sleep-on", sleepOn},
      {"wait", wait},
  };
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (size_t i = 0; argc > 1 && i < sizeof attacks / sizeof attacks[0]; ++i) {
    if (strcmp(attacks[i].name, argv[1]) != 0) continue;
    attacks[i].run(argc - 2, argv + 2);
    printf("tried\n");
    return 0;
  }
  fprintf(stderr, "no attack is called '%s'\n", argc > 1 ? argv[1] : "");
  return 64;
}
