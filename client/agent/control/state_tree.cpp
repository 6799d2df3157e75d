// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/state_tree.h"

#include <cmath>

#include <boost/json.hpp>

#include "agent/control/control_message.h"
#include "base/check.h"
#include "model/requirements.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

namespace json = boost::json;

void optional(wire::JsonWriter& json, std::string_view name, const std::string& text) {
  if (!text.empty()) json.member(name, text);
}

void optional(wire::JsonWriter& json, std::string_view name, const std::optional<Instant>& at) {
  if (at && *at != Instant::farFuture()) json.member(name, *at);
}

/// A task's name among those of all projects: numbers are given by each server for itself.
std::string keyOf(const TaskStatus& task, const std::string& project, bool alone) {
  const std::string number = std::to_string(task.attempt.value);
  return alone ? number : project + "/" + number;
}

void writeTask(wire::JsonWriter& json, const TaskStatus& task, const std::string& project, bool alone) {
  json.key(keyOf(task, project, alone)).beginObject();
  if (!alone) json.member("project", project);
  json.member("batch", task.task.batch).member("index", task.task.index).member("batchName", task.batchName);
  optional(json, "application", task.application);
  optional(json, "owner", task.owner);
  optional(json, "purpose", task.purpose);
  if (task.progress) json.member("progress", *task.progress);
  if (task.remaining) json.member("remainingSeconds", task.remaining->micros / 1'000'000);
  json.member("phase", name(task.phase)).member("frozen", task.frozen).member("processors", task.processors);
  optional(json, "reason", task.reason);
  optional(json, "until", task.until);
  optional(json, "started", task.started);
  json.endObject();
}

void writeState(wire::JsonWriter& json, const AgentStatus& status) {
  json.member("state", name(status.state));
  optional(json, "reason", status.reason);
  optional(json, "until", status.until);
  if (!status.until) optional(json, "ends", status.ends);
  json.member("paused", status.settings.paused).member("finish", status.settings.finish);
}

/// What the agent does as a whole: it runs if it runs for anybody.
const AgentStatus& leading(const SharingStatus& status) {
  static const AgentStatus none{
      AgentState::kUnjoined, "it has joined no project", {}, "when it joins one", {}, {}, {}, {}};
  if (status.projects.empty()) return none;
  for (const ProjectStatus& project : status.projects) {
    if (project.agent.state == AgentState::kRunning) return project.agent;
  }
  return status.projects.front().agent;
}

void writeAgent(wire::JsonWriter& json, const AgentFacts& facts, const SharingStatus& status) {
  json.key("agent").beginObject();
  writeState(json, leading(status));
  optional(json, "notice", facts.notice);
  json.member("version", facts.version)
      .member("protocol", kControlHighest)
      .member("process", facts.process)
      .member("started", facts.started);
  json.member("folder", facts.folder).endObject();
}

void writeObstacles(wire::JsonWriter& json, std::string_view member, const std::vector<Obstacle>& obstacles) {
  json.key(member).beginArray();
  for (const Obstacle& obstacle : obstacles) {
    json.beginObject().member("what", name(obstacle.what)).member("reason", obstacle.reason);
    optional(json, "until", obstacle.until);
    optional(json, "ends", obstacle.ends);
    json.endObject();
  }
  json.endArray();
}

void writePolicy(wire::JsonWriter& json, const SharingStatus& status) {
  json.key("policy").beginObject();
  json.member("inUse", status.decision.inUse).member("presence", status.presenceTold ? "told" : "sensed");
  json.member("processors", status.decision.processors);
  json.member("memoryBytes", status.decision.memoryBytes).member("diskBytes", status.decision.diskBytes);
  json.member("availablePercent", static_cast<std::uint64_t>(status.availability.fraction * 100 + 0.5));
  writeObstacles(json, "computing", status.decision.computing);
  writeObstacles(json, "network", status.decision.network);
  writeObstacles(json, "fetching", status.decision.fetching);
  json.endObject();
}

void writeCalls(wire::JsonWriter& json, std::string_view member, const ServerStatus& server) {
  json.key(member).beginObject();
  json.member("reached", server.reached).member("failures", server.failures);
  optional(json, "reason", server.reason);
  optional(json, "lastSync", server.lastSync);
  optional(json, "nextSync", server.nextSync);
  json.endObject();
}

void writeProject(wire::JsonWriter& json, const ProjectFacts& facts) {
  json.member("name", facts.project).member("server", facts.server).member("host", facts.host);
  json.member("certificateExpires", facts.certificateExpires);
}

/// What the project says of itself and of what was done for it.
void writeWords(wire::JsonWriter& json, const wire::ProjectView& says) {
  optional(json, "about", says.about);
  optional(json, "home", says.home);
  optional(json, "account", says.account);
  if (says.contribution) {
    json.key("contribution").beginObject().member("tasks", says.contribution->tasks);
    json.member("processorSeconds", says.contribution->processorTime.micros / 1'000'000).endObject();
  }
  if (says.uses.empty()) return;
  json.key("uses").beginArray();
  for (const std::string& use : says.uses) json.value(use);
  json.endArray();
}

void writeProjects(wire::JsonWriter& json, const std::vector<ProjectFacts>& facts, const SharingStatus& status) {
  json.key("projects").beginObject();
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const ProjectStatus& project = status.projects[i];
    json.key(facts[i].project).beginObject();
    writeProject(json, facts[i]);
    writeWords(json, facts[i].says);
    json.member("share", project.share);
    writeState(json, project.agent);
    writeCalls(json, "calls", project.agent.server);
    json.member("tasks", static_cast<std::uint64_t>(project.agent.tasks.size())).endObject();
  }
  json.endObject();
}

void writeHost(wire::JsonWriter& json, const AgentFacts& facts, std::uint64_t cacheBytes,
               const std::optional<double>& celsius) {
  const HostDescription& host = facts.description;
  json.key("host").beginObject();
  json.member("name", host.name).member("platform", host.platform).member("processor", host.processor);
  json.member("processors", host.processors).member("memoryBytes", host.memoryBytes);
  json.member("diskBytes", host.diskBytes).member("cacheBytes", cacheBytes);
  if (celsius) json.member("heat", std::lround(*celsius));
  json.endObject();
  json.key("sandbox").beginObject().member("tier", sandboxTierName(host.sandbox));
  optional(json, "limitation", facts.limitation);
  json.key("forbids").beginArray();
  for (const std::string& each : forbidden(host.sandbox)) json.value(each);
  json.endArray().endObject();
}

/// The members of `after` that differ, and null for those that are gone.
json::object difference(const json::object& before, const json::object& after) {
  json::object patch;
  for (const auto& member : before) {
    if (!after.contains(member.key())) patch.emplace(member.key(), nullptr);
  }
  for (const auto& member : after) {
    const json::value* old = before.if_contains(member.key());
    if (old != nullptr && *old == member.value()) continue;
    if (old != nullptr && old->is_object() && member.value().is_object()) {
      patch.emplace(member.key(), difference(old->get_object(), member.value().get_object()));
    } else {
      patch.emplace(member.key(), member.value());
    }
  }
  return patch;
}

}  // namespace

std::string stateJson(const AgentFacts& facts, const std::vector<ProjectFacts>& projects, const SharingStatus& status) {
  HEARTH_CHECK(projects.size() == status.projects.size(), "each project is known twice");
  const bool alone = projects.size() == 1;
  std::uint64_t cacheBytes = 0;
  std::size_t tasks = 0;
  Totals totals;
  for (std::size_t i = 0; i < projects.size(); ++i) {
    const AgentStatus& agent = status.projects[i].agent;
    cacheBytes += projects[i].cacheBytes;
    tasks += agent.tasks.size();
    totals.finished += agent.totals.finished;
    totals.failed += agent.totals.failed;
    totals.acknowledged += agent.totals.acknowledged;
  }
  wire::JsonWriter json(2048 + 256 * tasks);
  json.beginObject();
  writeAgent(json, facts, status);
  if (!projects.empty()) {
    json.key("project").beginObject();
    writeProject(json, projects.front());
    json.endObject();
    writeCalls(json, "server", status.projects.front().agent.server);
  }
  writeProjects(json, projects, status);
  writePolicy(json, status);
  writeHost(json, facts, cacheBytes, status.celsius);
  json.key("totals").beginObject();
  json.member("finished", totals.finished).member("failed", totals.failed);
  json.member("acknowledged", totals.acknowledged).endObject();
  json.key("tasks").beginObject();
  for (std::size_t i = 0; i < projects.size(); ++i) {
    for (const TaskStatus& task : status.projects[i].agent.tasks) writeTask(json, task, projects[i].project, alone);
  }
  return json.endObject().endObject().take();
}

std::vector<std::string> forbidden(SandboxTier tier) {
  if (tier == SandboxTier::kNone) return {"No task runs at all."};
  std::vector<std::string> sentences = {
      "Tasks cannot read or change your files.",
      "Tasks cannot reach the internet or your network.",
      "Tasks cannot see your screen, keyboard, camera or microphone.",
      "Tasks cannot use more memory, disk or time than you give them.",
      "Tasks cannot go on when the agent has ended.",
  };
  sentences.insert(sentences.begin() + 3, tier == SandboxTier::kProcess
                                              ? "Tasks cannot end or trace other programs."
                                              : "Tasks cannot see, end or trace other programs.");
  return sentences;
}

std::string mergePatch(std::string_view before, std::string_view after) {
  boost::system::error_code error;
  const json::value old = json::parse({before.data(), before.size()}, error);
  HEARTH_CHECK(!error && old.is_object(), "states are written by stateJson()");
  const json::value now = json::parse({after.data(), after.size()}, error);
  HEARTH_CHECK(!error && now.is_object(), "states are written by stateJson()");
  const json::object patch = difference(old.get_object(), now.get_object());
  return patch.empty() ? std::string() : json::serialize(patch);
}

}  // namespace hearth::agent
