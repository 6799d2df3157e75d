// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/digest.h"
#include "base/ids.h"
#include "base/time.h"

namespace hearth::wire {

/// Appends one compact JSON text to a string, without a tree in between. The caller keeps begin and end in balance
/// (checked by take()). Text that is not UTF-8 is repaired with U+FFFD, so that the result always is. Plain value.
///
///     JsonWriter json;
///     json.beginObject().member("id", batch).member("name", name).key("files").beginArray();
///     for (...) json.value(digest);
///     return json.endArray().endObject().take();
///
/// Forms are those of docs/protocol.md: digests in hexadecimal, instants as RFC 3339, durations as milliseconds (name
/// such members "…Ms"), ids as numbers.
class JsonWriter {
 public:
  explicit JsonWriter(std::size_t expectedBytes = 512) { m_text.reserve(expectedBytes); }

  JsonWriter& beginObject() { return open('{'); }
  JsonWriter& endObject() { return close('}'); }
  JsonWriter& beginArray() { return open('['); }
  JsonWriter& endArray() { return close(']'); }
  /// The name of a member; its value must follow.
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  template <std::unsigned_integral Number>
  JsonWriter& value(Number number) {
    return unsignedValue(number);
  }
  template <std::signed_integral Number>
  JsonWriter& value(Number number) {
    return signedValue(number);
  }
  /// The shortest form that reads back as the same number; null for what JSON cannot say (infinity, NaN).
  JsonWriter& value(double number);
  JsonWriter& value(const Digest& digest);
  JsonWriter& value(Instant instant);
  JsonWriter& value(Duration duration) { return signedValue(duration.inMilliseconds()); }
  template <typename Kind>
  JsonWriter& value(Id<Kind> id) {
    return unsignedValue(id.value);
  }
  JsonWriter& null();
  /// A value that is JSON already.
  JsonWriter& raw(std::string_view json);

  template <typename Value>
  JsonWriter& member(std::string_view name, const Value& content) {
    key(name);
    return value(content);
  }

  /// The text; the writer is empty afterwards.
  std::string take();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& unsignedValue(std::uint64_t number);
  JsonWriter& signedValue(std::int64_t number);
  void separate();
  void appendEscaped(std::string_view text);

  std::string m_text;
  int m_depth = 0;
  bool m_needsComma = false;
};

}  // namespace hearth::wire
