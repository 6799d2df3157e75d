// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/agent_core.h"

#include <algorithm>
#include <utility>

#include "agent_core/plain_text.h"
#include "base/check.h"

namespace hearth::agent {

AgentCore::AgentCore(std::uint64_t seed) : m_random(seed) {}

Actions AgentCore::handle(const Event& event, Instant now) {
  m_now = now;
  m_out = {};
  if (m_exited) return {};
  m_allowedNow = std::holds_alternative<Allowed>(event);
  std::visit([this](const auto& what) { on(what); }, event);
  if (m_restored) advance();
  return std::exchange(m_out, {});
}

void AgentCore::note(bool warning, const std::string& text) {
  act(Note{warning, plainText(text, 2 * bounds::kReasonBytes)});
}

void AgentCore::on(const HostSeen& event) {
  if (m_host && *m_host != event.description) m_descriptionSent = false;
  m_host = event.description;
  m_limitation = event.limitation;
}

void AgentCore::on(const Restored& event) {
  HEARTH_CHECK(m_host.has_value(), "HostSeen comes before Restored");
  HEARTH_CHECK(!m_restored, "Restored comes once");
  m_restored = true;
  m_settings = event.settings;
  mendPause();
  m_nextSync = m_now;
  m_lastSyncStart = m_now - bounds::kSyncSpacing;
  m_diskRetry = m_now;
  m_timer = Instant::farFuture();
  for (const RestoredAttempt& row : event.attempts) restore(row);
}

/// A pause that begins in the future: the clock was set back. Nobody knows what of it is over, but it never lasts
/// longer than it was meant to.
void AgentCore::mendPause() {
  if (!m_settings.paused || m_settings.pausedUntil == Instant::farFuture() || m_settings.pausedAt <= m_now) return;
  m_settings.pausedUntil = m_now + (m_settings.pausedUntil - m_settings.pausedAt);
  m_settings.pausedAt = m_now;
  saveSettings();
}

void AgentCore::on(const JournalHealth& event) {
  if (event.error) {
    if (!m_journalTrouble) note(true, "the journal cannot be written, no new work is started: " + event.error->message);
    m_journalTrouble = event.error->message;
  } else if (m_journalTrouble) {
    m_journalTrouble.reset();
    note(false, "the journal can be written again");
  }
}

void AgentCore::on(const Allowed& event) {
  const bool could = mayCall();
  m_allowance = event.allowance;
  if (could == mayCall()) return;
  for (auto& [attempt, held] : m_attempts) {
    if (held.phase != Phase::kAssigned && held.phase != Phase::kFetching && held.phase != Phase::kUploading) continue;
    if (could && held.busy) act(Abandon{attempt});  // it is tried again when the network may be used
    if (!could && !held.busy) held.retryAt = m_now;
  }
}

void AgentCore::on(const Slept& event) {
  for (auto& [attempt, held] : m_attempts) {
    if (held.phase == Phase::kRunning && !held.frozen) held.counted = std::min(held.counted + event.length, m_now);
  }
}

void AgentCore::on(const VerbRun&) {
  m_settings = {};
  m_syncFailures = 0;  // a person is here: try the server now
  m_nextSync = m_now;
  m_serverHasMore = true;
  m_diskRetry = m_now;
  saveSettings();
}

void AgentCore::on(const VerbPause& event) {
  m_settings.paused = true;
  m_settings.pausedUntil = event.period ? m_now + *event.period : Instant::farFuture();
  m_settings.pausedAt = m_now;
  saveSettings();
}

void AgentCore::on(const VerbFinish&) {
  m_settings = {};
  m_settings.finish = true;
  saveSettings();
}

void AgentCore::on(const VerbQuit&) {
  if (m_quitting) return;
  m_quitting = true;
  m_quitBy = m_now + bounds::kQuitGrace;
  for (auto& [attempt, held] : m_attempts) {
    if (!held.busy) continue;
    if (held.phase == Phase::kRunning && !held.stopping) saveBeforeQuit(held);
    if (held.phase == Phase::kFetching || held.phase == Phase::kUploading) act(Abandon{attempt});
  }
}

void AgentCore::on(const Tick&) { m_timer = Instant::farFuture(); }

}  // namespace hearth::agent
