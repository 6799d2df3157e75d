// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints: a task is asked for its state on a period, before it is frozen, before it is stopped, and before its
// deadline, and the newest is sent to the server, so that another host can go on from it.
#include <algorithm>

#include "agent_core/agent_core.h"

namespace hearth::agent {
namespace {

bool knowsCheckpoints(const Work& work) { return work.job->checkpoint > Duration{}; }

}  // namespace

void AgentCore::beginSaving(Held& held) {
  held.saving = {};
  if (knowsCheckpoints(held.work)) held.saving.askAt = nextAsk(held);
}

/// A period from now, or when the deadline is near, if that comes before.
Instant AgentCore::nextAsk(const Held& held) const {
  const Instant last = held.received + held.work.assigned.deadline - bounds::kDeadlineGrace;
  const Instant usual = m_now + held.work.job->checkpoint;
  return last > m_now ? std::min(usual, last) : usual;
}

void AgentCore::saveWhenDue() {
  for (auto& [attempt, held] : m_attempts) {
    Saving& saving = held.saving;
    if (held.phase != Phase::kRunning) continue;
    if (m_now >= saving.stopAt) stopForQuit(held);
    if (m_now >= saving.freezeAt) freeze(held);
    if (held.frozen || held.stopping) continue;
    if (m_now >= saving.askAt) {
      saving.askAt = nextAsk(held);
      act(AskCheckpoint{attempt});
    }
  }
  for (auto& [attempt, held] : m_attempts) sendKept(held);
}

bool AgentCore::savesBeforeFreeze(Held& held) {
  if (!knowsCheckpoints(held.work)) return false;
  if (held.saving.freezeAt == Instant::farFuture()) {
    held.saving.freezeAt = m_now + bounds::kFreezeGrace;
    act(AskCheckpoint{held.work.assigned.attempt});
  }
  return true;
}

void AgentCore::freeze(Held& held) {
  held.saving.freezeAt = Instant::farFuture();
  held.ran = ran(held, m_now);
  held.counted = m_now;
  held.frozen = true;
  act(Freeze{held.work.assigned.attempt});
}

/// A frozen task cannot write; what it wrote before it was frozen counts.
void AgentCore::saveBeforeQuit(Held& held) {
  if (!knowsCheckpoints(held.work) || held.frozen) return stopForQuit(held);
  held.saving.stopAt = m_now + bounds::kStopGrace;
  held.saving.freezeAt = Instant::farFuture();
  act(AskCheckpoint{held.work.assigned.attempt});
}

void AgentCore::stopForQuit(Held& held) {
  held.saving.stopAt = Instant::farFuture();
  if (held.stopping) return;
  held.stopping = true;
  act(Stop{held.work.assigned.attempt, "the agent quits"});
}

void AgentCore::on(const CheckpointKept& event) {
  const auto position = m_attempts.find(event.attempt);
  if (position == m_attempts.end()) return;
  Held& held = position->second;
  held.saving.kept = event.checkpoint;
  if (held.phase != Phase::kRunning) return;
  if (held.losses > 0) {  // it gets on, however often the machine is switched off
    held.losses = 0;
    keep(SavePhase{event.attempt, held.phase, held.losses, {}});
  }
  if (held.saving.freezeAt != Instant::farFuture()) freeze(held);
  if (held.saving.stopAt != Instant::farFuture()) stopForQuit(held);
}

void AgentCore::sendKept(Held& held) {
  Saving& saving = held.saving;
  const bool wanted = held.phase <= Phase::kRunning && !held.aborted && saving.kept && saving.kept != saving.sent;
  if (!wanted || saving.sending || !mayCall()) return;
  saving.sending = true;
  act(SendCheckpoint{held.work.assigned.attempt, saving.kept});
}

/// One that could not be sent is not tried again: the next one is newer.
void AgentCore::on(const CheckpointSent& event) {
  const auto position = m_attempts.find(event.attempt);
  if (position == m_attempts.end()) return;
  Saving& saving = position->second.saving;
  saving.sending = false;
  saving.sent = event.checkpoint;
  saving.told = event.error.has_value();
  if (event.error) {
    note(false, "the state of attempt " + std::to_string(event.attempt.value) +
                    " stays on this host: " + event.error->message);
  }
}

std::vector<wire::WrittenCheckpoint> AgentCore::newCheckpoints() {
  std::vector<wire::WrittenCheckpoint> fresh;
  for (const auto& [attempt, held] : m_attempts) {
    if (held.phase <= Phase::kRunning && !held.saving.told) fresh.push_back({attempt, held.saving.sent});
  }
  return fresh;
}

bool AgentCore::savingBusy() const {
  return std::any_of(m_attempts.begin(), m_attempts.end(),
                     [](const auto& each) { return each.second.saving.sending && !each.second.aborted; });
}

}  // namespace hearth::agent
