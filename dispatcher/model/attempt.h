// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/package.h"
#include "model/states.h"

namespace hearth {

/// How the run of a task ended on the host.
enum class ExitKind : std::uint8_t {
  kOk = 0,        ///< exit code 0 and every declared output is there
  kExitCode = 1,  ///< exit code other than 0
  kSignal = 2,    ///< killed by a signal of its own doing (exitCode holds its number)
  kTimeLimit = 3,
  kMemoryLimit = 4,
  kDiskLimit = 5,
  kProcessLimit = 6,
  kOutputMissing = 7,  ///< exit code 0, but a declared output is not there or is not a regular file
  kInputFailed = 8,    ///< an input or package could not be fetched, or a digest or signature did not hold
  kHostFailed = 9,     ///< the host's fault: no sandbox, disk full, agent killed too often
};
const char* name(ExitKind kind) noexcept;
Result<ExitKind> parseExitKind(std::string_view text);

/// What a run used.
struct Usage {
  Duration wall;
  Duration processor;
  std::uint64_t memoryPeakBytes = 0;
  bool operator==(const Usage&) const = default;
};

/// What an attempt returns.
struct ResultReport {
  ExitKind exit = ExitKind::kOk;
  std::int32_t exitCode = 0;
  std::string reason;  ///< one sentence for people when exit is not kOk
  Usage usage;
  std::vector<FileRef> outputs;  ///< declared outputs, sorted by path
  Digest standardOutput;         ///< blobs of at most limits::kStreamBytes; all zero: empty
  Digest standardError;
  bool operator==(const ResultReport&) const = default;
};

/// The state of a task as a blob: another attempt can go on from it. Its form is the program's own.
struct Checkpoint {
  Digest digest;  ///< all zero: none
  std::uint64_t size = 0;
  explicit operator bool() const { return digest != Digest{}; }
  bool operator==(const Checkpoint&) const = default;
};

/// An attempt that is alive.
struct Lease {
  AttemptId attempt;
  TaskId task;
  std::uint32_t revision = 0;
  HostId host;
  Instant leased;
  bool operator==(const Lease&) const = default;
};

/// An attempt that ended, as it is kept for ever.
struct AttemptRecord {
  Lease lease;
  AttemptState state = AttemptState::kReturned;
  Instant ended;
  ResultReport report;  ///< default-made where nothing was returned
  bool operator==(const AttemptRecord&) const = default;
};

}  // namespace hearth
