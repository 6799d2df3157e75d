// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/explain.h"
#include "core/standing.h"
#include "db/store.h"

namespace hearth::server {

/// What the Dispatcher said of a batch, once.
struct Why {
  Instant at;
  BatchState state = BatchState::kOpen;  ///< of the batch then; another one wants another answer
  std::int32_t priority = 0;             ///< likewise
  core::Standing standing;
  core::Explanation hosts;
  core::Forecast forecast;             ///< of what is left, at the share that the batch has now
  std::vector<std::string> sentences;  ///< the same in words, the most important first
};

/// Asks the Dispatcher. Only on its own thread (Runtime::query).
Why askWhy(const core::Dispatcher& dispatcher, const db::BatchRecord& batch, Instant now);

/// Why a batch runs as it does, or does not. Pure.
std::vector<std::string> sayWhy(const db::BatchRecord& batch, const Why& why);

}  // namespace hearth::server
