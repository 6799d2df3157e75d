// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/time_text.h"

namespace hearth::wire {
namespace {

/// Bytes that stand in a JSON string as they are.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\' && c != 0x7F;
  return plain;
}();

/// The length of the well-formed UTF-8 sequence at the beginning of `text`, or 0 (RFC 3629, table of its section 4).
std::size_t sequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tails = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if ((byte(i) & 0xC0U) != 0x80U) return false;
    }
    return true;
  };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first >= 0xC2 && first <= 0xDF) return tails(1, 2) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    return tails(1, 3) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return tails(1, 4) ? 4 : 0;
  }
  return 0;
}

void appendControl(std::string& out, unsigned char c) {
  static constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      out += "\\u00";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
  }
}

}  // namespace

void JsonWriter::separate() {
  if (m_needsComma) m_text += ',';
  m_needsComma = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  m_text += bracket;
  ++m_depth;
  m_needsComma = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  HEARTH_CHECK(m_depth > 0, "a JSON bracket is closed that was not opened");
  --m_depth;
  m_text += bracket;
  m_needsComma = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  appendEscaped(name);
  m_text += ':';
  m_needsComma = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  appendEscaped(text);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) { return raw(truth ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  m_text += json;
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return raw({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

JsonWriter& JsonWriter::value(const Digest& digest) {
  separate();
  m_text += '"';
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<char, 64> hex;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    hex[2 * i] = kDigits[digest.bytes[i] >> 4];
    hex[2 * i + 1] = kDigits[digest.bytes[i] & 15];
  }
  m_text.append(hex.data(), hex.size());
  m_text += '"';
  return *this;
}

JsonWriter& JsonWriter::value(Instant instant) { return value(formatInstant(instant)); }

JsonWriter& JsonWriter::unsignedValue(std::uint64_t number) {
  std::array<char, 20> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return raw({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

JsonWriter& JsonWriter::signedValue(std::int64_t number) {
  std::array<char, 20> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return raw({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

std::string JsonWriter::take() {
  HEARTH_CHECK(m_depth == 0, "a JSON bracket is left open");
  m_needsComma = false;
  return std::exchange(m_text, {});
}

void JsonWriter::appendEscaped(std::string_view text) {
  m_text += '"';
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && kPlain[static_cast<unsigned char>(text[end])]) ++end;
    m_text += text.substr(at, end - at);
    at = end;
    if (at == text.size()) break;
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x80) {
      appendControl(m_text, c);
      ++at;
    } else if (const std::size_t length = sequenceLength(text.substr(at)); length > 0) {
      m_text += text.substr(at, length);
      at += length;
    } else {
      m_text += "\xEF\xBF\xBD";
      ++at;
    }
  }
  m_text += '"';
}

}  // namespace hearth::wire
