// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the executor and hearth-task-init say to each other. Read by C and by C++.
// NOLINTBEGIN(modernize-*)
#include <stdint.h>

/// How hearth-task-init is told that it is a guardian, which is what it is where there are no namespaces.
#define HEARTH_INIT_GUARD "--guard"

/// The numbers under which hearth-task-init finds what it inherits; 0 is the task's standard input already.
enum HearthInitFd {
  kFdNull = 1,       ///< /dev/null: nothing of the sandbox's own is printed
  kFdErrors = 2,     ///< bubblewrap's complaints
  kFdArguments = 3,  ///< bubblewrap's arguments, closed by it
  kFdInfo = 4,       ///< bubblewrap's --info-fd, closed by it
  kFdLifeline = 5,   ///< end of file: everything ends; kLifelineCheckpoint: the program is asked for its state
  kFdStatus = 6,     ///< HearthInitMessage, one a write
  kFdSpec = 7,       ///< HearthInitSpec
  kFdFilter = 8,     ///< the seccomp program of the task
  kFdOutput = 9,     ///< becomes the task's standard output
  kFdError = 10,     ///< becomes the task's standard error
  kFdCgroup = 11,    ///< cgroup.procs that the task enters, or /dev/null
  kFdRules = 12,     ///< the Landlock rules of the task, or /dev/null
  kFdCount = 13
};

/// What to run and within which limits; the text follows it: program and arguments, then the environment, each with a
/// NUL at its end.
struct HearthInitSpec {
  uint32_t magic;
  uint32_t argumentCount; /* the program among them */
  uint32_t environmentCount;
  uint32_t filterInstructions;
  uint64_t textBytes;
  uint64_t fileBytes;      /* RLIMIT_FSIZE */
  uint64_t dataBytes;      /* RLIMIT_DATA */
  uint64_t processSeconds; /* RLIMIT_CPU */
  uint64_t processes;      /* RLIMIT_NPROC, pid 1 among them */
  uint64_t openFiles;      /* RLIMIT_NOFILE */
  uint32_t hasCgroup;
  uint32_t background; /* only what nobody else wants of the processors */
  uint32_t hasProcessors;
  uint32_t checkpoints; /* the program knows SIGUSR1, which does nothing until it does */
  uint32_t landlock;    /* the version that is used; 0: the task is in namespaces of its own */
  uint32_t reserved;
  uint8_t processors[128]; /* a cpu_set_t */
};
enum { kHearthInitMagic = 0x48494e32 };
/// One byte on the lifeline: SIGUSR1 for the program.
enum { kLifelineCheckpoint = 'C' };

enum HearthInitKind {
  kInitStarted = 'S',  ///< the program runs
  kInitFailed = 'F',   ///< it could not be run: stage and error
  kInitEnded = 'E'     ///< it ended, and nothing of the task is left
};
enum HearthInitStage {
  kStageSpec = 1,
  kStageLimits = 2,
  kStageFilter = 3,
  kStageProgram = 4,
  kStageRules = 9, /* Landlock's */
  /* before bubblewrap, in the agent's child */
  kStageCgroup = 5,
  kStageMounts = 6,
  kStageUser = 7,
  kStageBubblewrap = 8 /* or the guardian */
};

/// Shorter than PIPE_BUF, so that each is read whole.
struct HearthInitMessage {
  uint32_t kind;
  int32_t stage;      /* of kInitFailed */
  int32_t error;      /* errno of kInitFailed */
  int32_t waitStatus; /* of kInitEnded, as waitpid() gives it; -1: ended before the program did */
  uint64_t processorMicros;
  uint64_t peakBytes;  /* of the largest process */
  uint32_t tasksAtEnd; /* processes and threads beside pid 1 when the program ended, its own not counted */
  uint32_t reserved;
};
// NOLINTEND(modernize-*)
