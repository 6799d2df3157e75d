// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/json_reader.h"

#include <algorithm>
#include <exception>
#include <optional>

#include "base/suggest.h"
#include "base/time_text.h"
#include "wire/json_tape.h"

namespace hearth::wire {

struct JsonDocument::State {
  JsonTape tape;
  std::string place;  ///< of the error: "results[3].report.exit"
  std::optional<Error> error;
};

namespace {

constexpr std::uint64_t kHundredYearsMs = 100ULL * 366 * 24 * 3600 * 1000;
constexpr std::size_t kMostShown = 64;

const JsonNode& nodeOf(const void* opaque) { return *static_cast<const JsonNode*>(opaque); }
bool isText(const JsonNode& node) { return node.kind == JsonNode::Kind::kText; }
bool isObject(const JsonNode& node) { return node.kind == JsonNode::Kind::kObject; }

/// The number, if it is a whole one of 0 or more.
std::optional<std::uint64_t> wholeNumber(const JsonNode& node) {
  if (node.kind == JsonNode::Kind::kUnsigned) return node.number;
  if (node.kind == JsonNode::Kind::kInteger && node.integer >= 0) return node.number;
  return std::nullopt;
}

Result<Digest> digestIn(const JsonNode& node) { return Digest::parse(isText(node) ? node.text() : std::string_view()); }

std::string shown(std::string_view name) { return std::string(name.substr(0, kMostShown)); }

}  // namespace

JsonDocument::JsonDocument(std::unique_ptr<State> state) : m_state(std::move(state)) {}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

Result<JsonDocument> JsonDocument::parse(std::string_view text, std::size_t mostBytes) {
  if (text.size() > mostBytes) {
    return fail(ErrorCode::kTooLarge,
                "the JSON text has " + std::to_string(text.size()) + " bytes, at most " + std::to_string(mostBytes) +
                    " are read",
                "Send less at once; put long lists into a file of the bundle.");
  }
  try {
    auto state = std::make_unique<State>();
    HEARTH_TRY(state->tape.parse(text));
    if (!isObject(*state->tape.root())) {
      return fail(ErrorCode::kInvalid, "the JSON text is no object", "Send one object: { … }.");
    }
    return JsonDocument(std::move(state));
  } catch (const std::exception& problem) {
    return fail(ErrorCode::kExhausted, std::string("the JSON text could not be read: ") + problem.what(),
                "Send less at once.");
  }
}

JsonReader JsonDocument::root() { return {m_state->tape.root(), m_state.get()}; }

Result<void> JsonDocument::status() const {
  if (!m_state->error) return {};
  Error error = *m_state->error;
  if (error.hint.empty()) error.hint = "docs/protocol.md describes the messages.";
  return hearth::fail(std::move(error).within("member '" + m_state->place + "'"));
}

bool JsonReader::failed() const { return m_document->error.has_value(); }

void JsonReader::refuse(std::string_view member, Error error) {
  if (failed()) return;
  m_document->place = shown(member);
  m_document->error = std::move(error);
}

void JsonReader::refuse(std::string_view member, const std::string& message, std::string hint, ErrorCode code) {
  if (!failed()) refuse(member, Error{code, message, std::move(hint)});
}

void JsonReader::within(std::string_view member) {
  if (failed()) m_document->place = shown(member) + "." + m_document->place;
}

void JsonReader::within(std::string_view member, std::size_t index) {
  if (failed()) m_document->place = shown(member) + "[" + std::to_string(index) + "]." + m_document->place;
}

const void* JsonReader::find(std::string_view member) const {
  if (failed()) return nullptr;
  const JsonNode* value = findMember(nodeOf(m_object), member);
  return value == nullptr || value->kind == JsonNode::Kind::kNull ? nullptr : value;
}

const void* JsonReader::require(std::string_view member) {
  const void* value = find(member);
  if (value == nullptr) refuse(member, "is missing");
  return value;
}

bool JsonReader::has(std::string_view member) const { return find(member) != nullptr; }

std::string JsonReader::textOf(const void* value, std::string_view member, std::size_t mostBytes) {
  const JsonNode& node = nodeOf(value);
  if (!isText(node)) {
    refuse(member, "must be text");
  } else if (node.size() > mostBytes) {
    refuse(member, "is longer than " + std::to_string(mostBytes) + " bytes", "Shorten it.", ErrorCode::kTooLarge);
  } else if (node.text().find('\0') != std::string_view::npos) {
    refuse(member, "contains a NUL character");
  } else {
    return std::string(node.text());
  }
  return {};
}

std::string JsonReader::text(std::string_view member, std::size_t mostBytes) {
  const void* value = require(member);
  return value == nullptr ? std::string() : textOf(value, member, mostBytes);
}

std::string JsonReader::textOr(std::string_view member, std::string_view absent, std::size_t mostBytes) {
  return has(member) ? text(member, mostBytes) : std::string(absent);
}

std::uint64_t JsonReader::number(std::string_view member, std::uint64_t most) {
  const void* value = require(member);
  if (value == nullptr) return 0;
  const std::optional<std::uint64_t> whole = wholeNumber(nodeOf(value));
  if (!whole) {
    refuse(member, "must be a whole number of 0 or more");
    return 0;
  }
  const std::uint64_t read = *whole;
  if (read <= most) return read;
  refuse(member, std::to_string(read) + " is above the limit of " + std::to_string(most), "Use a smaller number.",
         ErrorCode::kTooLarge);
  return 0;
}

std::uint64_t JsonReader::numberOr(std::string_view member, std::uint64_t absent, std::uint64_t most) {
  return has(member) ? number(member, most) : absent;
}

std::uint32_t JsonReader::number32(std::string_view member, std::uint32_t most) {
  return static_cast<std::uint32_t>(number(member, most));
}

std::uint32_t JsonReader::number32Or(std::string_view member, std::uint32_t absent, std::uint32_t most) {
  return has(member) ? number32(member, most) : absent;
}

std::int64_t JsonReader::integer(std::string_view member, std::int64_t least, std::int64_t most) {
  const void* value = require(member);
  if (value == nullptr) return 0;
  const JsonNode& number = nodeOf(value);
  if (number.kind != JsonNode::Kind::kInteger) {
    refuse(member, number.kind == JsonNode::Kind::kUnsigned ? "is out of range" : "must be a whole number");
    return 0;
  }
  const std::int64_t read = number.integer;
  if (read >= least && read <= most) return read;
  refuse(member, std::to_string(read) + " is not between " + std::to_string(least) + " and " + std::to_string(most));
  return 0;
}

std::int64_t JsonReader::integerOr(std::string_view member, std::int64_t absent, std::int64_t least,
                                   std::int64_t most) {
  return has(member) ? integer(member, least, most) : absent;
}

bool JsonReader::flag(std::string_view member) {
  const void* value = require(member);
  if (value == nullptr) return false;
  const JsonNode::Kind kind = nodeOf(value).kind;
  if (kind != JsonNode::Kind::kTrue && kind != JsonNode::Kind::kFalse) refuse(member, "must be true or false");
  return kind == JsonNode::Kind::kTrue;
}

bool JsonReader::flagOr(std::string_view member, bool absent) { return has(member) ? flag(member) : absent; }

Digest JsonReader::digest(std::string_view member) {
  const void* value = require(member);
  if (value == nullptr) return {};
  const auto read = digestIn(nodeOf(value));
  if (!read) refuse(member, read.error());
  return read ? *read : Digest{};
}

Digest JsonReader::digestOr(std::string_view member, const Digest& absent) {
  return has(member) ? digest(member) : absent;
}

Duration JsonReader::duration(std::string_view member) {
  return Duration::milliseconds(static_cast<std::int64_t>(number(member, kHundredYearsMs)));
}

Duration JsonReader::durationOr(std::string_view member, Duration absent) {
  return has(member) ? duration(member) : absent;
}

Instant JsonReader::instant(std::string_view member) {
  const std::string read = text(member);
  if (failed()) return {};
  const auto instant = parseInstant(read);
  if (!instant) refuse(member, instant.error());
  return instant ? *instant : Instant{};
}

Instant JsonReader::instantOr(std::string_view member, Instant absent) {
  return has(member) ? instant(member) : absent;
}

JsonReader JsonReader::childObject(std::string_view member) {
  const void* value = require(member);
  if (value == nullptr || !isObject(nodeOf(value))) refuse(member, "must be an object");
  return {value, m_document};
}

JsonReader::Array JsonReader::childArray(std::string_view member, std::size_t most) {
  const void* value = find(member);
  if (value == nullptr) return {};
  const JsonNode& array = nodeOf(value);
  if (array.kind != JsonNode::Kind::kArray) {
    refuse(member, "must be an array");
    return {};
  }
  if (array.size() > most) {
    refuse(member, "has " + std::to_string(array.size()) + " entries, the limit is " + std::to_string(most),
           "Send fewer at once.", ErrorCode::kTooLarge);
    return {};
  }
  return {&array + 1, array.size()};
}

JsonReader JsonReader::takeObject(Array& array, std::size_t index, std::string_view member) {
  const JsonNode& value = nodeOf(array.values);
  array.values = value.next();
  if (!isObject(value)) refuse(shown(member) + "[" + std::to_string(index) + "]", "must be an object");
  return {&value, m_document};
}

std::vector<std::string> JsonReader::texts(std::string_view member, std::size_t most, std::size_t mostBytes) {
  const Array array = childArray(member, most);
  std::vector<std::string> read;
  read.reserve(array.size);
  const auto* value = static_cast<const JsonNode*>(array.values);
  for (std::size_t i = 0; i < array.size && !failed(); ++i, value = value->next()) {
    read.push_back(textOf(value, member, mostBytes));
    if (failed()) m_document->place = shown(member) + "[" + std::to_string(i) + "]";
  }
  return read;
}

std::vector<std::uint64_t> JsonReader::numbers(std::string_view member, std::size_t most) {
  const Array array = childArray(member, most);
  std::vector<std::uint64_t> read;
  read.reserve(array.size);
  const auto* value = static_cast<const JsonNode*>(array.values);
  for (std::size_t i = 0; i < array.size; ++i, value = value->next()) {
    const std::optional<std::uint64_t> number = wholeNumber(*value);
    if (!number) {
      refuse(shown(member) + "[" + std::to_string(i) + "]", "must be a whole number of 0 or more");
      return {};
    }
    read.push_back(*number);
  }
  return read;
}

std::vector<Digest> JsonReader::digests(std::string_view member, std::size_t most) {
  const Array array = childArray(member, most);
  std::vector<Digest> read;
  read.reserve(array.size);
  const auto* value = static_cast<const JsonNode*>(array.values);
  for (std::size_t i = 0; i < array.size; ++i, value = value->next()) {
    const auto digest = digestIn(*value);
    if (!digest) {
      refuse(shown(member) + "[" + std::to_string(i) + "]", digest.error());
      return {};
    }
    read.push_back(*digest);
  }
  return read;
}

std::vector<std::pair<std::string, std::string>> JsonReader::pairs(std::string_view member, std::size_t most,
                                                                   std::size_t mostBytes) {
  const void* value = find(member);
  if (value == nullptr) return {};
  const JsonNode& object = nodeOf(value);
  if (!isObject(object)) {
    refuse(member, "must be an object");
    return {};
  }
  if (object.size() > most) {
    refuse(member, "has " + std::to_string(object.size()) + " entries, the limit is " + std::to_string(most), {},
           ErrorCode::kTooLarge);
    return {};
  }
  std::vector<std::pair<std::string, std::string>> read;
  read.reserve(object.size());
  const JsonNode* key = &object + 1;
  for (std::size_t left = object.size(); left > 0; --left, key = (key + 1)->next()) {
    const std::string_view name = key->text();
    if (name.size() > limits::kPathBytes || name.find('\0') != std::string_view::npos) {
      refuse(member, "has a name that is too long or contains a NUL character");
      return {};
    }
    if (findMember(object, name) != key + 1) continue;  // it stands there again further on
    read.emplace_back(name, textOf(key + 1, name, mostBytes));
    if (failed()) {
      within(member);
      return {};
    }
  }
  return read;
}

std::string JsonReader::raw(std::string_view member) {
  const void* value = find(member);
  return value == nullptr ? std::string() : compactText(nodeOf(value));
}

void JsonReader::refuseUnknown(std::initializer_list<std::string_view> known) {
  if (failed()) return;
  const JsonNode& object = nodeOf(m_object);
  const JsonNode* entry = &object + 1;
  for (std::size_t left = object.size(); left > 0; --left, entry = (entry + 1)->next()) {
    const std::string_view key = entry->text();
    bool found = false;
    for (const std::string_view name : known) found = found || name == key;
    if (found) continue;
    std::string list;
    for (const std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
    refuse(key, "is not known." + didYouMean(key, {known.begin(), known.size()}), "Known members: " + list + ".");
    return;
  }
}

}  // namespace hearth::wire
