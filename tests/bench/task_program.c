// SPDX-License-Identifier: GPL-3.0-or-later
// What the benchmarks of the sandbox run: `task_program burn` does a fixed piece of work and prints the processor time
// that it took, in microseconds; `stay PROCESSES` makes so many that never end by themselves. Static.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { kBytes = 4 << 20, kRounds = 24, kFileEvery = 2, kFileBytes = 64 << 10 };

static uint64_t processorMicros(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

// Arithmetic over memory, fresh memory, and a little of files: what programs that compute do.
static uint64_t work(void) {
  uint64_t sum = 88172645463325252u;
  for (int round = 0; round < kRounds; ++round) {
    uint64_t* memory = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) exit(2);
    for (size_t i = 0; i < kBytes / sizeof *memory; ++i) {
      for (int turn = 0; turn < 4; ++turn) sum ^= sum << 13, sum ^= sum >> 7, sum ^= sum << 17;
      memory[i] = sum + memory[(sum >> 20) % (kBytes / sizeof *memory)];
    }
    if (round % kFileEvery == 0) {
      int file = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);
      if (file < 0 || write(file, memory, kFileBytes) != kFileBytes || pread(file, memory, kFileBytes, 0) < 0) exit(3);
      close(file);
    }
    munmap(memory, kBytes);
  }
  return sum;
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "burn") == 0) {
    uint64_t before = processorMicros();
    uint64_t sum = work();
    printf("%llu %llx\n", (unsigned long long)(processorMicros() - before), (unsigned long long)sum);
    return 0;
  }
  if (argc > 2 && strcmp(argv[1], "stay") == 0) {
    int left = (int)strtol(argv[2], NULL, 10);
    while (--left > 0 && fork() != 0) {
    }
    close(open(left == 0 ? "ready" : "begun", O_WRONLY | O_CREAT, 0600));
    for (volatile unsigned i = 0;; ++i) {
      if (i % 1000000 == 0) usleep(1000);
    }
  }
  return 64;
}
