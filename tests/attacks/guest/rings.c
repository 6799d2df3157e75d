// SPDX-License-Identifier: GPL-3.0-or-later
// Drives the machine's virtio disks by their registers and rings (virtio over MMIO, versions 1 and 2), first as a
// driver should, to show that it can, and then as none should.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"
#include "sandbox/vm_protocol.h"

enum {
  kPage = 4096,
  kSlots = 24,
  kSlotBytes = 0x200,
  kSector = 512,
  kEntries = 8,
  kUsedAt = 256,
  kMoments = 2000,
  kFewMoments = 10
};
enum { kFirstSlot = 0xfeb00000u };
enum {
  kMagic = 0x0,
  kVersion = 0x4,
  kDevice = 0x8,
  kFeatures = 0x20,
  kFeaturesSel = 0x24,
  kGuestPage = 0x28,
  kQueueSel = 0x30,
  kQueueNum = 0x38,
  kQueueAlign = 0x3c,
  kQueuePfn = 0x40,
  kQueueReady = 0x44,
  kNotify = 0x50,
  kStatus = 0x70,
  kRing = 0x80, /* version 2: of descriptors; +0x10: what is offered; +0x20: what is done */
  kConfig = 0x100
};
enum { kNext = 1, kWrite = 2, kIndirect = 4 };

struct Descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags, next;
};
struct Request {
  uint32_t type, reserved;
  uint64_t sector;
  unsigned char status;
};

/* One page that holds a ring, one with a request, one for data: each knows where it lies in the machine's memory. */
static unsigned char *ring, *asked, *data;
static uint64_t ringAt, askedAt, dataAt;
static volatile unsigned char* slots;
static int patience = kMoments; /* of half a millisecond, until a request is done */

static uint64_t placeOf(void* page) {
  uint64_t entry = 0;
  int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  ssize_t got = pread(map, &entry, sizeof entry, (off_t)((uintptr_t)page / kPage * sizeof entry));
  close(map);
  return got == (ssize_t)sizeof entry ? (entry & ((1ULL << 55) - 1)) * kPage : 0;
}

static unsigned char* takePage(uint64_t* at) {
  unsigned char* page = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
  memset(page, 0, kPage);
  *at = placeOf(page);
  return page;
}

static void put(int slot, int at, uint32_t value) { *(volatile uint32_t*)(slots + slot * kSlotBytes + at) = value; }
static uint32_t look(int slot, int at) { return *(volatile uint32_t*)(slots + slot * kSlotBytes + at); }

static int isDisk(int slot) { return look(slot, kMagic) == 0x74726976 && look(slot, kDevice) == 2; }

/* A device from its beginning, with one ring at `ringAt` or wherever `place` says. */
static void begin(int slot, uint64_t place, uint32_t entries) {
  const int isOld = look(slot, kVersion) == 1;
  put(slot, kStatus, 0);
  put(slot, kStatus, 1 | 2);
  put(slot, kFeaturesSel, 0);
  put(slot, kFeatures, 1u << 28); /* indirect descriptors */
  put(slot, kFeaturesSel, 1);
  put(slot, kFeatures, isOld ? 0 : 1);
  if (isOld) put(slot, kGuestPage, kPage);
  if (!isOld) put(slot, kStatus, 1 | 2 | 8);
  put(slot, kQueueSel, 0);
  put(slot, kQueueNum, entries);
  if (isOld) {
    put(slot, kQueueAlign, kUsedAt);
    put(slot, kQueuePfn, (uint32_t)(place / kPage));
  } else {
    const uint64_t parts[3] = {place, place + 128, place + kUsedAt};
    for (int i = 0; i < 3; ++i) {
      put(slot, kRing + 0x10 * i, (uint32_t)parts[i]);
      put(slot, kRing + 0x10 * i + 4, (uint32_t)(parts[i] >> 32));
    }
    put(slot, kQueueReady, 1);
  }
  put(slot, kStatus, 1 | 2 | 4 | (isOld ? 0 : 8));
}

static struct Descriptor* descriptors(void) { return (struct Descriptor*)ring; }

/* Offers the chain that begins at descriptor 0, so many times, and waits a little. */
static void offer(int slot, uint16_t index) {
  uint16_t* offered = (uint16_t*)(ring + 128);
  offered[0] = 0;
  for (int i = 0; i < kEntries; ++i) offered[2 + i] = 0;
  __sync_synchronize();
  offered[1] = index;
  __sync_synchronize();
  put(slot, kNotify, 0);
  const volatile uint16_t* done = (volatile uint16_t*)(ring + kUsedAt);
  for (int i = 0; i < patience && done[1] == 0; ++i) usleep(500);
}

static struct Request* request(uint32_t type, uint64_t sector) {
  struct Request* made = (struct Request*)asked;
  *made = (struct Request){type, 0, sector, 0xff};
  return made;
}

/* Head, data and status, as they should be. */
static void chain(uint32_t type) {
  memset(ring, 0, kPage);
  descriptors()[0] = (struct Descriptor){askedAt, 16, kNext, 1};
  descriptors()[1] = (struct Descriptor){dataAt, 512, (uint16_t)(kNext | (type == 0 ? kWrite : 0)), 2};
  descriptors()[2] = (struct Descriptor){askedAt + 16, 1, kWrite, 0};
}

static int ask(int slot, uint32_t type, uint64_t sector) {
  struct Request* made = request(type, sector);
  chain(type);
  begin(slot, ringAt, kEntries);
  offer(slot, 1);
  return made->status;
}

static void abuse(int slot, uint64_t capacity) {
  patience = kFewMoments;
  static const uint64_t wild[] = {~0ULL, ~0ULL - 4095, 1ULL << 52,    0xfeb00000, 0xfeb00000 + 0x50,
                                  0,     0xfee00000,   0xfffffffff000};
  for (size_t i = 0; i < sizeof wild / sizeof *wild; ++i) {
    begin(slot, wild[i] & ~0xfffULL, kEntries);
    put(slot, kNotify, 0);
    for (int part = 0; part < 3; ++part) { /* head, data or status lie where there is no memory, or a device */
      for (uint32_t type = 0; type < 2; ++type) {
        (void)request(type, 0);
        chain(type);
        descriptors()[part].address = wild[i];
        begin(slot, ringAt, kEntries);
        offer(slot, 1);
        chain(type);
        descriptors()[part].length = 0xffffffff;
        begin(slot, ringAt, kEntries);
        offer(slot, 1);
      }
    }
  }
  for (uint32_t entries = 1; entries != 0; entries *= 16) {
    chain(0);
    begin(slot, ringAt, entries - 1);
    offer(slot, 0xffff);
  }
  static const uint32_t kinds[] = {0, 1, 4, 8, 11, 13, 0x80000001, 0xffffffff};
  const uint64_t sectors[] = {capacity, capacity - 1, ~0ULL, 1ULL << 55, 1ULL << 63};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
    for (size_t k = 0; k < sizeof sectors / sizeof *sectors; ++k) {
      if (ask(slot, kinds[i], sectors[k]) == 0 && kinds[i] < 2 && sectors[k] != capacity - 1)
        say("open: a disk of this machine is reached beyond its end");
    }
  }
  /* Chains that never end, that lead nowhere, and tables within tables. */
  for (uint16_t next = 0; next < 3; ++next) {
    chain(0);
    descriptors()[2] = (struct Descriptor){askedAt + 16, 1, kWrite | kNext, next};
    begin(slot, ringAt, kEntries);
    offer(slot, 1);
    chain(0);
    descriptors()[0].next = (uint16_t)(0xfffe + next);
    begin(slot, ringAt, kEntries);
    offer(slot, 1);
    chain(0);
    descriptors()[0] = (struct Descriptor){ringAt, next == 0 ? 0xfffffff0 : 16u * next + next - 1,
                                           (uint16_t)(kIndirect | (next == 2 ? kNext : 0)), 0};
    begin(slot, ringAt, kEntries);
    offer(slot, 1);
  }
  for (int at = 0; at < kSlotBytes; at += 4) put(slot, at, 0xffffffff);
  put(slot, kStatus, 0);
  patience = kMoments;
}

/* Takes from the kernel's drivers whatever is on a bus. */
static void unbind(const char* bus) {
  char folder[128], file[160];
  snprintf(folder, sizeof folder, "/sys/bus/%s", bus);
  snprintf(file, sizeof file, "%s/unbind", folder);
  DIR* list = opendir(folder);
  for (struct dirent* each; list != NULL && (each = readdir(list)) != NULL;) {
    if (strncmp(each->d_name, "virtio", 6) == 0 || strncmp(each->d_name, "LNRO", 4) == 0)
      (void)writeFile(file, each->d_name);
  }
  if (list != NULL) closedir(list);
}

/* What was said so far, onto the second disk. */
static void report(int slot) {
  const char* text;
  const void* head;
  uint32_t headBytes;
  const uint32_t length = allSaid(&text, &head, &headBytes);
  for (uint32_t at = 0; at < length; at += kSector) {
    memset(data, 0, kSector);
    memcpy(data, text + at, length - at < kSector ? length - at : kSector);
    (void)ask(slot, 1, (kVmStreams + at) / kSector);
  }
  memset(data, 0, kSector);
  memcpy(data, head, headBytes);
  (void)ask(slot, 1, 0);
}

static void tryDevices(void) {
  int other = -1;
  for (int slot = 0; slot < kSlots; ++slot) {
    if (!isDisk(slot)) continue;
    const uint64_t capacity = look(slot, kConfig) | (uint64_t)look(slot, kConfig + 4) << 32;
    char line[128];
    memset(data, 0, kPage);
    const int status = ask(slot, 0, 0);
    const int isJob = memcmp(data, &(uint64_t){kHearthVmJobMagic}, 8) == 0;
    if (!isJob) other = slot;
    snprintf(line, sizeof line, "a disk of version %u is driven by hand: status %d, %s", look(slot, kVersion), status,
             isJob ? "the job" : "the other one");
    say(line);
    if (isJob) {
      memset(data, 'X', 512);
      (void)ask(slot, 1, 0);
      memset(data, 0, kPage);
      if (ask(slot, 0, 0) == 0 && memcmp(data, &(uint64_t){kHearthVmJobMagic}, 8) != 0)
        say("open: the job's disk is written on this machine");
    }
    if (other >= 0) report(other);
    abuse(slot, capacity);
  }
  say("and abused");
  if (other >= 0) report(other);
}

void driveByHand(void) {
  ring = takePage(&ringAt);
  asked = takePage(&askedAt);
  data = takePage(&dataAt);
  giveUpDisks();
  unbind("virtio/drivers/virtio_blk");
  unbind("platform/drivers/virtio-mmio");
  int memory = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
  slots = mmap(NULL, kSlots * kSlotBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, kFirstSlot);
  if (slots == MAP_FAILED || ringAt == 0) return;
  tryDevices();
}
