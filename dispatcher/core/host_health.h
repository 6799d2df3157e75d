// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/time.h"
#include "model/attempt.h"

namespace hearth::core {

/// Whose fault it is that an attempt brought no result.
enum class Fault : std::uint8_t {
  kNone = 0,
  kTask = 1,  ///< the program failed, or used more than it may: spends one of the task's retries
  kHost = 2,  ///< the machine could not run it, or vanished
  kOurs = 3,  ///< inputs could not be brought, or the attempt was called off
};

/// How an ended attempt is counted.
Fault faultOf(AttemptState state, const ResultReport& report);

/// Whether a host can be trusted with work: strikes are added for failures that are its own and halved by each good
/// result; from three on it gets ever less at a time, from eight on one attempt after a rest that doubles with each
/// further strike (additive increase, multiplicative decrease: Chiu and Jain, Computer Networks 17, 1989). Soft state.
class HostHealth {
 public:
  void strike(Instant now);
  void good();
  /// How many attempts it may hold; `most` while it is well.
  std::uint32_t allowed(std::uint32_t most, Instant now) const;
  std::uint32_t strikes() const { return m_strikes; }

 private:
  std::uint32_t m_strikes = 0;
  Instant m_restsUntil;
};

/// How long a task rests after so many failures that were its own: the first retry goes out at once, to another host.
Duration restAfter(std::uint32_t failures);

}  // namespace hearth::core
