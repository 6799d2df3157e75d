// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/json_tape.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/limits.h"

namespace json = boost::json;

namespace hearth::wire {
namespace {

tl::unexpected<Error> notJson(const boost::system::error_code& code, std::size_t at, std::size_t size) {
  if (code == json::error::too_deep) {
    return fail(ErrorCode::kTooLarge,
                "the JSON text is nested deeper than " + std::to_string(limits::kJsonDepth) + " levels",
                "docs/protocol.md describes the messages; none is nested that deep.");
  }
  if (code == json::error::incomplete || at >= size) {
    return fail(ErrorCode::kInvalid, "the JSON text ends too early, after " + std::to_string(size) + " bytes",
                "Send it whole.");
  }
  return fail(ErrorCode::kInvalid, "this is no JSON: " + code.message() + " at byte " + std::to_string(at),
              "Send one JSON object in UTF-8.");
}

}  // namespace

/// What Boost's parser, which checks the syntax, calls for each value.
class JsonTape::Recorder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using Code = boost::system::error_code;
  using Text = json::string_view;

  Recorder(JsonTape& tape, std::string_view whole) : m_tape(tape), m_whole(whole) {}

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return open(JsonNode::Kind::kObject); }
  bool on_object_end(std::size_t entries, Code&) { return close(entries); }
  bool on_array_begin(Code&) { return open(JsonNode::Kind::kArray); }
  bool on_array_end(std::size_t entries, Code&) { return close(entries); }
  bool on_key_part(Text piece, std::size_t, Code&) { return part(piece); }
  bool on_key(Text piece, std::size_t whole, Code&) { return text(piece, whole); }
  bool on_string_part(Text piece, std::size_t, Code&) { return part(piece); }
  bool on_string(Text piece, std::size_t whole, Code&) { return text(piece, whole); }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t value, Text, Code&) {
    add(JsonNode::Kind::kInteger).integer = value;
    return true;
  }
  bool on_uint64(std::uint64_t value, Text, Code&) {
    add(JsonNode::Kind::kUnsigned).number = value;
    return true;
  }
  bool on_double(double value, Text, Code&) {
    add(JsonNode::Kind::kDouble).real = value;
    return true;
  }
  bool on_bool(bool value, Code&) {
    add(value ? JsonNode::Kind::kTrue : JsonNode::Kind::kFalse);
    return true;
  }
  bool on_null(Code&) {
    add(JsonNode::Kind::kNull);
    return true;
  }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

 private:
  JsonNode& add(JsonNode::Kind kind) {
    JsonNode& node = m_tape.m_nodes.emplace_back();
    node.kind = kind;
    return node;
  }
  bool open(JsonNode::Kind kind) {
    m_open[m_depth++] = static_cast<std::uint32_t>(m_tape.m_nodes.size());
    add(kind);
    return true;
  }
  bool close(std::size_t entries) {
    JsonNode& node = m_tape.m_nodes[m_open[--m_depth]];
    node.number = entries;
    node.span = static_cast<std::uint32_t>(m_tape.m_nodes.size()) - m_open[m_depth];
    return true;
  }
  bool part(Text piece) {
    if (!m_inPieces) m_tape.m_unescaped.emplace_back();
    m_inPieces = true;
    m_tape.m_unescaped.back().append(piece.data(), piece.size());
    return true;
  }
  bool text(Text piece, std::size_t whole) {
    // The parser undoes escapes in a buffer of its own, which does not last.
    const bool lasts = !m_inPieces && std::less_equal<>()(m_whole.data(), piece.data()) &&
                       std::less_equal<>()(piece.data() + piece.size(), m_whole.data() + m_whole.size());
    if (!lasts) part(piece);
    JsonNode& node = add(JsonNode::Kind::kText);
    node.data = lasts ? piece.data() : m_tape.m_unescaped.back().data();
    node.number = whole;
    m_inPieces = false;
    return true;
  }

  JsonTape& m_tape;
  const std::string_view m_whole;
  std::uint32_t m_open[limits::kJsonDepth + 1] = {};  ///< of each array and object that is open, where it begins
  std::size_t m_depth = 0;
  bool m_inPieces = false;
};

Result<void> JsonTape::parse(std::string_view text) {
  constexpr std::size_t kBytesANode = 12;  // of our own messages, about
  m_nodes.reserve(16 + text.size() / kBytesANode);
  json::parse_options options;
  options.max_depth = limits::kJsonDepth;
  json::basic_parser<Recorder> parser(options, *this, text);
  boost::system::error_code code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (!code && used < text.size()) code = json::make_error_code(json::error::extra_data);
  if (code) return notJson(code, used, text.size());
  return {};
}

const JsonNode* findMember(const JsonNode& object, std::string_view name) {
  const JsonNode* found = nullptr;
  const JsonNode* key = &object + 1;
  for (std::size_t left = object.size(); left > 0; --left) {
    const JsonNode* value = key + 1;
    // The first letters tell most names apart, without a call.
    if (key->size() == name.size() && (name.empty() || (*key->data == name.front() && key->text() == name)))
      found = value;
    key = value->next();
  }
  return found;
}

namespace {

json::value treeOf(const JsonNode& node) {
  const JsonNode* at = &node + 1;
  switch (node.kind) {
    case JsonNode::Kind::kNull:
      return nullptr;
    case JsonNode::Kind::kFalse:
    case JsonNode::Kind::kTrue:
      return node.kind == JsonNode::Kind::kTrue;
    case JsonNode::Kind::kInteger:
      return node.integer;
    case JsonNode::Kind::kUnsigned:
      return node.number;
    case JsonNode::Kind::kDouble:
      return node.real;
    case JsonNode::Kind::kText:
      return json::string(node.text().data(), node.text().size());
    case JsonNode::Kind::kArray: {
      json::array array;
      for (std::size_t left = node.size(); left > 0; --left, at = at->next()) array.push_back(treeOf(*at));
      return array;
    }
    case JsonNode::Kind::kObject:
      break;
  }
  json::object object;
  for (std::size_t left = node.size(); left > 0; --left, at = (at + 1)->next())
    object.insert_or_assign(json::string_view(at->data, at->size()), treeOf(*(at + 1)));
  return object;
}

}  // namespace

std::string compactText(const JsonNode& value) { return json::serialize(treeOf(value)); }

}  // namespace hearth::wire
