// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/network.h"

#include "sim/distributions.h"

namespace hearth::sim {

bool Network::cutOff(std::uint32_t host, Duration at) const {
  for (std::size_t i = 0; i < m_options.partitions.size(); ++i) {
    const Partition& partition = m_options.partitions[i];
    if (at < partition.from || at >= partition.until) continue;
    RandomStream random = streamOf(m_seed, host, 1'000 + i);
    if (chance(random, partition.share)) return true;
  }
  return false;
}

Delivery Network::send(RandomStream& random, std::uint32_t host, Duration at) const {
  Delivery delivery;
  if (cutOff(host, at) || chance(random, m_options.loss)) return delivery;
  delivery.copies = chance(random, m_options.duplicate) ? 2 : 1;
  for (std::size_t copy = 0; copy < delivery.copies; ++copy) {
    Duration arrives = at + between(random, m_options.fastest, m_options.slowest);
    if (chance(random, m_options.late)) arrives = arrives + between(random, {}, m_options.latest);
    delivery.at[copy] = arrives;
  }
  return delivery;
}

void Network::heal() {
  m_options.loss = m_options.duplicate = m_options.late = 0;
  m_options.partitions.clear();
}

}  // namespace hearth::sim
