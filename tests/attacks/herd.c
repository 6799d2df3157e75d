// SPDX-License-Identifier: GPL-3.0-or-later
// hearth-herd FILE: leads hostile programs inside of a virtual machine, whose start is too dear for one attack. Each
// line of the file is FOLDER, SECONDS, PROGRAM and its words, with tabs between them. What a program prints goes to
// FOLDER.output and FOLDER.error, how it ended to FOLDER.ended. Prints "begun" for each that says that it is ready.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMostWords = 32, kStepMicros = 5000 };

static int openNew(const char* folder, const char* name) {
  char path[256];
  snprintf(path, sizeof path, "%s.%s", folder, name);
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static _Noreturn void become(const char* folder, char** words) {
  int output = openNew(folder, "output");
  if (output < 0 || dup2(output, 1) < 0 || dup2(openNew(folder, "error"), 2) < 0 || chdir(folder) != 0) _exit(125);
  execv(words[0], words);
  _exit(126);
}

static int isReady(const char* folder) {
  char path[256];
  snprintf(path, sizeof path, "%s/ready", folder);
  return access(path, F_OK) == 0;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void lead(const char* folder, double seconds, char** words) {
  (void)mkdir(folder, 0700);
  const pid_t pid = fork();
  if (pid == 0) become(folder, words);
  const double until = now() + seconds;
  int status = 0, begun = 0, isLate = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (!begun && isReady(folder)) {
      begun = 1;
      printf("begun\n");
    }
    if (!isLate && now() > until) {
      isLate = 1;
      kill(pid, SIGKILL);
    }
    usleep(kStepMicros);
  }
  int ended = openNew(folder, "ended");
  dprintf(ended, "%s", isLate ? "late" : "");
  if (!isLate) dprintf(ended, "%d", status);
  close(ended);
}

int main(int argc, char** argv) {
  FILE* list = fopen(argc > 1 ? argv[1] : "", "re");
  if (list == NULL) return 64;
  setvbuf(stdout, NULL, _IOLBF, 0);
  char* line = NULL;
  size_t room = 0;
  for (ssize_t length; (length = getline(&line, &room, list)) > 0;) {
    char* words[kMostWords + 1] = {NULL};
    int count = 0;
    line[length - 1] = '\0';
    for (char* at = line; at != NULL && count < kMostWords; ++count) words[count] = strsep(&at, "\t");
    if (count >= 3) lead(words[0], atof(words[1]), words + 2);
  }
  return 0;
}
