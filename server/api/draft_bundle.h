// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"
#include "model/package.h"
#include "server/api/context.h"
#include "wire/manifest.h"

namespace hearth::server {

/// A manifest with the files of a draft: what would be submitted, and all that stands against it.
struct DraftBundle {
  BatchSpec spec;  ///< of use where nothing stands against it; its signature is empty
  std::vector<wire::ManifestProblem> problems;
  std::uint64_t tasks = 0;                 ///< 0: not known, since the sweep is wrong
  std::optional<hearth::Package> package;  ///< what would be run, if it could be found
  bool isOwnPackage = false;               ///< the scientist's own: it needs their signature
  std::vector<std::string> programs;       ///< what the command may start with
};
/// Reads files of the draft, and scans its list where that was never done: not on an HTTP thread.
DraftBundle bundleOf(ApiContext& context, std::string_view manifest, const std::vector<FileRef>& files);

/// One task as its host would see it.
struct ExpandedTask {
  struct Input {
    std::string from;  ///< path in the bundle
    std::string to;
    bool isThere = false;
  };
  TaskIndex index = 0;
  Parameters parameters;
  std::vector<std::string> command;
  std::string standardInput, standardOutput;
  std::vector<Input> inputs;
  std::vector<OutputRule> outputs;
  std::vector<std::pair<std::string, std::string>> environment;
};
/// O(axes and rules), whatever the number of tasks; a list is read by offset.
Result<ExpandedTask> expandTask(ApiContext& context, const DraftBundle& bundle, TaskIndex index);

/// The first task as a batch of its own: once, on one host, before the others of its owner.
Result<BatchSpec> trialOf(ApiContext& context, const DraftBundle& bundle);

/// "prog --x 1 < in > out", quoted as a shell would read it.
std::string commandLine(const ExpandedTask& task);

}  // namespace hearth::server
