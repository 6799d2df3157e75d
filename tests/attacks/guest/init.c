// SPDX-License-Identifier: GPL-3.0-or-later
// hearth-hostile-guest: a virtual machine's process 1 when a task has taken the machine over: nothing in it is
// hearth-guest-init's any more. It reads which attack it is from the job, as that would, and turns against what is
// outside: the disks, the devices, whoever takes the result.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"
#include "sandbox/vm_protocol.h"

enum { kSector = 512, kPorts = 0x10000, kRounds = 3, kSaid = 4096 };

static struct HearthVmJob job;
static struct HearthVmResult result = {.magic = kHearthVmResultMagic, .state = kVmStarted};
static int jobDisk, resultDisk;
static uint64_t entriesAt;

int writeFile(const char* path, const char* text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  int ok = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
  if (file >= 0) close(file);
  return ok;
}

static void tell(void) {
  if (resultDisk < 0 || pwrite(resultDisk, &result, sizeof result, 0) != (ssize_t)sizeof result) return;
  (void)fdatasync(resultDisk);
}

static char said[kSaid];

void say(const char* line) {
  const size_t before = result.outputKept, length = strlen(line);
  if (before + length + 1 > sizeof said) return;
  memcpy(said + before, line, length);
  said[before + length] = '\n';
  result.outputKept = before + length + 1;
  if (resultDisk < 0) return;
  if (pwrite(resultDisk, said, result.outputKept, kVmStreams) == (ssize_t)result.outputKept) tell();
}

void giveUpDisks(void) {
  close(resultDisk);
  close(jobDisk);
  resultDisk = jobDisk = -1;
}

uint32_t allSaid(const char** text, const void** head, uint32_t* headBytes) {
  *text = said;
  *head = &result;
  *headBytes = sizeof result;
  return (uint32_t)result.outputKept;
}

static _Noreturn void end(void) {
  sync();
  for (;;) (void)reboot(RB_AUTOBOOT);
}

static void prepare(void) {
  (void)mount("dev", "/dev", "devtmpfs", 0, NULL);
  (void)mount("proc", "/proc", "proc", 0, NULL);
  (void)mkdir("/sys", 0755);
  (void)mount("sys", "/sys", "sysfs", 0, NULL);
  static const char* const modules[] = {"virtio_ring", "virtio", "virtio_mmio", "virtio_blk"};
  for (size_t i = 0; i < sizeof modules / sizeof *modules; ++i) {
    char path[64];
    snprintf(path, sizeof path, "/modules/%s.ko", modules[i]);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) (void)syscall(SYS_finit_module, file, "", 0);
    if (file >= 0) close(file);
  }
  for (int tries = 0; tries < 5000 && (resultDisk = open("/dev/vdb", O_RDWR | O_CLOEXEC)) < 0; ++tries) usleep(2000);
  jobDisk = open("/dev/vda", O_RDONLY | O_CLOEXEC);
}

/* ---- forged results ---- */

static void claimTheEnd(void) {
  result.state = kVmEnded;
  tell();
}

static void addEntry(uint32_t kind, const char* path, uint64_t claimed, const char* data) {
  const struct HearthVmEntry entry = {kind, 1, (uint32_t)strlen(path), 0, claimed};
  ssize_t written = pwrite(resultDisk, &entry, sizeof entry, (off_t)entriesAt);
  written += pwrite(resultDisk, path, entry.pathBytes, (off_t)(entriesAt + sizeof entry));
  written += pwrite(resultDisk, data, strlen(data), (off_t)(entriesAt + sizeof entry + entry.pathBytes));
  (void)written;
  entriesAt += sizeof entry + entry.pathBytes + strlen(data);
}

/* A file where the host keeps others: up to its root and down again. */
static void climb(const char* planted) {
  char path[1024] = "";
  for (int i = 0; i < 24; ++i) strcat(path, "../");
  strncat(path, planted + 1, sizeof path - strlen(path) - 1);
  addEntry(kVmFile, path, 3, "bad");
  addEntry(kVmEnd, "", 0, "");
  claimTheEnd();
}

/* The same through a link of its own. */
static void link_(const char* planted) {
  addEntry(kVmLink, "way", 1, "/");
  char path[1024] = "way";
  strncat(path, planted, sizeof path - strlen(path) - 1);
  addEntry(kVmFile, path, 3, "bad");
  addEntry(kVmEnd, "", 0, "");
  claimTheEnd();
}

/* Every number as large as it can be. */
static void claim(void) {
  result.outputKept = result.outputDropped = result.errorKept = result.errorDropped = ~0ULL;
  result.processorMicros = result.peakBytes = ~0ULL;
  addEntry(kVmFile, "large", ~0ULL, "x");
  addEntry(kVmFile, "larger", 1ULL << 62, "x");
  claimTheEnd();
}

/* Folders without a byte in them: as many as the disk has room to name. */
static void name(void) {
  static char piece[1 << 16];
  uint64_t number = 0;
  for (size_t used = 0;; used = 0) {
    while (used + sizeof(struct HearthVmEntry) + 16 < sizeof piece) {
      char path[16];
      const struct HearthVmEntry entry = {
          kVmFolder, 0, (uint32_t)snprintf(path, sizeof path, "f%llu", (unsigned long long)number++), 0, 0};
      memcpy(piece + used, &entry, sizeof entry);
      memcpy(piece + used + sizeof entry, path, entry.pathBytes);
      used += sizeof entry + entry.pathBytes;
    }
    ssize_t written = pwrite(resultDisk, piece, used, (off_t)entriesAt);
    if (written != (ssize_t)used) break;
    entriesAt += used;
  }
  claimTheEnd();
}

/* ---- the disks as files of the host ---- */

static void overwriteJob(void) {
  static char sector[kSector] __attribute__((aligned(4096)));
  const int off = 0;
  int raw = open("/dev/vda", O_RDONLY | O_CLOEXEC);
  (void)ioctl(raw, BLKROSET, &off);
  int writable = open("/dev/vda", O_RDWR | O_DIRECT | O_CLOEXEC);
  memset(sector, 'X', sizeof sector);
  ssize_t written = writable >= 0 ? pwrite(writable, sector, sizeof sector, 0) : -1;
  (void)written;
  (void)fsync(writable);
  int direct = open("/dev/vda", O_RDONLY | O_DIRECT | O_CLOEXEC);
  if (direct < 0 || pread(direct, sector, sizeof sector, 0) != kSector) return;
  if (memcmp(sector, &job.magic, sizeof job.magic) != 0) say("open: the job's disk is written on this machine");
}

static void overrunResult(void) {
  static char piece[1 << 16];
  uint64_t size = 0;
  (void)ioctl(resultDisk, BLKGETSIZE64, &size);
  memset(piece, 'Y', sizeof piece);
  for (int i = 0; i < 64; ++i) {
    if (pwrite(resultDisk, piece, sizeof piece, (off_t)(size + (uint64_t)i * sizeof piece)) > 0)
      say("open: the disk of this machine grows");
  }
  if (pwrite(resultDisk, piece, 1, (off_t)1 << 50) > 0) say("open: the disk of this machine is a giant");
}

/* ---- time and words ---- */

static void openPorts(void) {
  if (iopl(3) != 0) say("it has no ports");
}

static void flood(void) {
  static char piece[1 << 14];
  memset(piece, 'z', sizeof piece);
  int console = open("/dev/console", O_WRONLY | O_CLOEXEC), log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
  openPorts();
  for (;;) {
    ssize_t written = write(console, piece, sizeof piece) + write(log, piece, 900);
    (void)written;
    static const unsigned short words[] = {0x3f8, 0x2f8, 0xe9, 0x402, 0x510, 0x80};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
      for (int k = 0; k < 100; ++k) outb('z', words[i]);
    }
  }
}

static _Noreturn void neverHalt(void) {
  for (int i = 0; i < 8; ++i) (void)(fork() == 0);
  for (;;) __asm__ volatile("" ::: "memory");
}

static void writePorts(void) {
  openPorts();
  for (int round = 0; round < kRounds; ++round) {
    for (unsigned port = 0; port < kPorts; ++port) {
      if (port == 0x64 || port == 0xcf9) continue; /* these are asked to reset it, which ends the attack */
      outl(0x5a5a5a5a * (unsigned)round, (unsigned short)port);
      outb((unsigned char)(port >> round), (unsigned short)port);
      (void)inl((unsigned short)port);
    }
  }
}

static void takeMemory(void) {
  for (size_t size = 1 << 20;;) {
    char* more = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (more == MAP_FAILED) continue;
    memset(more, 'm', size);
  }
}

static void attack(const char* what, const char* planted) {
  if (strcmp(what, "climb") == 0) climb(planted);
  if (strcmp(what, "link") == 0) link_(planted);
  if (strcmp(what, "claim") == 0) claim();
  if (strcmp(what, "name") == 0) name();
  if (strcmp(what, "overwrite") == 0) overwriteJob(), overrunResult();
  if (strcmp(what, "flood") == 0) flood();
  if (strcmp(what, "never-halt") == 0) neverHalt();
  if (strcmp(what, "ports") == 0) writePorts();
  if (strcmp(what, "memory") == 0) takeMemory();
  if (strcmp(what, "rings") == 0) driveByHand();
}

int main(void) {
  if (getpid() != 1) return 64;
  prepare();
  static char text[4096];
  if (pread(jobDisk, &job, sizeof job, 0) != (ssize_t)sizeof job ||
      pread(jobDisk, text, sizeof text - 1, sizeof job) <= 0)
    end();
  entriesAt = kVmStreams + job.outputBytes + job.errorBytes;
  const char* what = text + strlen(text) + 1;
  if (job.argumentCount < 2) { /* the agent's own first machine: it must believe that all is well */
    result.waitStatus = 64 << 8;
    addEntry(kVmEnd, "", 0, "");
    claimTheEnd();
    end();
  }
  say("begun");
  attack(what, what + strlen(what) + 1);
  if (result.outputKept < kSaid) say("tried");
  end();
}
