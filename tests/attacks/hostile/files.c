// SPDX-License-Identifier: GPL-3.0-or-later
// Attacks on files: those of the owner, of the agent, of the system and of other tasks.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hostile.h"

static void readFiles(int count, char** paths) {
  for (int i = 0; i < count; ++i) got(paths[i], open(paths[i], O_RDONLY | O_NONBLOCK));
}

static void writeFiles(int count, char** paths) {
  for (int i = 0; i < count; ++i) got(paths[i], open(paths[i], O_WRONLY | O_NONBLOCK));
}

static void createFiles(int count, char** paths) {
  for (int i = 0; i < count; ++i) got(paths[i], open(paths[i], O_WRONLY | O_CREAT | O_EXCL, 0600));
}

// Where the sandbox has a folder of that name itself, only the machine can tell whether it was the machine's.
static void litter(int count, char** paths) {
  for (int i = 0; i < count; ++i) close(open(paths[i], O_WRONLY | O_CREAT, 0600));
}

static void listFolders(int count, char** paths) {
  for (int i = 0; i < count; ++i) {
    DIR* folder = opendir(paths[i]);
    got(paths[i], folder != NULL ? 0 : -1);
  }
}

static void changeMode(int count, char** paths) {
  for (int i = 0; i < count; ++i) {
    got(paths[i], chmod(paths[i], 0666));
    got(paths[i], fchmodat(AT_FDCWD, paths[i], 0666, 0));
    got(paths[i], fchmod(open(paths[i], O_PATH), 0666));
  }
}

static void changeOwner(int count, char** paths) {
  for (int i = 0; i < count; ++i) {
    got(paths[i], chown(paths[i], getuid(), getgid()));
    got(paths[i], lchown(paths[i], getuid(), getgid()));
    got(paths[i], fchownat(open(paths[i], O_PATH), "", getuid(), getgid(), AT_EMPTY_PATH));
  }
}

static void changeTimes(int count, char** paths) {
  const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
  for (int i = 0; i < count; ++i) {
    got(paths[i], utimensat(AT_FDCWD, paths[i], times, 0));
    got(paths[i], utimensat(open(paths[i], O_PATH), "", times, AT_EMPTY_PATH));
  }
}

static void cutFiles(int count, char** paths) {
  for (int i = 0; i < count; ++i) {
    got(paths[i], truncate(paths[i], 1));
    got(paths[i], open(paths[i], O_WRONLY | O_TRUNC));
  }
}

static void setAttributes(int count, char** paths) {
  for (int i = 0; i < count; ++i) got(paths[i], setxattr(paths[i], "user.hostile", "x", 1, 0));
}

static void readAttributes(int count, char** paths) {
  char list[256];
  for (int i = 0; i < count; ++i) got(paths[i], listxattr(paths[i], list, sizeof list));
}

static void watchFolders(int count, char** paths) {
  int watch = inotify_init1(0);
  for (int i = 0; i < count; ++i) got(paths[i], inotify_add_watch(watch, paths[i], IN_ALL_EVENTS));
}

static void linkIn(int count, char** paths) {
  (void)count;
  got("a second name for it", link(paths[0], "second-name"));
  char place[64];
  snprintf(place, sizeof place, "/proc/self/fd/%d", open(paths[0], O_PATH));
  got("a second name by its descriptor", linkat(AT_FDCWD, place, AT_FDCWD, "third-name", AT_SYMLINK_FOLLOW));
}

static void moveIn(int count, char** paths) {
  (void)count;
  got("it was moved here", rename(paths[0], "moved"));
}

static void removeFiles(int count, char** paths) {
  for (int i = 0; i < count; ++i) got(paths[i], unlink(paths[i]));
}

// rename() of a file of ours over one that is not.
static void replaceFile(int count, char** paths) {
  (void)count;
  close(open("mine", O_WRONLY | O_CREAT, 0755));
  got(paths[0], rename("mine", paths[0]));
}

static void followLink(int count, char** paths) {
  (void)count;
  (void)!symlink(paths[0], "link-out");
  got("a file behind a link", open("link-out", O_RDONLY));
  (void)!symlink("/", "link-root");
  char path[512];
  snprintf(path, sizeof path, "link-root%s", paths[0]);
  got("a file behind a linked folder", open(path, O_RDONLY));
}

static void climbOut(int count, char** paths) {
  (void)count;
  char path[512];
  snprintf(path, sizeof path, "../../../../../../../../../..%s", paths[0]);
  got("a file by ..", open(path, O_RDONLY));
  snprintf(path, sizeof path, "/proc/self/cwd/../../../../../../../../..%s", paths[0]);
  got("a file by /proc/self/cwd", open(path, O_RDONLY));
  got("a file from /proc/self/root", openat(open("/proc/self/root", O_PATH), paths[0] + 1, O_RDONLY));
}

static void openByPath(int count, char** paths) {
  (void)count;
  char place[64];
  snprintf(place, sizeof place, "/proc/self/fd/%d", open(paths[0], O_PATH));
  got("a file opened again", open(place, O_RDONLY));
}

static void openByHandle(int count, char** paths) {
  (void)count;
  struct {
    struct file_handle head;
    char rest[128];
  } handle;
  int mount = 0;
  handle.head.handle_bytes = sizeof handle.rest;
  int found = name_to_handle_at(AT_FDCWD, paths[0], &handle.head, &mount, 0);
  if (found == 0) got("a file by its handle", open_by_handle_at(open("/", O_RDONLY), &handle.head, O_RDONLY));
  // The root's handle of a usual file system needs no name: inode 2.
  handle.head.handle_bytes = 8;
  handle.head.handle_type = 1;
  memcpy(handle.head.f_handle, (const unsigned[]){2, 0}, 8);
  got("the root by its handle", open_by_handle_at(open(".", O_RDONLY), &handle.head, O_RDONLY));
}

static int isUsual(const char* name) {
  static const char* const usual[] = {"null", "zero", "full", "random", "urandom", "tty", "ptmx"};
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; ++i) {
    if (strcmp(name, usual[i]) == 0) return 1;
  }
  return 0;
}

static void openDevices(int count, char** paths) {
  (void)count;
  (void)paths;
  DIR* folder = opendir("/dev");
  for (struct dirent* entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
    if ((entry->d_type != DT_CHR && entry->d_type != DT_BLK) || isUsual(entry->d_name)) continue;
    got(entry->d_name, openat(dirfd(folder), entry->d_name, O_RDWR | O_NONBLOCK));
  }
  static const char* const known[] = {"/dev/mem",  "/dev/kmsg", "/dev/vda",   "/dev/sda",           "/dev/kvm",
                                      "/dev/fuse", "/dev/port", "/dev/loop0", "/dev/input/event0",  "/dev/uinput",
                                      "/dev/tty1", "/dev/vcs1", "/dev/snd",   "/dev/dri/renderD128"};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
    got(known[i], open(known[i], O_RDWR | O_NONBLOCK));
    got(known[i], open(known[i], O_RDONLY | O_NONBLOCK));
  }
}

static void makeDevices(int count, char** paths) {
  (void)count;
  (void)paths;
  got("a device for memory", mknod("memory", S_IFCHR | 0600, makedev(1, 1)));
  got("a device for null", mknod("null", S_IFCHR | 0600, makedev(1, 3)));
  got("a disk", mknod("disk", S_IFBLK | 0600, makedev(254, 0)));
}

static void makeSetId(int count, char** paths) {
  (void)count;
  (void)paths;
  int fd = open("plain", O_WRONLY | O_CREAT, 0700);
  got("set-id by fchmod", fchmod(fd, 04755));
  got("set-id by chmod", chmod("plain", 02755));
  got("set-id at its making", open("made", O_WRONLY | O_CREAT, 06755));
  got("set-id by mknod", mknod("node", S_IFREG | 04755, 0));
}

static void execute(int count, char** paths) {
  for (int i = 0; i < count; ++i) {
    char* arguments[] = {paths[i], "--version", NULL};
    char* nothing[] = {NULL};
    pid_t child = fork();
    if (child == 0) {
      int null = open("/dev/null", O_WRONLY);
      dup2(null, 1);
      dup2(null, 2);
      execve(paths[i], arguments, nothing);
      _exit(126);
    }
    int status = 0;
    if (child > 0 && waitpid(child, &status, 0) == child) got(paths[i], WEXITSTATUS(status) == 126 ? -1 : 0);
  }
}

static void leaks(int count, char** words) {
  (void)count;
  (void)words;
  char name[32];
  for (int fd = 3; fd < 4096; ++fd) {
    snprintf(name, sizeof name, "descriptor %d", fd);
    got(name, fcntl(fd, F_GETFD));
  }
}

// The three streams must not lead to a folder from which one can go on, nor to a terminal.
static void streams(int count, char** words) {
  (void)count;
  (void)words;
  for (int fd = 0; fd < 3; ++fd) {
    got("a folder behind a stream", openat(fd, "..", O_RDONLY | O_DIRECTORY));
    got("a terminal behind a stream", isatty(fd) ? 0 : -1);
  }
}

const struct Attack kFileAttacks[] = {{"read", readFiles},
                                      {"write", writeFiles},
                                      {"create", createFiles},
                                      {"litter", litter},
                                      {"list", listFolders},
                                      {"chmod", changeMode},
                                      {"chown", changeOwner},
                                      {"touch", changeTimes},
                                      {"cut", cutFiles},
                                      {"set-attribute", setAttributes},
                                      {"read-attributes", readAttributes},
                                      {"watch", watchFolders},
                                      {"link-in", linkIn},
                                      {"move-in", moveIn},
                                      {"remove", removeFiles},
                                      {"replace", replaceFile},
                                      {"follow-link", followLink},
                                      {"climb-out", climbOut},
                                      {"reopen", openByPath},
                                      {"handle", openByHandle},
                                      {"devices", openDevices},
                                      {"make-devices", makeDevices},
                                      {"set-id", makeSetId},
                                      {"execute", execute},
                                      {"leaks", leaks},
                                      {"streams", streams},
                                      {0, 0}};
