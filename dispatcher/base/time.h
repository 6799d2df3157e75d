// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace hearth {

/// A length of time in whole microseconds. Plain value.
struct Duration {
  std::int64_t micros = 0;

  static constexpr Duration microseconds(std::int64_t n) { return {n}; }
  static constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000}; }
  static constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
  static constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
  static constexpr Duration hours(std::int64_t n) { return seconds(n * 3'600); }
  static constexpr Duration days(std::int64_t n) { return hours(n * 24); }

  constexpr double inSeconds() const { return static_cast<double>(micros) / 1e6; }
  constexpr std::int64_t inMilliseconds() const { return micros / 1'000; }
  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration other) const { return {micros + other.micros}; }
  constexpr Duration operator-(Duration other) const { return {micros - other.micros}; }
  constexpr Duration operator*(std::int64_t n) const { return {micros * n}; }
  constexpr Duration operator/(std::int64_t n) const { return {micros / n}; }
};

/// A point in time: microseconds since 1970-01-01 UTC. The pure machines are told it, they never ask a clock.
struct Instant {
  std::int64_t micros = 0;

  static constexpr Instant farFuture() { return {std::numeric_limits<std::int64_t>::max()}; }
  static constexpr Instant ofUnixSeconds(std::int64_t n) { return {n * 1'000'000}; }

  constexpr std::int64_t inUnixSeconds() const { return micros / 1'000'000; }
  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration d) const { return {micros + d.micros}; }
  constexpr Instant operator-(Duration d) const { return {micros - d.micros}; }
  constexpr Duration operator-(Instant other) const { return {micros - other.micros}; }
};

}  // namespace hearth
