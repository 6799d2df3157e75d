// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace hearth::server {

/// What seals the tickets in which clients keep their TLS sessions. Who has it can show any certificate in a session of
/// their own making, so it is guarded as the authority's key is. A plain value.
struct TicketKey {
  std::array<std::uint8_t, 16> name{};  ///< stands in the ticket, in the clear: which key sealed it
  std::array<std::uint8_t, 32> mac{};
  std::array<std::uint8_t, 32> cipher{};
  bool operator==(const TicketKey&) const = default;
};

/// The newest first: it seals, the others only open what they sealed before.
using TicketKeys = std::vector<TicketKey>;

TicketKey newTicketKey();

}  // namespace hearth::server
