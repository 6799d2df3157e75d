// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::wire {

/// One value of a parsed JSON text, or the name of a member, which stands before its value. What an array or an object
/// holds follows it.
struct JsonNode {
  enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kInteger, kUnsigned, kDouble, kText, kArray, kObject };

  Kind kind = Kind::kNull;
  std::uint32_t span = 1;  ///< nodes of it and of all in it: the next value stands so many further on
  union {
    std::int64_t integer;
    std::uint64_t number;  ///< kUnsigned: above the largest signed one; kArray, kObject: how many entries; kText: bytes
    double real;
  };
  const char* data = nullptr;  ///< kText

  JsonNode() : integer(0) {}
  std::string_view text() const { return {data, static_cast<std::size_t>(number)}; }
  std::size_t size() const { return static_cast<std::size_t>(number); }
  const JsonNode* next() const { return this + span; }
};

/// A JSON text as one array of values in the order in which they were written: parsing allocates a few times for the
/// whole text, not for each value. Its texts without escapes are views of what was parsed, which must outlive it.
class JsonTape {
 public:
  /// Called once. Throws std::bad_alloc.
  Result<void> parse(std::string_view text);
  const JsonNode* root() const { return m_nodes.data(); }

 private:
  class Recorder;
  std::vector<JsonNode> m_nodes;
  std::deque<std::string> m_unescaped;
};

/// The member of an object; if it is there twice, the last one. nullptr: none.
const JsonNode* findMember(const JsonNode& object, std::string_view name);

/// A value as compact JSON text.
std::string compactText(const JsonNode& value);

}  // namespace hearth::wire
