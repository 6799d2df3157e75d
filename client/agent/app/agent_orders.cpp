// SPDX-License-Identifier: GPL-3.0-or-later
// What control clients ask of the agent (docs/agent-control.md).
#include <utility>

#include "agent/app/agent_loop_state.h"
#include "agent/control/preference_tree.h"
#include "agent/control/record_tree.h"
#include "base/limits.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

using Outcome = ControlTarget::Outcome;

const char* const kNothing = "{}";

Outcome refused(Error error, std::string code = {}) {
  return tl::unexpected(ControlError{std::move(error), std::move(code)});
}

}  // namespace

void AgentLoop::State::obey(std::uint64_t client, const ControlRequest& request, Answer answer) {
  switch (request.verb) {
    case ControlVerb::kInspect:
      return inspect(request, std::move(answer));
    case ControlVerb::kJoin:
      return join(request.link, request.name, std::move(answer));
    case ControlVerb::kLeave:
      return leave(request, std::move(answer));
    default:
      return answer(take(client, request));
  }
}

void AgentLoop::State::gone(std::uint64_t client) {
  carryOut(m_sharing.presence(client, std::nullopt, agentClock()));
  changed();
}

Outcome AgentLoop::State::take(std::uint64_t client, const ControlRequest& request) {
  switch (request.verb) {
    case ControlVerb::kRun:
      return order(request, VerbRun{});
    case ControlVerb::kPause:
      return order(request, VerbPause{request.period});
    case ControlVerb::kFinish:
      return order(request, VerbFinish{});
    case ControlVerb::kQuit:
      quit();
      return kNothing;
    case ControlVerb::kSet:
      return setPreferences(request);
    case ControlVerb::kReset:
      return resetPreferences(request);
    case ControlVerb::kPreferences:
      return "{\"preferences\":" + preferencesJson(m_parts.preferences, m_parts.usualPreferences) + "}";
    case ControlVerb::kMessages:
      return messages(request);
    case ControlVerb::kHistory:
      return history(request);
    case ControlVerb::kHello:
      return greet(request);
    case ControlVerb::kPresence:
      carryOut(m_sharing.presence(client, request.presence, agentClock()));
      changed();
      return kNothing;
    case ControlVerb::kOffers:
      return "{\"offers\":" + invitationsJson(m_parts.invitations ? m_parts.invitations() : std::vector<Invitation>()) +
             "}";
    default:
      break;
  }
  return kNothing;
}

Outcome AgentLoop::State::order(const ControlRequest& request, const Event& event) {
  const auto project = projectNamed(request.project);
  if (!project) return refused(project.error());
  if (*project) {
    post(**project, event);
  } else {
    postToAll(event);
  }
  return kNothing;
}

Outcome AgentLoop::State::greet(const ControlRequest& request) const {
  const auto version = commonControlVersion(request.lowest, request.highest);
  if (!version) {
    return refused(version.error(), version.error().code == ErrorCode::kUnsupported ? "upgrade" : "");
  }
  return wire::JsonWriter()
      .beginObject()
      .member("protocol", *version)
      .member("version", m_parts.facts.version)
      .endObject()
      .take();
}

Outcome AgentLoop::State::setPreferences(const ControlRequest& request) {
  Preferences wanted = m_parts.preferences;
  auto values = request.values;
  if (!request.name.empty()) values.emplace_back(request.name, request.value);
  for (const auto& [name, value] : values) {
    if (auto set = setPreference(wanted, name, value); !set) return refused(std::move(set).error());
  }
  return adopt(std::move(wanted));
}

Outcome AgentLoop::State::resetPreferences(const ControlRequest& request) {
  Preferences wanted = m_parts.preferences;
  auto reset = resetPreference(wanted, request.name, m_parts.usualPreferences);
  if (!reset) return refused(std::move(reset).error());
  return adopt(std::move(wanted));
}

/// From now on these hold, if they make sense together and could be kept.
Outcome AgentLoop::State::adopt(Preferences wanted) {
  auto kept = checkPreferences(wanted);
  if (kept && m_parts.keepPreferences) kept = m_parts.keepPreferences(wanted);
  if (!kept) return refused(std::move(kept).error());
  const Preferences before = std::exchange(m_parts.preferences, std::move(wanted));
  m_parts.facts.notice.clear();
  carryOut(m_sharing.prefer(m_parts.preferences, agentClock()));
  changed();
  return "{\"changed\":" + changesJson(before, m_parts.preferences) + "}";
}

Outcome AgentLoop::State::messages(const ControlRequest& request) const {
  const auto wanted = projectNamed(request.project);
  if (!wanted) return refused(wanted.error());
  std::vector<ShownMessage> shown;
  for (const auto& [number, project] : m_projects) {
    if (*wanted && **wanted != number) continue;
    for (MessageLog::Message& message : project->messages()) {
      shown.push_back({project->facts().project, std::move(message)});
    }
  }
  return messagesJson(std::move(shown));
}

Outcome AgentLoop::State::history(const ControlRequest& request) {
  std::vector<HistoryDay> all;
  for (const auto& [number, project] : m_projects) {
    auto days = project->history(request.days);
    if (!days) return refused(std::move(days).error());
    all.insert(all.end(), days->begin(), days->end());
  }
  return historyJson(std::move(all), request.days);
}

Result<std::optional<ProjectNumber>> AgentLoop::State::projectNamed(const std::string& name) const {
  if (name.empty()) return std::nullopt;
  for (const auto& [number, project] : m_projects) {
    if (project->facts().project == name) return number;
  }
  return fail(ErrorCode::kNotFound, "this agent has no project '" + name.substr(0, limits::kNameBytes) + "'",
              "`hearth-agent projects` lists them.");
}

}  // namespace hearth::agent
