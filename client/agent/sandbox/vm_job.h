// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "sandbox/executor.h"

namespace hearth::sandbox {

/// How large the parts of a task's machine are.
struct VmSizes {
  std::uint64_t machineBytes = 0;                 ///< of memory
  std::uint64_t outputBytes = 0, errorBytes = 0;  ///< room of the streams on the second disk
  std::uint64_t writtenBytes = 0;                 ///< what may come out besides
  std::uint64_t diskBytes = 0;                    ///< of the second disk
};

/// Writes the first disk: limits, program, package and folder. `memoryBytes` and the like are those of the spec.
Result<VmSizes> writeVmJob(const RunSpec& spec, const std::filesystem::path& disk);

}  // namespace hearth::sandbox
