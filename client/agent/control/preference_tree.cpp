// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/preference_tree.h"

#include <algorithm>
#include <map>

#include <boost/json.hpp>

#include "agent_core/plain_text.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kTextBytes = 2000;

std::string text(const boost::json::value& preference, std::string_view member) {
  if (!preference.is_object()) return {};
  const auto* value = preference.get_object().if_contains({member.data(), member.size()});
  return value != nullptr && value->is_string() ? plainText(std::string(value->get_string()), kTextBytes) : "";
}

}  // namespace

std::string preferencesJson(const Preferences& preferences, const Preferences& usual) {
  std::map<std::string, std::string> usualOnes;
  for (PreferenceText& each : preferenceTexts(usual)) usualOnes[each.name] = std::move(each.value);
  wire::JsonWriter json(8192);
  json.beginObject();
  for (const PreferenceText& each : preferenceTexts(preferences)) {
    const auto known = usualOnes.find(each.name);
    // Only shares are not there until they are set.
    const std::string given = known == usualOnes.end() ? std::to_string(Preferences::kShare) : known->second;
    json.key(each.name).beginObject().member("value", each.value).member("default", given);
    json.member("kind", each.kind).member("group", each.group).member("help", each.help).endObject();
  }
  return json.endObject().take();
}

std::string changesJson(const Preferences& before, const Preferences& after) {
  wire::JsonWriter json;
  json.beginArray();
  for (const PreferenceChange& change : preferenceChanges(before, after)) {
    json.beginObject().member("name", change.name).member("from", change.from).member("to", change.to).endObject();
  }
  return json.endArray().take();
}

Result<std::string> changesText(std::string_view json) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse({json.data(), json.size()}, error);
  if (error || !parsed.is_array()) return fail(ErrorCode::kInvalid, "the agent's answer cannot be read");
  std::string out;
  for (const auto& each : parsed.get_array()) {
    out += text(each, "name") + ": " + text(each, "from") + " -> " + text(each, "to") + "\n";
  }
  return out.empty() ? "Nothing changed.\n" : out;
}

Result<std::string> preferencesText(std::string_view json) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse({json.data(), json.size()}, error);
  if (error || !parsed.is_object()) return fail(ErrorCode::kInvalid, "the agent's answer cannot be read");
  std::size_t names = 0, values = 0;
  for (const auto& each : parsed.get_object()) {
    names = std::max<std::size_t>(names, each.key().size());
    values = std::max(values, text(each.value(), "value").size());
  }
  constexpr std::size_t kWidest = 24;  // a long timetable does not push everything to the right
  values = std::min(values, kWidest);
  std::string out;
  for (const auto& each : parsed.get_object()) {
    std::string name = plainText(std::string(each.key()), kTextBytes), value = text(each.value(), "value");
    name.resize(std::max(name.size(), names), ' ');
    value.resize(std::max(value.size(), values), ' ');
    out += name + "  " + value + "  " + text(each.value(), "help") + "\n";
  }
  return out;
}

}  // namespace hearth::agent
