// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace hearth {

/// What the computers of an account gave: the results that count, and the processor time of those.
struct Contribution {
  AccountId account;
  std::uint64_t tasks = 0;
  Duration processorTime;
  bool operator==(const Contribution&) const = default;
};

/// The contributions to a batch that is over, counted once it is.
struct Tally {
  BatchId batch;
  Instant ended;  ///< of the batch when it was counted; one that ended again later is counted anew
  std::vector<Contribution> contributions;
  bool operator==(const Tally&) const = default;
};

/// One line of the public list of those who help.
struct Leader {
  std::string name;
  std::uint64_t tasks = 0;
  Duration processorTime;
  bool operator==(const Leader&) const = default;
};

}  // namespace hearth
