// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/suggest.h"

/// Names of enumerations: one table each serves writing, reading and suggestions.
namespace hearth::names {

template <typename Value, std::size_t N>
using Table = std::array<std::pair<Value, const char*>, N>;

template <typename Value, std::size_t N>
const char* of(const Table<Value, N>& table, Value value) noexcept {
  for (const auto& [known, text] : table) {
    if (known == value) return text;
  }
  return "unknown";
}

/// `what` is the noun for the message: "batch state".
template <typename Value, std::size_t N>
Result<Value> parse(const Table<Value, N>& table, std::string_view text, std::string_view what) {
  std::array<std::string_view, N> known;
  std::string list;
  for (std::size_t i = 0; i < N; ++i) {
    if (text == table[i].second) return table[i].first;
    known[i] = table[i].second;
    list += (i == 0 ? "" : ", ") + std::string(table[i].second);
  }
  return fail(ErrorCode::kInvalid,
              "'" + std::string(text.substr(0, 64)) + "' is no " + std::string(what) + "." + didYouMean(text, known),
              "Use one of: " + list + ".");
}

}  // namespace hearth::names
