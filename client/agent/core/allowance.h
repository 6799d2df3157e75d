// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace hearth::agent {

/// Why something is not done, and when that ends: at a time or on a condition.
struct Standstill {
  std::string reason;
  std::optional<Instant> until;
  std::string ends;
  bool operator==(const Standstill&) const = default;
};

/// What one project may use of the machine at the moment: its part of a Decision. A plain value, made by Sharing.
struct Allowance {
  std::optional<Standstill> computing;  ///< none: its tasks may run
  std::optional<Standstill> network;    ///< none: the server may be called
  std::optional<Standstill> fetching;   ///< none: new work may be taken
  std::uint32_t processors = 0;         ///< for tasks that run
  std::uint64_t memoryBytes = 0;        ///< for tasks that run or are frozen
  std::uint64_t diskBytes = 0;          ///< for all that it holds
  double slots = 0;                     ///< processors that it can count on in the time to come; 0: take no work
  double availability = 1;              ///< part of the time in which the machine computes
  Duration buffer;                      ///< work to hold ahead
  bool operator==(const Allowance&) const = default;
};

/// What an attempt would take of the machine. AgentCore lists its claims in the order in which they should be met.
struct Claim {
  AttemptId attempt;
  std::uint32_t processors = 1;
  std::uint64_t memoryBytes = 0;
  bool running = false;
  bool frozen = false;
  bool leaving = false;     ///< it was told to stop, and still is there
  bool endangered = false;  ///< it misses its deadline unless it goes first
  Instant deadline;
  double seconds = 0;  ///< of running that it probably still needs
  std::uint32_t gpus = 0;
};

}  // namespace hearth::agent
