// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace hearth::sim {

/// A part of the hosts is cut off for a while: nothing passes in either direction.
struct Partition {
  Duration from, until;
  double share = 0;  ///< of all hosts
};

struct NetworkOptions {
  Duration fastest, slowest;  ///< latency of a message; both zero: delivered at once
  double loss = 0;            ///< share of messages that never arrive
  double duplicate = 0;       ///< share that arrives twice
  double late = 0;            ///< share that arrives up to `latest` later, behind messages that were sent after it
  Duration latest;
  std::vector<Partition> partitions;
};

/// When the copies of a message arrive.
struct Delivery {
  std::array<Duration, 2> at;
  std::size_t copies = 0;
};

/// What happens to messages between hosts and the server. Draws from the stream of the host concerned, so that one
/// host's luck does not change another's. A plain value.
class Network {
 public:
  explicit Network(NetworkOptions options, std::uint64_t seed) : m_options(std::move(options)), m_seed(seed) {}

  bool direct() const { return m_options.slowest == Duration{}; }
  Delivery send(RandomStream& random, std::uint32_t host, Duration at) const;
  bool cutOff(std::uint32_t host, Duration at) const;
  /// Nothing is lost, doubled, late or cut off any more.
  void heal();

 private:
  NetworkOptions m_options;
  std::uint64_t m_seed;
};

}  // namespace hearth::sim
