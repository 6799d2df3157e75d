// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/refusal_log.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "wire/problem.h"

namespace hearth::server {
namespace {

constexpr std::size_t kTextBytes = 500;
constexpr Duration kMinute = Duration::minutes(1);

/// What others wrote must not make lines of its own.
std::string onOneLine(std::string_view text) {
  std::string line(text.substr(0, kTextBytes));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return line;
}

bool isOrdinary(unsigned status) { return status < 400 || status == 404 || status == 409; }

}  // namespace

RefusalLog::RefusalLog(Clock clock, Tell tell) : m_clock(std::move(clock)), m_tell(std::move(tell)) {}

void RefusalLog::toLog(bool isWarning, const std::string& line) {
  spdlog::log(isWarning ? spdlog::level::warn : spdlog::level::info, "{}", line);
}

void RefusalLog::answered(std::string_view call, const Peer& peer, const Response& response) {
  if (isOrdinary(response.status)) return;
  const auto* body = std::get_if<std::string>(&response.body);
  const Error error = wire::parseProblem(body == nullptr ? std::string_view() : *body, response.status);
  std::string line = "refused " + std::string(call) + " from " + peer.address + " (" + std::to_string(response.status) +
                     "): " + onOneLine(error.message);
  if (!error.hint.empty()) line += " - " + onOneLine(error.hint);
  say(response.status >= 500, line);
}

void RefusalLog::resultRefused(HostId host, AttemptId attempt, std::string_view reason) {
  say(false, "refused the result of attempt " + std::to_string(attempt.value) + " from host " +
                 std::to_string(host.value) + ": " + onOneLine(reason));
}

void RefusalLog::say(bool isWarning, const std::string& line) {
  std::uint64_t leftOut = 0;
  {
    const std::lock_guard lock(m_mutex);
    const Instant now = m_clock();
    if (now >= m_minuteEnds || now < m_minuteEnds - kMinute) {  // or the clock was set back
      m_minuteEnds = now + kMinute;
      m_lines = 0;
      leftOut = std::exchange(m_leftOut, 0);
    }
    if (m_lines == kLinesAMinute) {
      ++m_leftOut;
      return;
    }
    ++m_lines;
  }
  if (leftOut > 0) m_tell(true, std::to_string(leftOut) + " further refusals were not written down");
  m_tell(isWarning, line);
}

}  // namespace hearth::server
