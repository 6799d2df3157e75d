// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "db/store.h"
#include "server/api/message_sender.h"

namespace hearth::server {

class Runtime;

/// Sends the messages that wait in the store, each until it has arrived or kTries have failed, ever more seldom; and
/// sees to it that of every batch that ends its owner is told once, also where the server was killed in between. One
/// thread of its own sends one message at a time. Owned by the ApiContext; any thread may call.
class Outbox {
 public:
  static constexpr std::uint32_t kTries = 12;
  static constexpr std::chrono::seconds kLook{30};
  /// Ends that are older are no news.
  static constexpr Duration kNews = Duration::days(7);

  /// Begins to send once start() was called.
  Outbox(Runtime& runtime, db::ReadStore& read, MessageSettings settings, std::function<Instant()> clock)
      : m_runtime(runtime), m_read(read), m_settings(std::move(settings)), m_clock(std::move(clock)) {}
  ~Outbox() { stop(); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void start();
  /// There may be something to send, or somebody to tell.
  void wake();
  void stop();

  const MessageSettings& settings() const { return m_settings; }
  /// How long after the n-th failure the next try is made.
  static Duration pauseAfter(std::uint32_t tries);

 private:
  void run();
  void tellEnds();
  void tellEnd(const db::BatchRecord& batch);
  void sendDue();
  Result<void> send(const Message& message) const;
  /// Waits until it is durable; false: it is not.
  bool keep(Changes changes);

  Runtime& m_runtime;
  db::ReadStore& m_read;
  const MessageSettings m_settings;
  const std::function<Instant()> m_clock;
  std::mutex m_mutex;  // guards the two flags
  std::condition_variable m_changed;
  bool m_awake = true;
  bool m_stopping = false;
  std::thread m_thread;
};

}  // namespace hearth::server
