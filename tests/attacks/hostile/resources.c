// SPDX-License-Identifier: GPL-3.0-or-later
// Attacks on what the machine has: processes, memory, disk, time, and what the agent keeps of a task's output. Each
// takes a bounded lot, more than any limit of the suite, holds it for a while, and says so.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

#define ATTACK(name) static void name(int count __attribute__((unused)), char** words __attribute__((unused)))

enum { kHoldMillis = 2500 };

static atomic_int* sharedCount(void) {
  return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

// Every process forks; the count of all is bounded.
ATTACK(forkBomb) {
  const int most = (int)number(words[0]);
  atomic_int* made = sharedCount();
  const pid_t first = getpid();
  for (int tries = 0; tries < 2000 && *made < most; ++tries) {
    pid_t child = fork();
    if (child == 0) ++*made;
    if (child < 0) rest(1);
  }
  rest(kHoldMillis);
  if (getpid() != first) _exit(0);
  got("all the processes that it wanted", *made >= most ? 0 : -1);
}

static void* sleepInThread(void* made) {
  ++*(atomic_int*)made;
  rest(kHoldMillis);
  return NULL;
}

ATTACK(threadBomb) {
  const int most = (int)number(words[0]);
  atomic_int made = 0;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  for (int i = 0; i < most; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, &small, sleepInThread, &made) != 0) break;
  }
  rest(kHoldMillis / 2);
  got("all the threads that it wanted", made >= most ? 0 : -1);
  fflush(stdout);
}

static int touch(long mebibytes, int flags) {
  const size_t bytes = (size_t)mebibytes << 20;
  char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -1;
  for (size_t i = 0; i < bytes; i += 4096) memory[i] = 1;
  return 0;
}

ATTACK(balloon) {
  const int touched = touch(number(words[0]), MAP_PRIVATE);
  rest(kHoldMillis);
  got("all the memory that it wanted", touched);
}

// Each process alone is below the limit.
ATTACK(balloons) {
  const long processes = number(words[0]);
  atomic_int* made = sharedCount();
  for (long i = 0; i < processes; ++i) {
    if (fork() != 0) continue;
    if (touch(number(words[1]), MAP_PRIVATE) == 0) ++*made;
    rest(kHoldMillis);
    _exit(0);
  }
  rest(kHoldMillis);
  got("all the memory that it wanted, in parts", *made == processes ? 0 : -1);
}

static void* touchInThread(void* mebibytes) {
  rest(30);
  const int touched = touch(number(mebibytes), MAP_PRIVATE);
  rest(kHoldMillis);
  got("memory behind a first thread that has ended", touched);
  printf("tried\n");
  exit(0);
}

// /proc/PID/stat shows no memory when the first thread has ended.
ATTACK(hiddenBalloon) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, touchInThread, words[0]) == 0) pthread_exit(NULL);
}

ATTACK(sharedBalloon) {
  const int touched = touch(number(words[0]), MAP_SHARED);
  rest(kHoldMillis);
  got("all the shared memory that it wanted", touched);
}

static int writeMuch(int fd, long mebibytes) {
  static char block[1 << 20];
  memset(block, 'x', sizeof block);
  for (long i = 0; i < mebibytes; ++i) {
    if (write(fd, block, sizeof block) != (ssize_t)sizeof block) return -1;
  }
  return fd < 0 ? -1 : 0;
}

ATTACK(fill) {
  signal(SIGXFSZ, SIG_IGN);
  const int written = writeMuch(open(words[0], O_WRONLY | O_CREAT, 0600), number(words[1]));
  rest(kHoldMillis);
  got("all the space that it wanted", written);
}

ATTACK(fillParts) {
  int written = 0;
  for (long i = 0; i < number(words[0]) && written == 0; ++i) {
    char name[32];
    snprintf(name, sizeof name, "part-%ld", i);
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    written = writeMuch(fd, number(words[1]));
    close(fd);
  }
  rest(kHoldMillis);
  got("all the space that it wanted, in parts", written);
}

ATTACK(fillRemoved) {
  int written = 0;
  for (long i = 0; i < number(words[0]) && written == 0; ++i) {
    int fd = open("removed", O_WRONLY | O_CREAT, 0600);
    unlink("removed");
    written = writeMuch(fd, number(words[1]));
  }
  rest(kHoldMillis);
  got("space in files without a name", written);
}

ATTACK(fillClosed) {
  mkdir("closed", 0700);
  int fd = open("closed/file", O_WRONLY | O_CREAT, 0600);
  chmod("closed", 0);
  int written = writeMuch(fd, number(words[0]));
  int other = open("closed-2", O_WRONLY | O_CREAT, 0600);
  if (written == 0) written = writeMuch(other, number(words[0]));
  rest(kHoldMillis);
  got("space in a folder that it closed", written);
}

ATTACK(inodes) {
  const long most = number(words[0]);
  long made = 0;
  for (; made < most; ++made) {
    char name[32];
    snprintf(name, sizeof name, "empty-%ld", made);
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) break;
    close(fd);
  }
  rest(kHoldMillis);
  got("all the names that it wanted", made == most ? 0 : -1);
}

ATTACK(deep) {
  const long most = number(words[0]);
  long made = 0;
  for (; made < most; ++made) {
    if (mkdir("d", 0700) != 0 || chdir("d") != 0) break;
  }
  rest(kHoldMillis);
  got("folders as deep as it wanted", made == most ? 0 : -1);
}

ATTACK(sparse) {
  signal(SIGXFSZ, SIG_IGN);
  int fd = open("sparse", O_RDWR | O_CREAT, 0600);
  got("a giant by ftruncate", ftruncate(fd, 1LL << 40));
  got("a giant by truncate", truncate("sparse", 1LL << 40));
  got("a giant by a far write", pwrite(fd, "x", 1, 1LL << 40));
  got("a giant by fallocate", fallocate(fd, 0, 0, 64 << 20));
}

ATTACK(coreDump) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) abort();
  int status = 0;
  if (waitpid(child, &status, 0) != child) return;
  struct stat seen;
  got("a core file", stat("core", &seen) == 0 && seen.st_size > 0 ? 0 : -1);
  got("a core dump", WCOREDUMP(status) ? 0 : -1);
}

// What only the kernel keeps, in pipes and descriptors.
ATTACK(descriptors) {
  int made = 0;
  for (int ends[2]; made < 4000 && pipe(ends) == 0; made += 2) {
  }
  got("more descriptors than 2048", made > 2048 ? 0 : -1);
}

ATTACK(lockedMemory) {
  char* memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  got("memory that cannot be swapped", mlock(memory, 1 << 20));
}

// How many seconds an attack wants that only a clock ends.
static long patience(int count, char** words) { return count > 0 ? number(words[0]) : 4; }

ATTACK(spin) {
  struct timespec now;
  ready();
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
    for (volatile int i = 0; i < 100000; ++i) {
    }
  } while (clock() < patience(count, words) * CLOCKS_PER_SEC);
  got("all the time that it wanted", 0);
}

ATTACK(sleepOn) {
  for (int i = 1; i < 32; ++i) signal(i, SIG_IGN);
  rest(patience(count, words) * 1000);
  got("all the time that it wanted, asleep", 0);
}

// Interrupts itself so often that a careless waiter never comes to look at its clock.
static void nothing(int number) { (void)number; }
ATTACK(alarms) {
  signal(SIGALRM, nothing);
  struct itimerval often = {{0, 100}, {0, 100}};
  setitimer(ITIMER_REAL, &often, NULL);
  for (long i = 0; i < 10 * patience(count, words); ++i) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 100000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec += 1, until.tv_nsec -= 1000000000;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
  }
  got("all the time that it wanted, by alarms", 0);
}

ATTACK(flood) {
  const int fd = (int)number(words[0]);
  static char block[1 << 16];
  memset(block, 'y', sizeof block);
  for (long done = 0, all = number(words[1]) << 20; done < all;) {
    ssize_t written = write(fd, block, sizeof block);
    if (written < 0) return;
    done += written;
  }
}

const struct Attack kResourceAttacks[] = {{"fork-bomb", forkBomb},
                                          {"thread-bomb", threadBomb},
                                          {"balloon", balloon},
                                          {"balloons", balloons},
                                          {"hidden-balloon", hiddenBalloon},
                                          {"shared-balloon", sharedBalloon},
                                          {"fill", fill},
                                          {"fill-parts", fillParts},
                                          {"fill-removed", fillRemoved},
                                          {"fill-closed", fillClosed},
                                          {"inodes", inodes},
                                          {"deep", deep},
                                          {"sparse", sparse},
                                          {"core-dump", coreDump},
                                          {"descriptors", descriptors},
                                          {"locked-memory", lockedMemory},
                                          {"spin", spin},
                                          {"sleep-on", sleepOn},
                                          {"alarms", alarms},
                                          {"flood", flood},
                                          {0, 0}};
