// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"

/// What libFuzzer calls, and replay.cpp in its place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace hearth::fuzz {

inline std::string_view textOf(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Whatever a decoder accepts must be written again so that it reads back as the same value.
template <typename Parse, typename Write>
void roundTrip(std::string_view text, Parse parse, Write write) {
  const auto value = parse(text);
  if (!value) {
    HEARTH_CHECK(!value.error().message.empty(), "a refusal says why");
    return;
  }
  const auto again = parse(write(*value));
  HEARTH_CHECK(again.has_value(), "what was accepted is accepted again after writing");
  HEARTH_CHECK(*again == *value, "what was accepted reads back as the same value");
}

}  // namespace hearth::fuzz
