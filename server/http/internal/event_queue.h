// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "server/http/message.h"

namespace hearth::server {

/// Text of events that wait for a slow reader before it is cut off.
inline constexpr std::size_t kEventQueueBytes = 256 * limits::kKiB;

/// The events between their producer, on any thread, and the connection that sends them. `wake` is called, on the
/// producer's thread, when the queue stops being empty or ends.
class EventQueue : public EventStream {
 public:
  explicit EventQueue(std::function<void()> wake) : m_wake(std::move(wake)) {}

  bool push(std::string_view event, std::string_view data) override;
  void close() override;

  enum class State { kOpen, kEnded, kOverflowed };
  /// Moves what is queued to `out`, and says what comes after it.
  State take(std::string& out);
  /// Whether the reader was too slow.
  bool hasOverflowed();
  /// The reader is gone: further pushes are refused.
  void disconnect();

 private:
  const std::function<void()> m_wake;
  std::mutex m_mutex;
  std::string m_text;            // guarded by m_mutex
  State m_state = State::kOpen;  // guarded by m_mutex
};

/// One event as text/event-stream writes it: each line of the data is a field of its own.
std::string eventText(std::string_view event, std::string_view data);

}  // namespace hearth::server
