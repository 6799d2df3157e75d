// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace hearth::server {

/// SHA-1 of what comes piece by piece: the checksum that tus clients know best, against accidents only. Never used
/// where trust is at stake. One thread at a time.
class Sha1 {
 public:
  Sha1();
  ~Sha1();
  void update(std::span<const std::byte> bytes);
  /// The twenty bytes; once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::server
