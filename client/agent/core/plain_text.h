// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hearth::agent {

/// The beginning of a text that somebody else wrote, at most so many bytes, with a blank for each control character:
/// safe to print on a terminal and to put into one line of a log.
inline std::string plainText(std::string_view text, std::size_t mostBytes) {
  std::string plain(text.substr(0, mostBytes));
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto byte = static_cast<unsigned char>(plain[i]);
    if (byte < 0x20 || byte == 0x7f) plain[i] = ' ';
    // U+0080 to U+009F, which some terminals obey too
    const bool pair = byte == 0xc2 && i + 1 < plain.size();
    if (pair && static_cast<unsigned char>(plain[i + 1]) < 0xa0) plain[i] = plain[i + 1] = ' ';
  }
  return plain;
}

}  // namespace hearth::agent
