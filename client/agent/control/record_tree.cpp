// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/record_tree.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include <boost/json.hpp>

#include "agent_core/plain_text.h"
#include "base/time_text.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

namespace json = boost::json;

constexpr std::size_t kTextBytes = 64 * limits::kKiB;
constexpr std::size_t kDateLetters = 10;
constexpr double kJoulesPerKilowattHour = 3.6e6;

std::string dateOf(std::int64_t day) { return formatInstant(Instant{} + Duration::days(day)).substr(0, kDateLetters); }

std::string text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string() ? plainText(std::string(value->get_string()), kTextBytes) : "";
}

double number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

/// The objects of an array, or that it is none.
Result<json::array> arrayOf(std::string_view text) {
  boost::system::error_code error;
  json::value parsed = json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_array()) return fail(ErrorCode::kInvalid, "the agent's answer cannot be read");
  return std::move(parsed.get_array());
}

}  // namespace

std::string messagesJson(std::vector<ShownMessage> messages) {
  std::stable_sort(messages.begin(), messages.end(),
                   [](const ShownMessage& a, const ShownMessage& b) { return a.message.at > b.message.at; });
  wire::JsonWriter json(4096);
  json.beginObject().key("messages").beginArray();
  std::size_t bytes = 0;
  for (const ShownMessage& each : messages) {
    constexpr std::size_t kMostBytes = 2 * limits::kMiB;  // of texts, so that the reply stays one that clients accept
    bytes += each.message.text.size();
    if (bytes > kMostBytes) break;
    const bool sent = each.message.direction == MessageLog::Direction::kSent;
    json.beginObject().member("at", each.message.at).member("project", each.project);
    json.member("direction", sent ? "sent" : "received").member("path", each.message.path);
    json.member("text", each.message.text).endObject();
  }
  return json.endArray().endObject().take();
}

Result<std::string> messagesText(std::string_view reply) {
  const auto messages = arrayOf(reply);
  if (!messages) return fail(messages.error());
  std::string out;
  for (const json::value& each : *messages) {
    if (!each.is_object()) continue;
    const json::object& message = each.get_object();
    out += text(message, "at") + "  " + text(message, "project") + "  " + text(message, "direction") + " " +
           text(message, "path") + "\n" + text(message, "text") + "\n\n";
  }
  return out.empty() ? "No message was sent since the agent started.\n" : out;
}

std::string historyJson(std::vector<HistoryDay> all, std::uint32_t days) {
  std::map<std::int64_t, HistoryDay> sums;
  for (const HistoryDay& each : all) {
    HistoryDay& sum = sums[each.day];
    sum.day = each.day;
    sum.tasks += each.tasks;
    sum.failed += each.failed;
    sum.processorTime = sum.processorTime + each.processorTime;
    sum.joules += each.joules;
  }
  wire::JsonWriter json(4096);
  json.beginObject().key("days").beginArray();
  std::size_t skip = sums.size() - std::min<std::size_t>(sums.size(), days);
  for (const auto& [day, sum] : sums) {
    if (skip > 0) {
      --skip;
      continue;
    }
    json.beginObject().member("day", dateOf(day)).member("tasks", sum.tasks).member("failed", sum.failed);
    json.member("processorSeconds", sum.processorTime.micros / 1'000'000).member("energyJoules", sum.joules);
    json.endObject();
  }
  return json.endArray().endObject().take();
}

Result<std::string> historyText(std::string_view reply) {
  const auto days = arrayOf(reply);
  if (!days) return fail(days.error());
  std::string out;
  for (const json::value& each : *days) {
    if (!each.is_object()) continue;
    const json::object& day = each.get_object();
    char line[128];
    std::snprintf(line, sizeof line, "  %6.0f tasks  %4.0f failed  %8.1f hours  %7.2f kWh\n", number(day, "tasks"),
                  number(day, "failed"), number(day, "processorSeconds") / 3600,
                  number(day, "energyJoules") / kJoulesPerKilowattHour);
    out += text(day, "day") + line;
  }
  return out.empty() ? "Nothing was done yet.\n" : out;
}

}  // namespace hearth::agent
