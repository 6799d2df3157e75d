// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch.h"

namespace hearth::wire {

std::string toJson(const BatchSpec& spec);

/// Reads a submission (POST /api/v1/batches). An unknown member is an error that suggests the nearest known one;
/// `after`, `gang` and a `network` other than "none" are refused as not built yet. Syntax and limits only:
/// checkBatchSpec looks at the sense.
Result<BatchSpec> parseBatchSpec(std::string_view json);

/// Something that is wrong with a spec, and the manifest's key that it concerns ("command", "inputs").
struct SpecProblem {
  std::string member;
  Error error;
};
/// All that checkBatchSpec would find, at most one for each key.
std::vector<SpecProblem> problemsOf(const BatchSpec& spec);

/// Everything that can be said about a spec without asking a store: templates name known parameters, rules name files
/// of the bundle, paths stay inside, the sweep has tasks, numbers are within limits. Returns the number of tasks.
Result<std::uint64_t> checkBatchSpec(const BatchSpec& spec);

}  // namespace hearth::wire
