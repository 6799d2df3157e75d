// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/time.h"

namespace hearth::agent {

/// The last messages to and from one server, word for word, so that the owner of the machine sees what it says of them.
/// Bounded in number and size. Thread-safe.
class MessageLog {
 public:
  enum class Direction : std::uint8_t { kSent, kReceived };
  struct Message {
    Instant at;
    Direction direction = Direction::kSent;
    std::string path;  ///< "POST /agent/v1/sync", or the status that came back on it
    std::string text;  ///< what is longer is cut, and says so
  };
  static constexpr std::size_t kKept = 10;  ///< each way
  static constexpr std::size_t kTextBytes = 32 * limits::kKiB;

  void add(Instant at, Direction direction, std::string path, const std::string& text);
  /// Newest first.
  std::vector<Message> last() const;

 private:
  mutable std::mutex m_mutex;  ///< guards what follows
  std::array<std::deque<Message>, 2> m_messages;
};

}  // namespace hearth::agent
