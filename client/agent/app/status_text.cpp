// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/status_text.h"

#include <algorithm>
#include <cstdio>

#include <boost/json.hpp>

#include "agent_core/plain_text.h"
#include "base/limits.h"
#include "base/time_text.h"

namespace hearth::agent {
namespace {

namespace json = boost::json;

constexpr std::size_t kTasksShown = 50;
constexpr std::size_t kTextBytes = 2000;

std::string text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr) return {};
  return plainText(value->is_string() ? std::string(value->get_string()) : json::serialize(*value), kTextBytes);
}

const json::object& child(const json::object& object, std::string_view name) {
  static const json::object none;
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

std::string spoken(Duration duration) {
  const std::int64_t seconds = std::max<std::int64_t>(0, duration.micros / 1'000'000);
  if (seconds == 0) return "under 1 s";
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172'800) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86'400) + " days";
}

/// " (for another 5 min)", or nothing.
std::string untilText(const json::object& object, Instant now) {
  const auto until = parseInstant(text(object, "until"));
  return until && *until - now >= Duration::seconds(1) ? " (for another " + spoken(*until - now) + ")" : std::string();
}

std::string gibibytes(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  const double bytes = value != nullptr && value->is_number() ? value->to_number<double>() : 0;
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.1f GiB", bytes / static_cast<double>(limits::kGiB));
  return buffer;
}

std::string taskLine(const json::object& task, Instant now) {
  std::string line = "  " + text(task, "batchName") + " #" + text(task, "index") + "  " + text(task, "phase");
  if (text(task, "frozen") == "true") line += ", frozen";
  const auto started = parseInstant(text(task, "started"));
  if (started && text(task, "phase") == "running") line += " for " + spoken(now - *started);
  const std::string reason = text(task, "reason");
  if (!reason.empty()) line += ": " + reason + untilText(task, now);
  return line + "\n";
}

std::string serverLine(const json::object& tree, Instant now) {
  const json::object& server = child(tree, "server");
  std::string line = "server   ";
  const auto last = parseInstant(text(server, "lastSync"));
  line += text(server, "reached") == "true" ? "reached" : "not reached";
  if (last) line += ", last " + spoken(now - *last) + " ago";
  const auto next = parseInstant(text(server, "nextSync"));
  if (next) line += ", next in " + spoken(*next - now);
  const std::string reason = text(server, "reason");
  if (!reason.empty()) line += ": " + reason;
  return line + "\n";
}

}  // namespace

Result<std::string> statusText(std::string_view state, Instant now) {
  boost::system::error_code error;
  const json::value parsed = json::parse({state.data(), state.size()}, error);
  if (error || !parsed.is_object()) return fail(ErrorCode::kInvalid, "the agent's answer cannot be read");
  const json::object& tree = parsed.get_object();
  const json::object& agent = child(tree, "agent");
  const json::object& project = child(tree, "project");
  const json::object& host = child(tree, "host");
  const json::object& sandbox = child(tree, "sandbox");
  const json::object& totals = child(tree, "totals");
  const json::object& tasks = child(tree, "tasks");

  std::string out = "agent    " + text(agent, "state");
  const std::string reason = text(agent, "reason");
  if (!reason.empty()) out += ": " + reason + untilText(agent, now);
  out += "\nproject  " + text(project, "name") + " at " + text(project, "server") + ", host " + text(project, "host") +
         "\n";
  out += serverLine(tree, now);
  out += "gives    " + text(host, "processors") + " processors, " + gibibytes(host, "memoryBytes") + " memory, " +
         gibibytes(host, "diskBytes") + " disk\n";
  out += "sandbox  " + text(sandbox, "tier");
  const std::string limitation = text(sandbox, "limitation");
  if (!limitation.empty()) out += " (" + limitation + ")";
  out += "\ntasks    " + std::to_string(tasks.size()) + " held; since the start " + text(totals, "finished") +
         " finished, " + text(totals, "failed") + " failed, " + text(totals, "acknowledged") + " acknowledged\n";
  std::size_t shown = 0;
  for (const auto& task : tasks) {
    if (++shown > kTasksShown) {
      out += "  and " + std::to_string(tasks.size() - kTasksShown) + " more (--json shows all)\n";
      break;
    }
    if (task.value().is_object()) out += taskLine(task.value().get_object(), now);
  }
  return out;
}

}  // namespace hearth::agent
