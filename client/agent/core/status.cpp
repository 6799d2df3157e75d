// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/status.h"

#include <algorithm>
#include <cmath>

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
    case AgentState::kWaiting:
      return "waiting";
    case AgentState::kUnjoined:
      return "unjoined";
  }
  return "unknown";
}

namespace {

constexpr double kLeastShown = 0.02;  // of its estimate: a task that has run longer is about to end
constexpr double kShort = 600, kShortStep = 10, kLongStep = 60;  // seconds

std::optional<Instant> known(Instant at, Instant now) {
  if (at == Instant::farFuture() || at <= now) return std::nullopt;
  return at;
}

}  // namespace

/// By what its like took here. In coarse steps: whoever watches is not woken for each second.
void AgentCore::estimate(const Held& held, Instant now, TaskStatus& status) const {
  const auto known = m_jobs.find(held.work.assigned.task.batch);
  const double measured = known == m_jobs.end() ? 0 : known->second.runSeconds;
  if (held.phase > Phase::kRunning) {
    status.progress = 1;
    status.remaining = Duration{};
    return;
  }
  if (measured <= 0) return;
  const double done = ran(held, now).inSeconds();
  const double left = std::max(measured * kLeastShown, measured - done);
  constexpr double kSteps = 100;
  status.progress = std::floor(kSteps * done / (done + left)) / kSteps;
  const double step = left < kShort ? kShortStep : kLongStep;
  status.remaining = Duration::seconds(static_cast<std::int64_t>(std::ceil(left / step) * step));
}

TaskStatus AgentCore::taskStatus(const Held& held, Instant now) const {
  TaskStatus status;
  status.attempt = held.work.assigned.attempt;
  status.task = held.work.assigned.task;
  status.batchName = held.work.job->batchName;
  status.phase = held.phase;
  status.frozen = held.frozen;
  const wire::Job& job = *held.work.job;
  status.processors = job.requirements.processors;
  status.application = job.application;
  status.owner = job.owner;
  status.purpose = job.purpose;
  estimate(held, now, status);
  if (held.phase >= Phase::kRunning && held.started > Instant{}) status.started = held.started;
  status.reason = held.waiting;
  status.until = known(held.retryAt, m_now);
  if (held.aborted) {
    status.reason = "is being stopped: " + held.waiting;
  } else if (m_settings.paused && held.phase <= Phase::kRunning) {
    status.reason = "paused";
    status.until = known(m_settings.pausedUntil, m_now);
  } else if (m_allowance && m_allowance->computing && held.phase <= Phase::kRunning) {
    status.reason = m_allowance->computing->reason;
    status.until = known(m_allowance->computing->until.value_or(Instant{}), m_now);
  } else if (held.phase == Phase::kRunning && held.frozen) {
    status.reason = "waits until processors are free again";
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

/// Says it if the agent does nothing because somebody or something here does not let it.
bool AgentCore::explainHere(AgentStatus& status) const {
  const auto set = [&](AgentState state, std::string reason, std::optional<Instant> until, std::string ends) {
    status.state = state;
    status.reason = std::move(reason);
    status.until = until;
    status.ends = std::move(ends);
    return true;
  };
  if (!m_restored) return set(AgentState::kStarting, "the agent is starting", {}, "when its journal is read");
  if (m_quitting) {
    return set(AgentState::kQuitting, "the agent was told to quit", known(m_quitBy, m_now), "when its tasks are gone");
  }
  if (m_settings.paused) {
    return set(AgentState::kPaused, "paused by its owner", known(m_settings.pausedUntil, m_now), "on `run`");
  }
  if (m_journalTrouble) {
    return set(AgentState::kBlocked, "the journal cannot be written: " + *m_journalTrouble, {},
               "when its disk can be written again");
  }
  if (m_host->sandbox == SandboxTier::kNone) {
    return set(AgentState::kBlocked, "no sandbox, so no tasks: " + m_limitation, {}, "when there is one");
  }
  if (m_allowance && m_allowance->computing) {
    const Standstill& why = *m_allowance->computing;
    return set(AgentState::kWaiting, why.reason, why.until, why.ends);
  }
  return false;
}

void AgentCore::explain(AgentStatus& status) const {
  if (explainHere(status)) return;
  const auto set = [&](AgentState state, std::string reason, std::optional<Instant> until, std::string ends) {
    status.state = state;
    status.reason = std::move(reason);
    status.until = until;
    status.ends = std::move(ends);
  };
  bool running = false, ready = false, unfinished = false;
  for (const auto& [attempt, held] : m_attempts) {
    running = running || (held.phase == Phase::kRunning && !held.frozen);
    ready = ready || held.phase == Phase::kReady || (held.phase == Phase::kRunning && held.frozen);
    unfinished = unfinished || held.phase < Phase::kReturned;
  }
  const auto nextCall = m_syncing ? std::nullopt : known(m_nextSync, m_now);
  const std::string answer = m_syncing ? "when the server has answered" : "at the next call";
  if (!m_diskTrouble.empty()) {
    return set(running ? AgentState::kRunning : AgentState::kBlocked, "no new work is fetched: " + m_diskTrouble,
               known(m_diskRetry, m_now), "when there is room on the disk");
  }
  if (m_settings.finish) {
    return unfinished
               ? set(AgentState::kFinishing, "finishes what it has, takes no new work until `run`", {}, "on `run`")
               : set(AgentState::kFinished, "has finished, takes no new work until `run`", {}, "on `run`");
  }
  if (running) return set(AgentState::kRunning, "", {}, "");
  if (ready && m_allowance) {
    return set(AgentState::kWaiting, "the processors are needed for other tasks", {}, "when processors become free");
  }
  if (!mayCall()) {
    const Standstill& why = *m_allowance->network;
    return set(AgentState::kIdle, why.reason, why.until, why.ends);
  }
  if (m_allowance && m_allowance->fetching && !unfinished) {
    const Standstill& why = *m_allowance->fetching;
    return set(AgentState::kBlocked, "no new work is fetched: " + why.reason, why.until, why.ends);
  }
  if (m_syncFailures > 0) {
    return set(AgentState::kIdle, "the server was not reached: " + m_syncReason, nextCall, answer);
  }
  if (m_now < m_faultsUntil) {
    return set(AgentState::kIdle, "the last tasks failed because of this host, see the log", m_faultsUntil, answer);
  }
  if (unfinished) return set(AgentState::kRunning, "prepares and returns tasks", {}, "");
  set(AgentState::kIdle, m_lastSync ? "the server has no work for this host at the moment" : "asks the server for work",
      nextCall, answer);
}

AgentStatus AgentCore::status(Instant now) const {
  AgentStatus status;
  explain(status);
  status.settings = m_settings;
  status.server.reached = m_lastSync.has_value() && m_syncFailures == 0;
  status.server.failures = m_syncFailures;
  status.server.reason = m_syncReason;
  status.server.lastSync = m_lastSync;
  if (!mayCall()) status.server.reason = "is not called: " + m_allowance->network->reason;
  if (m_restored && !m_syncing && mayCall()) status.server.nextSync = known(syncDue(), now);
  for (const auto& [attempt, held] : m_attempts) status.tasks.push_back(taskStatus(held, now));
  status.totals = m_totals;
  return status;
}

}  // namespace hearth::agent
