// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/status.h"

#include <algorithm>

#include "agent_core/agent_core.h"

namespace hearth::agent {

const char* name(Phase phase) noexcept {
  switch (phase) {
    case Phase::kAssigned:
      return "assigned";
    case Phase::kFetching:
      return "fetching";
    case Phase::kReady:
      return "ready";
    case Phase::kRunning:
      return "running";
    case Phase::kCollecting:
      return "collecting";
    case Phase::kUploading:
      return "uploading";
    case Phase::kReturned:
      return "returned";
  }
  return "unknown";
}

const char* name(AgentState state) noexcept {
  switch (state) {
    case AgentState::kStarting:
      return "starting";
    case AgentState::kRunning:
      return "running";
    case AgentState::kIdle:
      return "idle";
    case AgentState::kPaused:
      return "paused";
    case AgentState::kFinishing:
      return "finishing";
    case AgentState::kFinished:
      return "finished";
    case AgentState::kBlocked:
      return "blocked";
    case AgentState::kQuitting:
      return "quitting";
  }
  return "unknown";
}

namespace {

std::optional<Instant> known(Instant at, Instant now) {
  if (at == Instant::farFuture() || at <= now) return std::nullopt;
  return at;
}

}  // namespace

TaskStatus AgentCore::taskStatus(const Held& held) const {
  TaskStatus status;
  status.attempt = held.work.assigned.attempt;
  status.task = held.work.assigned.task;
  status.batchName = held.work.job->batchName;
  status.phase = held.phase;
  status.frozen = held.frozen;
  status.processors = held.work.job->requirements.processors;
  if (held.phase >= Phase::kRunning && held.started > Instant{}) status.started = held.started;
  status.reason = held.waiting;
  status.until = known(held.retryAt, m_now);
  if (held.aborted) {
    status.reason = "is being stopped: " + held.waiting;
  } else if (m_settings.paused && held.phase <= Phase::kRunning) {
    status.reason = "paused";
    status.until = known(m_settings.pausedUntil, m_now);
  } else if (held.phase == Phase::kAssigned && status.reason.empty()) {
    status.reason = m_diskTrouble.empty() ? "waits to be fetched" : m_diskTrouble;
  } else if (held.phase == Phase::kReady) {
    status.reason = "waits for free processors and memory";
  } else if (held.phase == Phase::kReturned) {
    status.reason = "waits until the server has acknowledged it";
    if (!m_syncing) status.until = known(syncDue(), m_now);
  }
  return status;
}

void AgentCore::explain(AgentStatus& status) const {
  const auto set = [&](AgentState state, std::string reason, std::optional<Instant> until = std::nullopt) {
    status.state = state;
    status.reason = std::move(reason);
    status.until = until;
  };
  const bool running = std::any_of(m_attempts.begin(), m_attempts.end(), [](const auto& each) {
    return each.second.phase == Phase::kRunning && !each.second.frozen;
  });
  const bool unfinished = std::any_of(m_attempts.begin(), m_attempts.end(),
                                      [](const auto& each) { return each.second.phase < Phase::kReturned; });
  const auto nextCall = m_syncing ? std::nullopt : known(m_nextSync, m_now);
  if (!m_restored) return set(AgentState::kStarting, "the agent is starting");
  if (m_quitting) return set(AgentState::kQuitting, "the agent was told to quit", known(m_quitBy, m_now));
  if (m_settings.paused) return set(AgentState::kPaused, "paused by its owner", known(m_settings.pausedUntil, m_now));
  if (m_journalTrouble) return set(AgentState::kBlocked, "the journal cannot be written: " + *m_journalTrouble);
  if (m_host->sandbox == SandboxTier::kNone)
    return set(AgentState::kBlocked, "no sandbox, so no tasks: " + m_limitation);
  if (!m_diskTrouble.empty()) {
    return set(running ? AgentState::kRunning : AgentState::kBlocked, "no new work is fetched: " + m_diskTrouble,
               known(m_diskRetry, m_now));
  }
  if (m_settings.finish) {
    return unfinished ? set(AgentState::kFinishing, "finishes what it has, takes no new work until `run`")
                      : set(AgentState::kFinished, "has finished, takes no new work until `run`");
  }
  if (running) return set(AgentState::kRunning, "");
  if (m_syncFailures > 0) return set(AgentState::kIdle, "the server was not reached: " + m_syncReason, nextCall);
  if (m_now < m_faultsUntil) {
    return set(AgentState::kIdle, "the last tasks failed because of this host, see the log", m_faultsUntil);
  }
  if (unfinished) return set(AgentState::kRunning, "prepares and returns tasks");
  set(AgentState::kIdle, m_lastSync ? "the server has no work for this host at the moment" : "asks the server for work",
      nextCall);
}

AgentStatus AgentCore::status(Instant now) const {
  AgentStatus status;
  explain(status);
  status.settings = m_settings;
  status.server.reached = m_lastSync.has_value() && m_syncFailures == 0;
  status.server.failures = m_syncFailures;
  status.server.reason = m_syncReason;
  status.server.lastSync = m_lastSync;
  if (m_restored && !m_syncing) status.server.nextSync = known(syncDue(), now);
  for (const auto& [attempt, held] : m_attempts) status.tasks.push_back(taskStatus(held));
  status.totals = m_totals;
  return status;
}

}  // namespace hearth::agent
