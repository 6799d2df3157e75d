// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hearth::agent {

/// Which minutes of a week something is allowed in, by the clock on the wall: "mon-fri 22:00-07:00, sat-sun". Empty:
/// always. A plain value.
///
/// It is told local time as time and offset, and never keeps an offset: when the clocks change, whoever asks brings the
/// new one with the next question, so a window opens and closes by the wall's clock on both sides of the change.
class Timetable {
 public:
  /// Parts between commas: days ("mon", "mon-fri", "daily") and, where it is not the whole day, a time of day from-to;
  /// a time that ends at or before its start ends on the next day. An error says which part is wrong.
  static Result<Timetable> parse(std::string_view text);

  bool always() const { return m_windows.empty(); }
  bool open(Instant now, Duration localOffset) const;
  /// When it opens or closes next; none: never.
  std::optional<Instant> nextChange(Instant now, Duration localOffset) const;
  /// As it was written.
  const std::string& text() const { return m_text; }
  bool operator==(const Timetable&) const = default;

 private:
  struct Window {  ///< minutes since Monday 0:00; from < to
    std::uint32_t from = 0, to = 0;
    auto operator<=>(const Window&) const = default;
  };
  void add(std::uint32_t from, std::uint32_t length);
  void merge();

  std::string m_text;
  std::vector<Window> m_windows;  ///< apart from each other, in order
};

}  // namespace hearth::agent
