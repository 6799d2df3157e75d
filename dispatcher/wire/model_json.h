// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "model/account.h"
#include "model/attempt.h"
#include "model/batch.h"
#include "model/host.h"
#include "model/package.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

/// The JSON of values that stand inside several messages. `writeMembers` and `readMembers` work on an object that is
/// open already.
namespace hearth::wire {

inline constexpr std::size_t kReasonBytes = 1000;  ///< a sentence for people; longer ones are clipped when written
inline constexpr std::size_t kReadReasonBytes = 4 * kReasonBytes;  ///< repaired text may be longer than it was

/// The beginning of a text, at most so many bytes, not cut inside a UTF-8 sequence.
std::string_view clipped(std::string_view text, std::size_t mostBytes);

void writeMembers(JsonWriter& json, const HostDescription& description);
void readMembers(JsonReader& json, HostDescription& description);

void writeMembers(JsonWriter& json, const ResultReport& report);
void readMembers(JsonReader& json, ResultReport& report);

void writeValue(JsonWriter& json, const Gpu& gpu);
void readMembers(JsonReader& json, Gpu& gpu);

/// An object of its own. `executable` is written only where it is true.
void writeValue(JsonWriter& json, const FileRef& file);
/// Checks the path and the size.
void readMembers(JsonReader& json, FileRef& file);

void writeValue(JsonWriter& json, const PackageSignature& signature);
void readMembers(JsonReader& json, PackageSignature& signature);
void writeValue(JsonWriter& json, const KeyApproval& approval);
void readMembers(JsonReader& json, KeyApproval& approval);

void writeValue(JsonWriter& json, const Requirements& requirements);
void readMembers(JsonReader& json, Requirements& requirements);
void writeValue(JsonWriter& json, const TaskLimits& taskLimits);
void readMembers(JsonReader& json, TaskLimits& taskLimits);
void writeValue(JsonWriter& json, const OutputRule& rule);
void readMembers(JsonReader& json, OutputRule& rule);

/// An array of names.
void writeValue(JsonWriter& json, const RoleSet& roles);
RoleSet readRoles(JsonReader& json, std::string_view member);

/// Text values by name, as an object.
void writePairs(JsonWriter& json, std::string_view member,
                const std::vector<std::pair<std::string, std::string>>& pairs);

/// "exitCodes": the exit codes that mean success; absent: 0 alone.
void readExitCodes(JsonReader& json, std::vector<std::int32_t>& codes);

/// A path of a bundle or task: checked.
std::string readPath(JsonReader& json, std::string_view member);
/// A public key or signature: so many bytes in lower-case hexadecimal.
std::string readHex(JsonReader& json, std::string_view member, std::size_t bytes);

template <typename List>
void writeArray(JsonWriter& json, std::string_view member, const List& list) {
  json.key(member).beginArray();
  for (const auto& entry : list) {
    if constexpr (requires { writeValue(json, entry); }) {
      writeValue(json, entry);
    } else {
      json.value(entry);
    }
  }
  json.endArray();
}

/// An array of objects that readMembers reads.
template <typename Entry>
void readArray(JsonReader& json, std::string_view member, std::size_t most, std::vector<Entry>& list) {
  json.objects(member, most, [&](JsonReader& inner) { readMembers(inner, list.emplace_back()); });
}

}  // namespace hearth::wire
