// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/json_reader.h"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/suggest.h"
#include "base/time_text.h"

namespace json = boost::json;

namespace hearth::wire {

struct JsonDocument::State {
  explicit State(std::size_t expectedBytes) : memory(expectedBytes) {}

  json::monotonic_resource memory;
  std::optional<json::value> root;  ///< lives in `memory`, which frees it whole
  std::string place;                ///< of the error: "results[3].report.exit"
  std::optional<Error> error;
};

namespace {

constexpr std::uint64_t kHundredYearsMs = 100ULL * 366 * 24 * 3600 * 1000;
constexpr std::size_t kMostShown = 64;
constexpr std::size_t kFirstBlockBytes = 64 * limits::kKiB;

const json::value& valueOf(const void* opaque) { return *static_cast<const json::value*>(opaque); }
const json::object& objectOf(const void* opaque) { return *static_cast<const json::object*>(opaque); }

std::string shown(std::string_view name) { return std::string(name.substr(0, kMostShown)); }

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
    auto state = std::make_unique<State>(std::clamp<std::size_t>(2 * text.size(), 1024, kFirstBlockBytes));
    json::parse_options options;
    options.max_depth = limits::kJsonDepth;
    std::array<unsigned char, 4096> scratch;
    json::parser parser(json::storage_ptr(), options, scratch.data(), scratch.size());
    parser.reset(&state->memory);
    boost::system::error_code code;
    const std::size_t used = parser.write(text.data(), text.size(), code);
    if (code) return notJson(code, used, text.size());
    json::value parsed = parser.release();
    if (!parsed.is_object()) {
      return fail(ErrorCode::kInvalid, "the JSON text is no object", "Send one object: { … }.");
    }
    state->root.emplace(std::move(parsed));
    return JsonDocument(std::move(state));
  } catch (const std::exception& problem) {
    return fail(ErrorCode::kExhausted, std::string("the JSON text could not be read: ") + problem.what(),
                "Send less at once.");
  }
}

JsonReader JsonDocument::root() { return {&m_state->root->get_object(), m_state.get()}; }

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
  const json::value* value = objectOf(m_object).if_contains(member);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const void* JsonReader::require(std::string_view member) {
  const void* value = find(member);
  if (value == nullptr) refuse(member, "is missing");
  return value;
}

bool JsonReader::has(std::string_view member) const { return find(member) != nullptr; }

std::string JsonReader::textOf(const void* value, std::string_view member, std::size_t mostBytes) {
  const json::string* text = valueOf(value).if_string();
  if (text == nullptr) {
    refuse(member, "must be text");
  } else if (text->size() > mostBytes) {
    refuse(member, "is longer than " + std::to_string(mostBytes) + " bytes", "Shorten it.", ErrorCode::kTooLarge);
  } else if (text->find('\0') != json::string::npos) {
    refuse(member, "contains a NUL character");
  } else {
    return std::string(text->data(), text->size());
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
  const json::value& number = valueOf(value);
  std::uint64_t read = 0;
  if (number.is_uint64()) {
    read = number.get_uint64();
  } else if (number.is_int64() && number.get_int64() >= 0) {
    read = static_cast<std::uint64_t>(number.get_int64());
  } else {
    refuse(member, "must be a whole number of 0 or more");
    return 0;
  }
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
  const json::value& number = valueOf(value);
  if (!number.is_int64()) {
    refuse(member, number.is_uint64() ? "is out of range" : "must be a whole number");
    return 0;
  }
  const std::int64_t read = number.get_int64();
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
  const bool* read = valueOf(value).if_bool();
  if (read == nullptr) refuse(member, "must be true or false");
  return read != nullptr && *read;
}

bool JsonReader::flagOr(std::string_view member, bool absent) { return has(member) ? flag(member) : absent; }

Digest JsonReader::digest(std::string_view member) {
  const void* value = require(member);
  if (value == nullptr) return {};
  const json::string* text = valueOf(value).if_string();
  const auto read = Digest::parse(text == nullptr ? std::string_view() : std::string_view(text->data(), text->size()));
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
  const json::object* object = value == nullptr ? nullptr : valueOf(value).if_object();
  if (object == nullptr) refuse(member, "must be an object");
  return {object, m_document};
}

JsonReader::Array JsonReader::childArray(std::string_view member, std::size_t most) {
  const void* value = find(member);
  if (value == nullptr) return {};
  const json::array* array = valueOf(value).if_array();
  if (array == nullptr) {
    refuse(member, "must be an array");
    return {};
  }
  if (array->size() > most) {
    refuse(member, "has " + std::to_string(array->size()) + " entries, the limit is " + std::to_string(most),
           "Send fewer at once.", ErrorCode::kTooLarge);
    return {};
  }
  return {array->data(), array->size()};
}

JsonReader JsonReader::elementObject(const Array& array, std::size_t index, std::string_view member) {
  const json::object* object = static_cast<const json::value*>(array.values)[index].if_object();
  if (object == nullptr) refuse(shown(member) + "[" + std::to_string(index) + "]", "must be an object");
  return {object, m_document};
}

std::vector<std::string> JsonReader::texts(std::string_view member, std::size_t most, std::size_t mostBytes) {
  const Array array = childArray(member, most);
  std::vector<std::string> read;
  read.reserve(array.size);
  for (std::size_t i = 0; i < array.size && !failed(); ++i) {
    read.push_back(textOf(static_cast<const json::value*>(array.values) + i, member, mostBytes));
    if (failed()) m_document->place = shown(member) + "[" + std::to_string(i) + "]";
  }
  return read;
}

std::vector<std::uint64_t> JsonReader::numbers(std::string_view member, std::size_t most) {
  const Array array = childArray(member, most);
  std::vector<std::uint64_t> read;
  read.reserve(array.size);
  for (std::size_t i = 0; i < array.size; ++i) {
    const json::value& number = static_cast<const json::value*>(array.values)[i];
    if (number.is_uint64()) {
      read.push_back(number.get_uint64());
    } else if (number.is_int64() && number.get_int64() >= 0) {
      read.push_back(static_cast<std::uint64_t>(number.get_int64()));
    } else {
      refuse(shown(member) + "[" + std::to_string(i) + "]", "must be a whole number of 0 or more");
      return {};
    }
  }
  return read;
}

std::vector<Digest> JsonReader::digests(std::string_view member, std::size_t most) {
  const Array array = childArray(member, most);
  std::vector<Digest> read;
  read.reserve(array.size);
  for (std::size_t i = 0; i < array.size; ++i) {
    const json::string* text = static_cast<const json::value*>(array.values)[i].if_string();
    const auto digest =
        Digest::parse(text == nullptr ? std::string_view() : std::string_view(text->data(), text->size()));
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
  const json::object* object = valueOf(value).if_object();
  if (object == nullptr) {
    refuse(member, "must be an object");
    return {};
  }
  if (object->size() > most) {
    refuse(member, "has " + std::to_string(object->size()) + " entries, the limit is " + std::to_string(most), {},
           ErrorCode::kTooLarge);
    return {};
  }
  std::vector<std::pair<std::string, std::string>> read;
  read.reserve(object->size());
  for (const auto& entry : *object) {
    const std::string_view key(entry.key().data(), entry.key().size());
    if (key.size() > limits::kPathBytes || key.find('\0') != std::string_view::npos) {
      refuse(member, "has a name that is too long or contains a NUL character");
      return {};
    }
    read.emplace_back(key, textOf(&entry.value(), key, mostBytes));
    if (failed()) {
      within(member);
      return {};
    }
  }
  return read;
}

std::string JsonReader::raw(std::string_view member) {
  const void* value = find(member);
  return value == nullptr ? std::string() : json::serialize(valueOf(value));
}

void JsonReader::refuseUnknown(std::initializer_list<std::string_view> known) {
  if (failed()) return;
  for (const auto& entry : objectOf(m_object)) {
    const std::string_view key(entry.key().data(), entry.key().size());
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
