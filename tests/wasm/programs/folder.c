/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a task may do with files, step after step with work between: written, appended, renamed, removed while open;
 * clocks and random numbers too. Its output tells all that it saw. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "print.h"

static void work(int turns) {
  volatile uint32_t state = 1;
  for (int i = 0; i < turns * 100000; ++i) state = state * 1664525u + 1013904223u;
}

static void tell(const char* what, long value) {
  printText(what);
  printHex((uint64_t)value);
}

static void listFolder(const char* path) {
  DIR* folder = opendir(path);
  for (struct dirent* entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
    struct stat stat;
    char full[300] = "";
    strcat(strcat(strcat(full, path), "/"), entry->d_name);
    printText(entry->d_name);
    tell(" ", fstatat(AT_FDCWD, full, &stat, 0) == 0 ? (long)stat.st_size : -1);
  }
  if (folder != NULL) closedir(folder);
}

int main(int argc, char** argv) {
  const int turns = argc > 1 ? atoi(argv[1]) : 1;
  uint64_t random;
  struct timespec now;
  char text[16] = {0};
  const int kept = open("kept.txt", O_RDWR | O_CREAT | O_EXCL, 0666);
  const int hidden = open("hidden.tmp", O_RDWR | O_CREAT | O_TRUNC, 0666);
  tell("folder ", mkdir("inner", 0777));
  unlink("hidden.tmp");
  for (int step = 0; step < 12; ++step) {
    work(turns);
    tell("written ", write(kept, "0123456789", 10) + write(hidden, "abcdefghij", 10));
    const int log = open("inner/log.txt", O_WRONLY | O_CREAT | O_APPEND, 0666);
    tell("log ", write(log, "line\n", 5));
    close(log);
    if (step == 4) tell("renamed ", rename("inner", "outer") + mkdir("inner", 0777));
    getentropy(&random, sizeof random);
    clock_gettime(CLOCK_REALTIME, &now);
    tell("random ", (long)(random & 0x7fffffff));
    tell("second ", (long)(now.tv_nsec / 1000));
  }
  tell("seek ", lseek(hidden, 95, SEEK_SET));
  tell("read ", read(hidden, text, 15));
  printText(text);
  tell("\nplace ", lseek(kept, 0, SEEK_CUR));
  listFolder(".");
  listFolder("outer");
  return 0;
}
