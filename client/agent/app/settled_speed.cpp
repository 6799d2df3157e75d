// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/settled_speed.h"

#include <charconv>
#include <string>

#include "agent/platform/files.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kDigits = 10;

std::uint32_t remembered(const std::filesystem::path& file) {
  const auto text = readSmallFile(file, kDigits + 1);
  std::uint32_t speed = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), speed);
  return speed;
}

}  // namespace

std::uint32_t settledSpeed(const std::filesystem::path& file, std::uint32_t measured) {
  const std::uint32_t before = remembered(file);
  const double change = static_cast<double>(measured) - static_cast<double>(before);
  if (before > 0 && change <= 0.25 * before && change >= -0.25 * before) return before;
  const auto written = writeFileDurably(file, std::to_string(measured) + "\n", 0600);
  static_cast<void>(written);  // forgotten at the next start, then
  return measured;
}

}  // namespace hearth::agent
