// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/status_text.h"

#include <algorithm>
#include <cstdio>
#include <vector>

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

double number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

std::string gibibytes(const json::object& object, std::string_view name) {
  const double bytes = number(object, name);
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

std::string serverLine(const json::object& server, Instant now) {
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

/// What each project does; of one alone the agent's own line says it.
std::string projectLines(const json::object& tree, Instant now) {
  const json::object& projects = child(tree, "projects");
  if (projects.empty()) return "project  none. Join one: hearth-agent join LINK\n";
  if (projects.size() < 2) {
    const json::object& project = child(tree, "project");
    return "project  " + text(project, "name") + " at " + text(project, "server") + ", host " + text(project, "host") +
           "\n" + serverLine(child(tree, "server"), now);
  }
  std::string lines;
  for (const auto& each : projects) {
    if (!each.value().is_object()) continue;
    const json::object& project = each.value().get_object();
    lines += "project  " + text(project, "name") + " at " + text(project, "server") + ", host " +
             text(project, "host") + ", share " + text(project, "share") + ": " + text(project, "state");
    const std::string reason = text(project, "reason");
    if (!reason.empty()) lines += ", " + reason + untilText(project, now);
    lines += "\n" + serverLine(child(project, "calls"), now);
  }
  return lines;
}

/// What stands in the way now, beside what the agent's own line says.
std::string policyLines(const json::object& tree) {
  std::string lines;
  const json::object& policy = child(tree, "policy");
  for (const char* member : {"computing", "network", "fetching"}) {
    const json::value* obstacles = policy.if_contains(member);
    if (obstacles == nullptr || !obstacles->is_array()) continue;
    for (const json::value& each : obstacles->get_array()) {
      if (!each.is_object()) continue;
      const json::object& obstacle = each.get_object();
      const std::string ends = text(obstacle, "ends");
      lines += std::string(lines.empty() ? "held by  " : "         ") + text(obstacle, "reason") +
               (ends.empty() ? "" : "; ends " + ends) + "\n";
    }
  }
  return lines;
}

}  // namespace

Result<std::string> joinedText(std::string_view project) {
  boost::system::error_code error;
  const json::value parsed = json::parse({project.data(), project.size()}, error);
  if (error || !parsed.is_object()) return fail(ErrorCode::kInvalid, "the agent's answer cannot be read");
  const json::object& joined = parsed.get_object();
  return "Joined " + text(joined, "name") + " at " + text(joined, "server") + " as host " + text(joined, "host") +
         ". The agent serves it now.\n";
}

Result<std::string> projectsText(std::string_view state) {
  boost::system::error_code error;
  const json::value parsed = json::parse({state.data(), state.size()}, error);
  if (error || !parsed.is_object()) return fail(ErrorCode::kInvalid, "the agent's answer cannot be read");
  const json::object& projects = child(parsed.get_object(), "projects");
  std::vector<const json::object*> known;
  double shares = 0;
  for (const auto& each : projects) {
    if (!each.value().is_object()) continue;
    known.push_back(&each.value().get_object());
    shares += number(*known.back(), "share");
  }
  std::string out;
  for (const json::object* project : known) {
    char part[32];
    std::snprintf(part, sizeof part, " (%.0f %%)", shares > 0 ? 100 * number(*project, "share") / shares : 0.0);
    out += text(*project, "name") + "  at " + text(*project, "server") + " as host " + text(*project, "host") +
           ", share " + text(*project, "share") + part + "\n";
  }
  return out.empty() ? "No project. Join one: hearth-agent join LINK\n" : out;
}

Result<std::string> statusText(std::string_view state, Instant now) {
  boost::system::error_code error;
  const json::value parsed = json::parse({state.data(), state.size()}, error);
  if (error || !parsed.is_object()) return fail(ErrorCode::kInvalid, "the agent's answer cannot be read");
  const json::object& tree = parsed.get_object();
  const json::object& agent = child(tree, "agent");
  const json::object& host = child(tree, "host");
  const json::object& sandbox = child(tree, "sandbox");
  const json::object& totals = child(tree, "totals");
  const json::object& tasks = child(tree, "tasks");

  std::string out = "agent    " + text(agent, "state");
  const std::string reason = text(agent, "reason");
  if (!reason.empty()) out += ": " + reason + untilText(agent, now);
  const std::string notice = text(agent, "notice");
  if (!notice.empty()) out += "\nnotice   " + notice;
  out += "\n" + projectLines(tree, now);
  out += policyLines(tree);
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
