// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/state_tree.h"

#include <boost/json.hpp>

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

void writeTask(wire::JsonWriter& json, const TaskStatus& task) {
  json.key(std::to_string(task.attempt.value)).beginObject();
  json.member("batch", task.task.batch).member("index", task.task.index).member("batchName", task.batchName);
  json.member("phase", name(task.phase)).member("frozen", task.frozen).member("processors", task.processors);
  optional(json, "reason", task.reason);
  optional(json, "until", task.until);
  optional(json, "started", task.started);
  json.endObject();
}

void writeAgent(wire::JsonWriter& json, const AgentFacts& facts, const AgentStatus& status) {
  json.key("agent").beginObject();
  json.member("state", name(status.state));
  optional(json, "reason", status.reason);
  optional(json, "until", status.until);
  json.member("paused", status.settings.paused).member("finish", status.settings.finish);
  json.member("version", facts.version).member("process", facts.process).member("started", facts.started);
  json.member("folder", facts.folder).endObject();
}

void writeServer(wire::JsonWriter& json, const AgentFacts& facts, const AgentStatus& status) {
  json.key("project").beginObject();
  json.member("name", facts.project).member("server", facts.server).member("host", facts.host);
  json.member("certificateExpires", facts.certificateExpires).endObject();
  json.key("server").beginObject();
  json.member("reached", status.server.reached).member("failures", status.server.failures);
  optional(json, "reason", status.server.reason);
  optional(json, "lastSync", status.server.lastSync);
  optional(json, "nextSync", status.server.nextSync);
  json.endObject();
}

void writeHost(wire::JsonWriter& json, const AgentFacts& facts) {
  const HostDescription& host = facts.description;
  json.key("host").beginObject();
  json.member("name", host.name).member("platform", host.platform).member("processor", host.processor);
  json.member("processors", host.processors).member("memoryBytes", host.memoryBytes);
  json.member("diskBytes", host.diskBytes).member("cacheBytes", facts.cacheBytes).endObject();
  json.key("sandbox").beginObject().member("tier", sandboxTierName(host.sandbox));
  optional(json, "limitation", facts.limitation);
  json.endObject();
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

std::string stateJson(const AgentFacts& facts, const AgentStatus& status) {
  wire::JsonWriter json(1024 + 256 * status.tasks.size());
  json.beginObject();
  writeAgent(json, facts, status);
  writeServer(json, facts, status);
  writeHost(json, facts);
  json.key("totals").beginObject();
  json.member("finished", status.totals.finished).member("failed", status.totals.failed);
  json.member("acknowledged", status.totals.acknowledged).endObject();
  json.key("tasks").beginObject();
  for (const TaskStatus& task : status.tasks) writeTask(json, task);
  return json.endObject().endObject().take();
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
