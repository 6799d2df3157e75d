// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/result.h"
#include "sandbox/executor.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {

/// What stands behind the filter.
enum class FilterFor {
  kNamespaces,  ///< other files and processes are not there
  kProcess      ///< they are, and Landlock keeps only from opening them: calls that change or reach them otherwise, by
                ///< path or process id, are refused
};

/// The compiled allow-list of system calls (docs/sandbox.md) in a sealed memory file: made once, loaded by each
/// task's pid 1 with pread, so that all tasks share it.
struct SeccompFilter {
  UniqueFd program;
  std::uint32_t instructions = 0;
};
Result<SeccompFilter> makeSeccompFilter(FilterFor sandbox, SystemCalls calls = SystemCalls::kTask);

}  // namespace hearth::sandbox
