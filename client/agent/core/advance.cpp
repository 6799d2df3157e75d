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
  dropLate();
  startFetches();
  settleRuns();
  saveWhenDue();
  startUploads();
  syncWhenDue();
  quitWhenDone();
  setTimer();
}

void AgentCore::endPause() {
  if (!m_settings.paused || m_now < m_settings.pausedUntil) return;
  m_settings.paused = false;
  m_settings.pausedUntil = Instant::farFuture();
  m_settings.pausedAt = {};
  saveSettings();
}

/// After a while the next fetch finds out; where nothing waits to be fetched, new work is asked for again.
void AgentCore::endDiskTrouble() {
  if (m_diskTrouble.empty() || m_now < m_diskRetry) return;
  const bool waits = std::any_of(m_attempts.begin(), m_attempts.end(),
                                 [](const auto& each) { return each.second.phase <= Phase::kFetching; });
  if (!waits) m_diskTrouble.clear();
}

/// What could not be started before its deadline, or would not end before it even if it ran without a pause, is given
/// back: nobody waits for it any more.
void AgentCore::dropLate() {
  for (auto& [attempt, held] : m_attempts) {
    const bool waits = held.phase == Phase::kAssigned || held.phase == Phase::kReady;
    const Instant deadline = held.received + held.work.assigned.deadline;
    if (waits && m_now >= deadline) {
      giveBack(held, ExitKind::kHostFailed,
               "it was not started before its deadline" + (held.waiting.empty() ? "" : ": " + held.waiting));
    } else if (waits && !canFinish(held)) {
      giveBack(held, ExitKind::kHostFailed, "this host cannot finish it before its deadline any more");
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
    act(Fetch{held.work, mayCall()});
  }
}

void AgentCore::startUploads() {
  if (m_quitting || !mayCall()) return;
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
      m_syncing || savingBusy() ||
      std::any_of(m_attempts.begin(), m_attempts.end(), [](const auto& each) { return each.second.busy; });
  if ((busy || (!m_lastSyncDone && mayCall())) && m_now < m_quitBy) return;
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
  if (!m_syncing && !m_quitting && mayCall()) {
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
    consider(held.evictAt);
    if (held.phase != Phase::kRunning) continue;
    if (!held.frozen) consider(held.saving.askAt);
    consider(held.saving.freezeAt);
    consider(held.saving.stopAt);
  }
  if (next == m_timer || next == Instant::farFuture()) return;
  m_timer = next;
  act(SetTimer{next});
}

}  // namespace hearth::agent
