// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "server/http/message.h"

namespace hearth::server {

/// Says in the log what was refused to whom and why, for the admin whom people ask about it. What is no trouble is left
/// out: a thing that is not there, and the offset at which an upload goes on. So many lines a minute and no more, so
/// that nobody fills a disk with them; how many were left out is said. Owned by the ApiContext; any thread.
class RefusalLog {
 public:
  static constexpr int kLinesAMinute = 120;
  using Clock = std::function<Instant()>;
  using Tell = std::function<void(bool isWarning, const std::string& line)>;

  explicit RefusalLog(Clock clock, Tell tell = toLog);

  /// `call`: method and pattern of the route.
  void answered(std::string_view call, const Peer& peer, const Response& response);
  /// A result that was not taken, within an answer that went well.
  void resultRefused(HostId host, AttemptId attempt, std::string_view reason);

 private:
  static void toLog(bool isWarning, const std::string& line);
  void say(bool isWarning, const std::string& line);

  const Clock m_clock;
  const Tell m_tell;
  std::mutex m_mutex;  // guards the three below
  Instant m_minuteEnds;
  int m_lines = 0;
  std::uint64_t m_leftOut = 0;
};

}  // namespace hearth::server
