// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/suggest.h"
#include "wire/manifest.h"

/// Durations and byte counts as people write them.
namespace hearth::wire {
namespace {

constexpr std::int64_t kLongestMicros = Duration::days(36'600).micros;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kTimeUnits{
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}}};

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 10> kByteUnits{{{"PiB", 1ULL << 50},
                                                                                 {"TiB", 1ULL << 40},
                                                                                 {"GiB", 1ULL << 30},
                                                                                 {"MiB", 1ULL << 20},
                                                                                 {"KiB", 1ULL << 10},
                                                                                 {"TB", 1'000'000'000'000},
                                                                                 {"GB", 1'000'000'000},
                                                                                 {"MB", 1'000'000},
                                                                                 {"KB", 1'000},
                                                                                 {"B", 1}}};
constexpr std::size_t kBinaryUnits = 5;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool sameWord(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, 64)) + "'"; }

tl::unexpected<Error> noDuration(std::string_view text, const std::string& why) {
  return fail(ErrorCode::kInvalid, quoted(text) + " is no length of time: " + why,
              "Write a number and a unit, such as 90s, 15m, 2h, 3d, 500ms or 1h30m.");
}

tl::unexpected<Error> noByteCount(std::string_view text, const std::string& why) {
  return fail(ErrorCode::kInvalid, quoted(text) + " is no number of bytes: " + why,
              "Write a number and a unit, such as 512MiB, 1.5GiB, 100MB or 4096.");
}

/// Takes digits off the front of `rest`; false if there are none or too many for 64 bits.
bool takeNumber(std::string_view& rest, std::uint64_t& number) {
  std::size_t count = 0;
  number = 0;
  while (count < rest.size() && isDigit(rest[count])) {
    const auto digit = static_cast<std::uint64_t>(rest[count] - '0');
    if (number > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return false;
    number = number * 10 + digit;
    ++count;
  }
  rest.remove_prefix(count);
  return count > 0;
}

}  // namespace

Result<Duration> parseDuration(std::string_view text) {
  std::string_view rest = text;
  Duration total;
  std::size_t nextUnit = 0;  // units only get smaller: 1h30m, never 30m1h
  do {
    std::uint64_t number = 0;
    if (!takeNumber(rest, number)) return noDuration(text, "it does not begin with a number");
    std::size_t letters = 0;
    while (letters < rest.size() && !isDigit(rest[letters])) ++letters;
    const std::string_view unit = rest.substr(0, letters);
    if (unit.empty()) return noDuration(text, "it has no unit");
    while (nextUnit < kTimeUnits.size() && kTimeUnits[nextUnit].first != unit) ++nextUnit;
    if (nextUnit == kTimeUnits.size())
      return noDuration(text, "its unit " + quoted(unit) + " is not known or out of order");
    const std::int64_t scale = kTimeUnits[nextUnit++].second;
    if (number > static_cast<std::uint64_t>((kLongestMicros - total.micros) / scale)) {
      return noDuration(text, "it is longer than 100 years");
    }
    total.micros += static_cast<std::int64_t>(number) * scale;
    rest.remove_prefix(letters);
  } while (!rest.empty());
  return total;
}

std::string formatDuration(Duration duration) {
  std::string text = duration.micros < 0 ? "-" : "";
  // 0 - as unsigned: the smallest int64 has no positive counterpart.
  const auto bits = static_cast<std::uint64_t>(duration.micros);
  std::uint64_t rest = duration.micros < 0 ? 0 - bits : bits;
  for (const auto& [unit, micros] : kTimeUnits) {
    const std::uint64_t count = rest / static_cast<std::uint64_t>(micros);
    rest %= static_cast<std::uint64_t>(micros);
    if (count > 0) text += std::to_string(count) + std::string(unit);
  }
  return text.size() < 2 ? "0s" : text;
}

Result<std::uint64_t> parseByteCount(std::string_view text) {
  std::string_view rest = text;
  std::uint64_t whole = 0;
  if (!takeNumber(rest, whole)) return noByteCount(text, "it does not begin with a number that fits");
  std::uint64_t thousandths = 0;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    std::size_t digits = 0;
    for (; digits < rest.size() && isDigit(rest[digits]); ++digits) {
      thousandths = thousandths * 10 + static_cast<std::uint64_t>(rest[digits] - '0');
      if (digits == 3) return noByteCount(text, "it has more than three decimals");
    }
    if (digits == 0) return noByteCount(text, "nothing follows its point");
    for (std::size_t i = digits; i < 3; ++i) thousandths *= 10;
    rest.remove_prefix(digits);
  }
  if (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  const auto unit = std::find_if(kByteUnits.begin(), kByteUnits.end(),
                                 [&](const auto& known) { return sameWord(known.first, rest.empty() ? "B" : rest); });
  if (unit == kByteUnits.end()) return noByteCount(text, "its unit " + quoted(rest) + " is not known");
  const std::uint64_t scale = unit->second;
  if (thousandths != 0 && scale == 1) return noByteCount(text, "there are no parts of a byte");
  const std::uint64_t part = thousandths * (scale / 1000) + thousandths * (scale % 1000) / 1000;
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (whole > most / scale || part > most - whole * scale) return noByteCount(text, "it is too large");
  return whole * scale + part;
}

std::string formatByteCount(std::uint64_t bytes) {
  for (std::size_t i = 0; i < kBinaryUnits; ++i) {
    const auto& [unit, scale] = kByteUnits[i];
    if (bytes < scale) continue;
    const std::uint64_t tenths = bytes % scale * 10 / scale;
    return std::to_string(bytes / scale) + (tenths == 0 ? "" : "." + std::to_string(tenths)) + std::string(unit);
  }
  return std::to_string(bytes) + "B";
}

}  // namespace hearth::wire
