// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "sandbox/executor.h"
#include "sandbox/vm_job.h"

namespace hearth::sandbox {

/// Takes what a machine left on its second disk, which a hostile one may have written in any way: the streams into the
/// spec's files, and what the program wrote into the task's folder, as regular files and folders only, following
/// nothing, at most so many bytes as it may. `machine` is how QEMU ended.
RunEnd takeVmResult(const RunSpec& spec, const VmSizes& sizes, const std::filesystem::path& disk, RunEnd machine,
                    const std::string& complaints);

}  // namespace hearth::sandbox
