// SPDX-License-Identifier: GPL-3.0-or-later
// What time and free resources allow, looked at after every event.
#include <algorithm>
#include <utility>
#include <vector>

#include "agent_core/agent_core.h"

namespace hearth::agent {

void AgentCore::advance() {
  endPause();
  endDiskTrouble();
  settleFrozen();
  dropLate();
  startFetches();
  startRuns();
  startUploads();
  syncWhenDue();
  quitWhenDone();
  setTimer();
}

void AgentCore::endPause() {
  if (!m_settings.paused || m_now < m_settings.pausedUntil) return;
  m_settings.paused = false;
  m_settings.pausedUntil = Instant::farFuture();
  saveSettings();
}

/// After a while the next fetch finds out; where nothing waits to be fetched, new work is asked for again.
void AgentCore::endDiskTrouble() {
  if (m_diskTrouble.empty() || m_now < m_diskRetry) return;
  const bool waits = std::any_of(m_attempts.begin(), m_attempts.end(),
                                 [](const auto& each) { return each.second.phase <= Phase::kFetching; });
  if (!waits) m_diskTrouble.clear();
}

void AgentCore::settleFrozen() {
  for (auto& [attempt, held] : m_attempts) {
    if (held.phase != Phase::kRunning || held.stopping || held.frozen == m_settings.paused) continue;
    held.frozen = m_settings.paused;
    if (held.frozen) {
      act(Freeze{attempt});
    } else {
      act(Thaw{attempt});
    }
  }
}

/// What could not be started before its deadline is given back: nobody waits for it any more.
void AgentCore::dropLate() {
  for (auto& [attempt, held] : m_attempts) {
    const bool waits = held.phase == Phase::kAssigned || held.phase == Phase::kReady;
    if (waits && m_now >= held.received + held.work.assigned.deadline) {
      giveBack(held, ExitKind::kHostFailed,
               "it was not started before its deadline" + (held.waiting.empty() ? "" : ": " + held.waiting));
    }
  }
}

bool AgentCore::mayStart() const { return !frozenNow() && !m_journalTrouble; }

void AgentCore::startFetches() {
  if (!mayStart() || (!m_diskTrouble.empty() && m_now < m_diskRetry)) return;
  const auto fetching = std::count_if(m_attempts.begin(), m_attempts.end(),
                                      [](const auto& each) { return each.second.phase == Phase::kFetching; });
  // While the disk is full one attempt at a time finds out whether it still is.
  const std::size_t most = m_diskTrouble.empty() ? bounds::kFetches : 1;
  std::size_t free = most - std::min(most, static_cast<std::size_t>(fetching));
  for (auto& [attempt, held] : m_attempts) {
    if (free == 0) return;
    if (held.phase != Phase::kAssigned || m_now < held.retryAt) continue;
    held.phase = Phase::kFetching;
    held.busy = true;
    held.since = m_now;
    --free;
    act(Fetch{held.work});
  }
}

/// In order of arrival, without overtaking: a task that needs the whole machine is not starved by small ones.
void AgentCore::startRuns() {
  if (!mayStart()) return;
  std::uint64_t processors = m_host->processors;
  std::uint64_t memory = m_host->memoryBytes;
  for (const auto& [attempt, held] : m_attempts) {
    if (held.phase != Phase::kRunning) continue;
    const Requirements& needs = held.work.job->requirements;
    processors -= std::min<std::uint64_t>(processors, needs.processors);
    memory -= std::min(memory, needs.memoryBytes);
  }
  for (auto& [attempt, held] : m_attempts) {
    if (held.phase != Phase::kReady) continue;
    const Requirements& needs = held.work.job->requirements;
    if (needs.processors > processors || needs.memoryBytes > memory) return;
    processors -= needs.processors;
    memory -= needs.memoryBytes;
    enter(held, Phase::kRunning);
    held.busy = true;
    held.started = m_now;
    // Before it starts: a machine that a task brings down must find out that it did.
    keep(SavePhase{attempt, held.phase, held.losses, {}});
    act(Start{held.work});
  }
}

void AgentCore::startUploads() {
  if (m_quitting) return;
  std::size_t uploading = 0;
  for (const auto& [attempt, held] : m_attempts) uploading += held.phase == Phase::kUploading && held.busy;
  for (auto& [attempt, held] : m_attempts) {
    if (uploading >= bounds::kUploads) return;
    if (held.phase != Phase::kUploading || held.busy || m_now < held.retryAt) continue;
    held.busy = true;
    ++uploading;
    act(Upload{attempt, held.upload});
  }
}

void AgentCore::quitWhenDone() {
  if (!m_quitting) return;
  const bool busy =
      m_syncing || std::any_of(m_attempts.begin(), m_attempts.end(), [](const auto& each) { return each.second.busy; });
  if ((busy || !m_lastSyncDone) && m_now < m_quitBy) return;
  m_exited = true;
  act(Exit{});
}

void AgentCore::setTimer() {
  if (m_exited) return;
  Instant next = Instant::farFuture();
  // What is due already waits for something else than time.
  const auto consider = [&](Instant at) {
    if (at > m_now) next = std::min(next, at);
  };
  if (m_quitting) consider(m_quitBy);
  if (!m_syncing && !m_quitting) {
    consider(syncDue());
    consider(m_faultsUntil);
  }
  if (m_settings.paused) consider(m_settings.pausedUntil);
  if (!m_diskTrouble.empty()) consider(m_diskRetry);
  for (const auto& [attempt, held] : m_attempts) {
    if (held.phase == Phase::kAssigned || held.phase == Phase::kReady) {
      consider(held.received + held.work.assigned.deadline);
    }
    if (!held.busy) consider(held.retryAt);
  }
  if (next == m_timer || next == Instant::farFuture()) return;
  m_timer = next;
  act(SetTimer{next});
}

}  // namespace hearth::agent
