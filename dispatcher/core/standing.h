// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "base/time.h"
#include "core/dispatcher.h"

/// How a batch stands among the others: what people are told who ask why it is not running. A read-only look at the
/// Dispatcher from the thread that owns it (Runtime::query); O(open batches + accounts).
namespace hearth::core {

struct Standing {
  bool known = false;                ///< it is open, running or paused
  bool offered = false;              ///< it has something to hand out now
  std::uint64_t live = 0;            ///< attempts on hosts that are heard of
  std::uint64_t untouched = 0;       ///< tasks that nobody was given yet
  std::uint64_t again = 0;           ///< tasks that want another attempt now
  std::uint64_t resting = 0;         ///< tasks that failed and are tried again later
  bool windowFull = false;           ///< so many want another attempt that no new ones begin
  double share = 1;                  ///< of all hosts' time, if every host could run everything
  std::uint64_t accounts = 0;        ///< that have something to hand out
  std::uint64_t accountsBefore = 0;  ///< of these, those whose turn comes before this one's
  std::uint64_t batchesBefore = 0;   ///< of the same account
};
Standing standing(const Dispatcher& dispatcher, BatchId batch);

}  // namespace hearth::core
