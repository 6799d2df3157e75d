// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/timetable.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hearth::agent {
namespace {

constexpr std::uint32_t kDay = 24 * 60;
constexpr std::uint32_t kWeek = 7 * kDay;
constexpr std::size_t kParts = 64;
constexpr std::size_t kTextBytes = 1024;
constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

tl::unexpected<Error> refuse(std::string_view part) {
  return fail(ErrorCode::kInvalid, "'" + std::string(part) + "' is no part of a timetable",
              "Write days and times, as in \"mon-fri 22:00-07:00, sat-sun\"; days are mon to sun, or daily.");
}

std::optional<std::uint32_t> dayNamed(std::string_view text) {
  const auto day = std::find(kDays.begin(), kDays.end(), text);
  if (day == kDays.end()) return std::nullopt;
  return static_cast<std::uint32_t>(day - kDays.begin());
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.size() > 2 || read.ec != std::errc{} || read.ptr != text.data() + text.size() ||
      value > most) {
    return std::nullopt;
  }
  return value;
}

/// "22:30" as minutes; 24:00 is the end of the day.
std::optional<std::uint32_t> timeOfDay(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto hour = number(text.substr(0, colon), 24);
  const auto minute = number(text.substr(colon + 1), 59);
  if (!hour || !minute || *hour * 60 + *minute > kDay) return std::nullopt;
  return *hour * 60 + *minute;
}

struct Span {
  std::uint32_t from = 0, to = 0;
};

std::optional<Span> parseDays(std::string_view text) {
  if (text == "daily") return Span{0, 6};
  const std::size_t dash = text.find('-');
  const auto first = dayNamed(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : dayNamed(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return Span{*first, *last};
}

std::optional<Span> parseTimes(std::string_view text) {
  if (text.empty()) return Span{0, kDay};
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = timeOfDay(text.substr(0, dash));
  const auto to = timeOfDay(text.substr(dash + 1));
  if (!from || !to) return std::nullopt;
  return Span{*from, *to};
}

std::int64_t microsOfWeek(Instant now, Duration localOffset) {
  constexpr std::int64_t week = Duration::days(7).micros;
  // The epoch was a Thursday.
  const std::int64_t since = now.micros + localOffset.micros + Duration::days(3).micros;
  return ((since % week) + week) % week;
}

}  // namespace

void Timetable::add(std::uint32_t from, std::uint32_t length) {
  const std::uint32_t to = from + length;
  m_windows.push_back({from, std::min(to, kWeek)});
  if (to > kWeek) m_windows.push_back({0, to - kWeek});
}

void Timetable::merge() {
  std::sort(m_windows.begin(), m_windows.end());
  std::vector<Window> merged;
  for (const Window& window : m_windows) {
    if (!merged.empty() && window.from <= merged.back().to) {
      merged.back().to = std::max(merged.back().to, window.to);
    } else {
      merged.push_back(window);
    }
  }
  m_windows = std::move(merged);
}

Result<Timetable> Timetable::parse(std::string_view text) {
  Timetable made;
  made.m_text = std::string(trimmed(text));
  if (text.size() > kTextBytes) return fail(ErrorCode::kTooLarge, "the timetable is too long");
  std::string_view rest = made.m_text;
  for (std::size_t parts = 0; !rest.empty(); ++parts) {
    if (parts == kParts) return fail(ErrorCode::kTooLarge, "the timetable has too many parts");
    const std::size_t comma = rest.find(',');
    const std::string_view part = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const std::size_t space = part.find(' ');
    const auto days = parseDays(part.substr(0, space));
    const auto times = parseTimes(space == std::string_view::npos ? std::string_view() : trimmed(part.substr(space)));
    if (!days || !times) return refuse(part);
    const std::uint32_t length = times->to > times->from ? times->to - times->from : times->to + kDay - times->from;
    for (std::uint32_t day = days->from;; day = (day + 1) % 7) {
      made.add(day * kDay + times->from, length);
      if (day == days->to) break;
    }
  }
  made.merge();
  return made;
}

bool Timetable::open(Instant now, Duration localOffset) const {
  if (always()) return true;
  const auto minute = static_cast<std::uint32_t>(microsOfWeek(now, localOffset) / Duration::minutes(1).micros);
  return std::any_of(m_windows.begin(), m_windows.end(),
                     [&](const Window& window) { return window.from <= minute && minute < window.to; });
}

std::optional<Instant> Timetable::nextChange(Instant now, Duration localOffset) const {
  const bool whole = m_windows.size() == 1 && m_windows[0] == Window{0, kWeek};
  if (always() || whole) return std::nullopt;
  const std::int64_t micros = microsOfWeek(now, localOffset);
  const auto minute = static_cast<std::uint32_t>(micros / Duration::minutes(1).micros);
  const bool openNow = open(now, localOffset);
  // Around the end of the week a window may go on in the first one.
  const bool joined = m_windows.front().from == 0 && m_windows.back().to == kWeek;
  std::uint32_t next = 2 * kWeek;
  for (const Window& window : m_windows) {
    if (openNow && joined && window.to == kWeek) continue;
    if (!openNow && joined && window.from == 0) continue;
    const std::uint32_t edge = openNow ? window.to : window.from;
    next = std::min(next, edge > minute ? edge : edge + kWeek);
  }
  return now + Duration{Duration::minutes(next).micros - micros};
}

}  // namespace hearth::agent
