// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "sim/network.h"

namespace hearth::sim {

/// How a host misbehaves during the fault phase; afterwards every host that is still there is honest and well.
enum class Behaviour : std::uint8_t {
  kHonest,
  kSlow,         ///< ten or a hundred times slower than it was drawn
  kSlowing,      ///< halves its speed every three hours
  kDies,         ///< vanishes for ever at a random moment, with all that it holds
  kHolds,        ///< calls in time, and never finishes anything
  kLies,         ///< half of its results are wrong, none like another's
  kFails,        ///< half of its runs fail
  kRepeats,      ///< returns each result again, minutes later
  kForgets,      ///< loses its journal now and then, keeps its key
  kWhitewashes,  ///< loses everything now and then and joins again with a new key
  kBoasts,       ///< claims to be a hundred times faster than it is
};

struct StoreTrouble {
  Duration from, until;
  ErrorCode code = ErrorCode::kIo;
};

/// All that goes wrong in one run. A plain value; drawn from a seed, or put together by a test.
struct FaultPlan {
  Duration until;  ///< the end of the fault phase: then everything heals
  NetworkOptions network;
  Duration commitTakes = Duration::milliseconds(5);
  double crashAtCommit = 0;
  std::vector<Duration> crashes;  ///< besides
  Duration longestDown = Duration::minutes(20);
  double clockSteps = 0;   ///< chance that a restarted server's clock is wrong: by up to ten minutes, or a day ahead
  double skewedHosts = 0;  ///< share of hosts whose clock runs at half to double speed and jumps
  std::vector<StoreTrouble> troubles;
  struct Share {
    Behaviour behaviour;
    double share;
  };
  std::vector<Share> behaviours;  ///< of the hosts; the rest are honest
  double pauses = 0;              ///< chance an hour that a person pauses a batch for a while
  double revocations = 0;         ///< chance an hour that a host is revoked and joins again with a new key

  Behaviour behaviourOf(std::uint64_t seed, std::uint32_t host) const;
  bool anyLies() const;
};

/// A mixture that differs much from seed to seed: each kind of fault is there or not.
FaultPlan drawFaults(std::uint64_t seed, Duration until);

}  // namespace hearth::sim
