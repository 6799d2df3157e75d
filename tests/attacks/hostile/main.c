// SPDX-License-Identifier: GPL-3.0-or-later
// The hostile program: `hearth-hostile ATTACK [WORD…]`. Static, so that a package needs nothing else. The catalogue
// (tests/attacks/catalogue.cpp) says what each attack is good for and what stops it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

long number(const char* text) { return strtol(text, NULL, 10); }

void rest(long milliseconds) {
  struct timespec length = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
  while (nanosleep(&length, &length) != 0) {
  }
}

void got(const char* what, long result) {
  if (result >= 0) printf("open: %s\n", what);
}

void ready(void) { close(open("ready", O_WRONLY | O_CREAT, 0600)); }

void tick(const char* file) {
  int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  for (int i = 0; i < 2000 && write(fd, ".", 1) == 1; ++i) rest(5);
}

static int runFrom(const struct Attack* attacks, const char* name, int count, char** words) {
  for (; attacks->name != NULL; ++attacks) {
    if (strcmp(attacks->name, name) != 0) continue;
    attacks->run(count, words);
    return 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  static const struct Attack* const all[] = {kFileAttacks, kKernelAttacks, kProcessAttacks, kResourceAttacks,
                                             kOutputAttacks};
  const char* name = argc > 1 ? argv[1] : "";
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
    if (!runFrom(all[i], name, argc - 2, argv + 2)) continue;
    printf("tried\n");
    return 0;
  }
  fprintf(stderr, "no attack is called '%s'\n", name);
  return 64;
}
