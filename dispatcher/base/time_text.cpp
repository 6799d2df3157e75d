// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/time_text.h"

#include <algorithm>
#include <chrono>

namespace hearth {
namespace {

constexpr std::int64_t kFirst = -62'167'219'200;  // 0000-01-01T00:00:00Z
constexpr std::int64_t kLast = 253'402'300'799;   // 9999-12-31T23:59:59Z
constexpr std::int64_t kDay = 86'400;

void appendPadded(std::string& text, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  text.append(width > digits.size() ? width - digits.size() : 0, '0');
  text += digits;
}

/// Takes a fixed form apart, character by character. `good` stays false after the first mismatch.
struct Scanner {
  std::string_view text;
  bool good = true;

  std::int64_t digits(std::size_t count) {
    std::int64_t number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text.empty() || text.front() < '0' || text.front() > '9') good = false;
      if (!good) return 0;
      number = number * 10 + (text.front() - '0');
      text.remove_prefix(1);
    }
    return number;
  }
  bool accept(char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }
  void expect(char c) { good = accept(c) && good; }
};

std::int64_t scanFraction(Scanner& scan) {
  if (!scan.accept('.')) return 0;
  std::int64_t micros = 0;
  std::size_t count = 0;
  while (scan.good && !scan.text.empty() && scan.text.front() >= '0' && scan.text.front() <= '9' && count < 9) {
    const std::int64_t digit = scan.digits(1);
    if (count < 6) micros = micros * 10 + digit;
    ++count;
  }
  scan.good = scan.good && count > 0;
  for (; count < 6; ++count) micros *= 10;
  return micros;
}

std::int64_t scanOffsetSeconds(Scanner& scan) {
  if (scan.accept('Z') || scan.accept('z')) return 0;
  const bool west = scan.accept('-');
  if (!west) scan.expect('+');
  const std::int64_t hours = scan.digits(2);
  scan.expect(':');
  const std::int64_t minutes = scan.digits(2);
  scan.good = scan.good && hours <= 23 && minutes <= 59;
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return west ? -seconds : seconds;
}

}  // namespace

std::string formatInstant(Instant instant) {
  std::int64_t seconds = instant.micros / 1'000'000;
  std::int64_t micros = instant.micros % 1'000'000;
  if (micros < 0) {
    micros += 1'000'000;
    --seconds;
  }
  if (seconds < kFirst || seconds > kLast) micros = 0;
  seconds = std::clamp(seconds, kFirst, kLast);
  const std::int64_t days = (seconds - kFirst) / kDay + kFirst / kDay;
  const std::int64_t ofDay = seconds - days * kDay;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  std::string text;
  text.reserve(27);
  appendPadded(text, static_cast<int>(date.year()), 4);
  text += '-';
  appendPadded(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  appendPadded(text, static_cast<unsigned>(date.day()), 2);
  text += 'T';
  appendPadded(text, ofDay / 3600, 2);
  text += ':';
  appendPadded(text, ofDay / 60 % 60, 2);
  text += ':';
  appendPadded(text, ofDay % 60, 2);
  if (micros != 0) {
    text += '.';
    appendPadded(text, micros, 6);
  }
  return text += 'Z';
}

Result<Instant> parseInstant(std::string_view text) {
  Scanner scan{text};
  const auto year = scan.digits(4);
  scan.expect('-');
  const auto month = scan.digits(2);
  scan.expect('-');
  const auto day = scan.digits(2);
  if (!scan.accept('t') && !scan.accept(' ')) scan.expect('T');
  const auto hour = scan.digits(2);
  scan.expect(':');
  const auto minute = scan.digits(2);
  scan.expect(':');
  const auto second = scan.digits(2);
  const auto micros = scanFraction(scan);
  const auto offset = scanOffsetSeconds(scan);
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!scan.good || !scan.text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return fail(ErrorCode::kInvalid, "'" + std::string(text.substr(0, 40)) + "' is no date and time",
                "Use RFC 3339, such as 2026-01-31T08:15:00Z.");
  }
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days * kDay + hour * 3600 + minute * 60 + second - offset;
  return Instant{seconds * 1'000'000 + micros};
}

}  // namespace hearth
