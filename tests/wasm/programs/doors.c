/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries to leave its folder: by "..", by an absolute path, by a link that lies there, by the agent's own names. One
 * word each. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "print.h"

static void tryOpen(const char* path, int flags) {
  const int file = open(path, flags, 0666);
  printText(file >= 0 ? "opened " : "refused ");
  printText(path);
  printText("\n");
}

int main(int argc, char** argv) {
  tryOpen("../outside.txt", O_RDONLY);
  tryOpen("inner/../../outside.txt", O_RDONLY);
  tryOpen("/etc/passwd", O_RDONLY);
  tryOpen("link", O_RDONLY);
  tryOpen("linked/secret.txt", O_RDONLY);
  tryOpen("pipe", O_RDONLY);
  tryOpen(".hearth-checkpoint", O_WRONLY | O_CREAT);
  tryOpen(
      "not\xff\xfe"
      "text",
      O_WRONLY | O_CREAT);
  tryOpen("a\\b", O_WRONLY | O_CREAT);
  tryOpen("mine.txt", O_WRONLY | O_CREAT);
  tryOpen("/mine.txt", O_RDONLY);
  printText(rename("mine.txt", "../mine.txt") == 0 ? "renamed\n" : "not renamed\n");
  printText(unlink("../outside.txt") == 0 ? "removed\n" : "not removed\n");
  printText(symlink("/etc", "mylink") == 0 ? "linked\n" : "not linked\n");
  printText(getenv("HEARTH_CHECKPOINT") == NULL ? "hidden\n" : "seen\n");
  printText(argc > 0 ? argv[0] : "");
  return 0;
}
