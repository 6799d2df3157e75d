// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/launch.h"

namespace hearth::sandbox {

/// Where bubblewrap finds the three things that it binds.
struct BindSources {
  std::string package, work, init;
};

/// The whole of bubblewrap's arguments, each with a NUL behind it, as --args reads them.
Result<std::string> bubblewrapArguments(const RunSpec& spec, const BindSources& sources);

/// What pid 1 or the guardian reads: HearthInitSpec and its text. Without namespaces /work and the package are where
/// `sources` says, and the words that begin with /work are changed accordingly.
std::string initSpec(const RunSpec& spec, const LaunchSettings& settings, const LaunchInputs& inputs,
                     const BindSources& sources);

}  // namespace hearth::sandbox
