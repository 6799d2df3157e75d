// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the virtual machine executor and hearth-guest-init say to each other, over two disks. Read by C and by C++.
// NOLINTBEGIN(modernize-*)
#include <stdint.h>

/// At the beginning of the first disk, which is read-only: what to run and within which limits. Behind it the text
/// (program and arguments, environment, folder to start in, standard input's path or nothing; each with a NUL at its
/// end), then entries.
struct HearthVmJob {
  uint64_t magic;
  uint32_t argumentCount; /* the program among them */
  uint32_t environmentCount;
  uint64_t textBytes;
  uint64_t memoryBytes;    /* of the program's control group */
  uint64_t rootBytes;      /* of the file system that the package is unpacked into */
  uint64_t workBytes;      /* of that of the work folder */
  uint64_t temporaryBytes; /* of that of /tmp */
  uint64_t outputBytes;    /* kept of standard output */
  uint64_t errorBytes;     /* kept of standard error */
  uint32_t processes;
  uint32_t user;
  uint32_t group;
  uint32_t background;
};
#define kHearthVmJobMagic UINT64_C(0x31424f4a4d5648)

enum HearthVmEntryKind { kVmFile = 'F', kVmFolder = 'D', kVmLink = 'L', kVmEnd = 'E' };

/// A file, folder or link, on both disks; the path and then the data follow, without padding. On the first disk paths
/// begin with "root/" or "work/", on the second they lie below the work folder.
struct HearthVmEntry {
  uint32_t kind;
  uint32_t executable;
  uint32_t pathBytes;
  uint32_t reserved;
  uint64_t dataBytes; /* of a link: its target */
};

enum HearthVmState { kVmStarted = 1, kVmEnded = 2 };

/// At the beginning of the second disk, written more than once; then the kept part of standard output at kVmStreams,
/// that of standard error behind its room, and the entries of what the program wrote behind that.
struct HearthVmResult {
  uint64_t magic;
  uint32_t state;
  int32_t waitStatus; /* as waitpid() gives it */
  int32_t problem;    /* errno of what the init could not do; the stage says what */
  int32_t stage;
  uint64_t outputKept, outputDropped;
  uint64_t errorKept, errorDropped;
  uint64_t processorMicros;
  uint64_t peakBytes;
  uint32_t memoryKills; /* of the control group */
  uint32_t processRefusals;
};
#define kHearthVmResultMagic UINT64_C(0x3152534d5648)
enum { kVmStreams = 4096 };

enum HearthVmStage {
  kVmStageDisks = 1,
  kVmStageJob = 2,
  kVmStageUnpack = 3,
  kVmStageLimits = 4,
  kVmStageProgram = 5,
  kVmStageOutputs = 6
};
// NOLINTEND(modernize-*)
