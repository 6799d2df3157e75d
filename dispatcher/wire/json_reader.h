// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"

namespace hearth::wire {

class JsonReader;

/// A parsed JSON text whose root is an object. Bounded in size (limits::kJsonBodyBytes or less) and depth
/// (limits::kJsonDepth). The text must outlive it: its readers look into it. It remembers the first error that any of
/// them met. One thread; movable.
class JsonDocument {
 public:
  static Result<JsonDocument> parse(std::string_view text, std::size_t mostBytes = limits::kJsonBodyBytes);
  ~JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;

  JsonReader root();
  /// The first error met, or success.
  Result<void> status() const;

 private:
  friend class JsonReader;
  struct State;
  explicit JsonDocument(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

/// A view of one object of a JsonDocument, which must outlive it. Each call reads one member; a member that is missing,
/// of the wrong type or over its bound yields a default-made value and is remembered by the document as an error that
/// names the member
/// ("results[3].report.exit: …"). After the first error every call is a cheap no-op, so a decoder reads straight
/// through and asks once at the end. `null` counts as absent. The …Or calls accept absence.
///
///     return readJson<Greeting>(text, [](JsonReader& json, Greeting& greeting) {
///       greeting.name = json.text("name");
///       json.objects("friends", 100, [&](JsonReader& friendJson) {
///       greeting.friends.push_back(friendJson.text("name")); });
///     });
class JsonReader {
 public:
  bool has(std::string_view member) const;
  bool failed() const;
  /// Records an error about a member, unless there is one already.
  void refuse(std::string_view member, const std::string& message, std::string hint = {},
              ErrorCode code = ErrorCode::kInvalid);
  void refuse(std::string_view member, Error error);

  /// Text of at most so many bytes, without NUL.
  std::string text(std::string_view member, std::size_t mostBytes = limits::kNameBytes);
  std::string textOr(std::string_view member, std::string_view absent, std::size_t mostBytes = limits::kNameBytes);
  std::uint64_t number(std::string_view member, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  std::uint64_t numberOr(std::string_view member, std::uint64_t absent,
                         std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  std::uint32_t number32(std::string_view member, std::uint32_t most = std::numeric_limits<std::uint32_t>::max());
  std::uint32_t number32Or(std::string_view member, std::uint32_t absent,
                           std::uint32_t most = std::numeric_limits<std::uint32_t>::max());
  std::int64_t integer(std::string_view member, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                       std::int64_t most = std::numeric_limits<std::int64_t>::max());
  std::int64_t integerOr(std::string_view member, std::int64_t absent,
                         std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                         std::int64_t most = std::numeric_limits<std::int64_t>::max());
  bool flag(std::string_view member);
  bool flagOr(std::string_view member, bool absent);
  Digest digest(std::string_view member);
  Digest digestOr(std::string_view member, const Digest& absent = {});
  /// Milliseconds, 0 or more, at most 100 years.
  Duration duration(std::string_view member);
  Duration durationOr(std::string_view member, Duration absent);
  Instant instant(std::string_view member);
  Instant instantOr(std::string_view member, Instant absent = {});
  /// Not 0.
  template <typename IdType>
  IdType id(std::string_view member) {
    const IdType read{number(member)};
    if (!read) refuse(member, "0 names nothing");
    return read;
  }
  template <typename IdType>
  IdType idOr(std::string_view member, IdType absent = {}) {
    return has(member) ? id<IdType>(member) : absent;
  }
  /// A word that `parse` (std::string_view -> Result<Value>) knows.
  template <typename Value, typename Parse>
  Value word(std::string_view member, Parse&& parse) {
    const std::string read = text(member);
    if (failed()) return Value{};
    auto value = parse(std::string_view(read));
    if (!value) refuse(member, std::move(value).error());
    return value ? *value : Value{};
  }
  template <typename Value, typename Parse>
  Value wordOr(std::string_view member, Value absent, Parse&& parse) {
    return has(member) ? word<Value>(member, std::forward<Parse>(parse)) : absent;
  }

  // Members that hold more. `read` is called with a JsonReader& of each object.
  template <typename Read>
  void object(std::string_view member, Read&& read) {
    JsonReader inner = childObject(member);
    if (failed()) return;
    read(inner);
    within(member);
  }
  /// False if it is absent.
  template <typename Read>
  bool objectIfAny(std::string_view member, Read&& read) {
    if (!has(member)) return false;
    object(member, std::forward<Read>(read));
    return true;
  }
  /// An array of at most so many objects; absent: none.
  template <typename Read>
  void objects(std::string_view member, std::size_t most, Read&& read) {
    Array array = childArray(member, most);
    for (std::size_t i = 0; i < array.size && !failed(); ++i) {
      JsonReader inner = takeObject(array, i, member);
      if (failed()) return;
      read(inner);
      within(member, i);
    }
  }
  /// Arrays of plain values; absent: none.
  std::vector<std::string> texts(std::string_view member, std::size_t most, std::size_t mostBytes = limits::kNameBytes);
  std::vector<std::uint64_t> numbers(std::string_view member, std::size_t most);
  std::vector<Digest> digests(std::string_view member, std::size_t most);
  /// An object whose values are all text, in the order in which it was written; absent: none.
  std::vector<std::pair<std::string, std::string>> pairs(std::string_view member, std::size_t most,
                                                         std::size_t mostBytes = limits::kArgumentBytes);
  /// The member as compact JSON text; absent: empty.
  std::string raw(std::string_view member);

  /// Refuses members other than these, suggesting the nearest. For what people write; messages between programs ignore
  /// the unknown.
  void refuseUnknown(std::initializer_list<std::string_view> known);

 private:
  friend class JsonDocument;
  struct Array {
    const void* values = nullptr;
    std::size_t size = 0;
  };
  JsonReader(const void* object, JsonDocument::State* document) : m_object(object), m_document(document) {}

  const void* find(std::string_view member) const;
  const void* require(std::string_view member);
  std::string textOf(const void* value, std::string_view member, std::size_t mostBytes);
  JsonReader childObject(std::string_view member);
  Array childArray(std::string_view member, std::size_t most);
  /// The object at `array.values`, which then stands at the next one; `index` is its place, for the message.
  JsonReader takeObject(Array& array, std::size_t index, std::string_view member);
  /// Puts "member." or "member[i]." before the place of an error that was met inside.
  void within(std::string_view member);
  void within(std::string_view member, std::size_t index);

  const void* m_object;  ///< a JsonNode; what that is stays private to the .cpp
  JsonDocument::State* m_document;
};

/// Parses `text` and fills a T by `read(JsonReader&, T&)`.
template <typename T, typename Read>
Result<T> readJson(std::string_view text, Read&& read, std::size_t mostBytes = limits::kJsonBodyBytes) {
  auto document = JsonDocument::parse(text, mostBytes);
  if (!document) return hearth::fail(std::move(document).error());
  T filled;
  JsonReader root = document->root();
  read(root, filled);
  HEARTH_TRY(document->status());
  return filled;
}

}  // namespace hearth::wire
