// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <bitset>
#include <optional>

namespace hearth::gui {

/// Which minutes of a week something is allowed in, as it is painted and as it is written ("mon-fri 22:00-07:00,
/// sat-sun"; nothing: always). A plain value.
class WeekHours {
 public:
  static constexpr int kDays = 7, kHours = 24, kDayMinutes = 24 * 60, kMinutes = kDays * kDayMinutes;
  enum class Hour { kOpen, kShut, kPartly };

  /// None: it is not written that way.
  static std::optional<WeekHours> parse(const QString& text);
  /// Equal days share a part; empty where it is always open. Reading it again gives the same hours.
  QString text() const;

  /// Monday is day 0.
  Hour at(int day, int hour) const;
  void set(int day, int hour, bool open);
  bool always() const { return m_open.all(); }
  bool never() const { return m_open.none(); }
  bool operator==(const WeekHours&) const = default;

 private:
  void add(int from, int length);
  QString windowsOf(int day) const;

  std::bitset<kMinutes> m_open;
};

}  // namespace hearth::gui
