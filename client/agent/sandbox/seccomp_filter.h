// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/result.h"
#include "sandbox/executor.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {

/// The compiled allow-list of system calls (docs/sandbox.md) in a sealed memory file: made once, loaded by each
/// task's pid 1 with pread, so that all tasks share it.
struct SeccompFilter {
  UniqueFd program;
  std::uint32_t instructions = 0;
};
Result<SeccompFilter> makeSeccompFilter(SystemCalls calls = SystemCalls::kTask);

}  // namespace hearth::sandbox
