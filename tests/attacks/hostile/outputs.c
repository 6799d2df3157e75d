// SPDX-License-Identifier: GPL-3.0-or-later
// Attacks on whoever takes a task's outputs: what lies under the name of a declared output is not what it seems.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "hostile.h"

#define ATTACK(name) static void name(int count __attribute__((unused)), char** words __attribute__((unused)))

static void make(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  (void)!write(fd, text, strlen(text));
  close(fd);
}

ATTACK(linkOutput) { (void)!symlink(words[0], "output"); }

ATTACK(folderLinkOutput) {
  char* slash = strrchr(words[0], '/');
  if (slash != NULL) *slash = '\0';
  (void)!symlink(words[0], "folder");
}

ATTACK(procLinkOutput) { (void)!symlink("/proc/self/environ", "output"); }

ATTACK(loopOutput) {
  (void)!symlink("output", "other");
  (void)!symlink("other", "output");
}

ATTACK(hardLinkOutput) {
  make("input-2", "x");
  (void)!link("input-2", "output");
}

ATTACK(inputLinkOutput) { (void)!link("input", "output"); }

ATTACK(fifoOutput) { (void)!mkfifo("output", 0600); }

ATTACK(folderOutput) {
  mkdir("output", 0700);
  make("output/inside", "x");
}

ATTACK(socketOutput) {
  // No socket can be made by name where none can be bound: then the kind of node that looks most like one.
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "output"};
  if (bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&address, sizeof address) != 0) {
    (void)!mknod("output", S_IFSOCK | 0600, 0);
  }
}

ATTACK(largeOutput) {
  int fd = open("output", O_WRONLY | O_CREAT, 0600);
  (void)!ftruncate(fd, 6 << 20);
}

ATTACK(manyLargeOutputs) {
  for (int i = 0; i < 8; ++i) {
    char name[32];
    snprintf(name, sizeof name, "output-%d", i);
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    (void)!ftruncate(fd, 1 << 20);
    close(fd);
  }
}

ATTACK(manyFolders) {
  char path[1200] = "";
  for (int i = 0; i < 200; ++i) {
    if (mkdir("a", 0700) != 0 || chdir("a") != 0) break;
    strcat(path, "a/");
  }
  make("output", "deep");
}

// Names that are no text: not UTF-8, with a newline, of control characters, as long as names can be.
ATTACK(oddNames) {
  char longest[256];
  memset(longest, 'n', 255);
  longest[255] = '\0';
  make("\xff\xfe\x80", "x");
  make("two\nlines", "x");
  make("\x1b[2J\x07", "x");
  make("back\\slash", "x");
  make(longest, "x");
  mkdir("\xc3\x28", 0700);
  make("\xc3\x28/\xf0\x28\x8c\x28", "x");
}

ATTACK(closedOutput) {
  mkdir("folder", 0700);
  make("folder/output", "x");
  chmod("folder/output", 0);
  chmod("folder", 0);
}

ATTACK(leasedOutput) {
  signal(SIGIO, SIG_IGN);
  make("output", "x");
  int fd = open("output", O_RDONLY);
  (void)fcntl(fd, F_SETLEASE, F_RDLCK);
  struct flock whole = {.l_type = F_WRLCK};
  (void)fcntl(open("output", O_RDWR | O_NONBLOCK), F_SETLK, &whole);
}

const struct Attack kOutputAttacks[] = {{"link-output", linkOutput},
                                        {"folder-link-output", folderLinkOutput},
                                        {"proc-link-output", procLinkOutput},
                                        {"loop-output", loopOutput},
                                        {"hard-link-output", hardLinkOutput},
                                        {"input-link-output", inputLinkOutput},
                                        {"fifo-output", fifoOutput},
                                        {"folder-output", folderOutput},
                                        {"socket-output", socketOutput},
                                        {"large-output", largeOutput},
                                        {"many-large-outputs", manyLargeOutputs},
                                        {"deep-output", manyFolders},
                                        {"odd-names", oddNames},
                                        {"closed-output", closedOutput},
                                        {"leased-output", leasedOutput},
                                        {0, 0}};
