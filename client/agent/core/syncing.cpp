// SPDX-License-Identifier: GPL-3.0-or-later
// When to call the server, what to say, and what to make of its answer.
#include <algorithm>
#include <cmath>
#include <utility>

#include "agent_core/agent_core.h"
#include "agent_core/backoff.h"
#include "agent_core/plain_text.h"
#include "base/limits.h"

namespace hearth::agent {
namespace {

constexpr double kSurelyIn = 0.7;     // part of a deadline's time in which work that is taken should be done
constexpr double kLeastSlots = 0.01;  // of a project whose share is very small

bool waitsToRun(Phase phase) { return phase < Phase::kRunning; }

}  // namespace

/// How many tasks of the kind at hand run at once.
std::uint32_t AgentCore::slots() const {
  std::uint64_t processors = 0, memory = 0, tasks = 0;
  for (const auto& [attempt, held] : m_attempts) {
    if (held.phase > Phase::kRunning) continue;
    processors += held.work.job->requirements.processors;
    memory += held.work.job->requirements.memoryBytes;
    ++tasks;
  }
  const std::uint32_t given =
      m_allowance ? static_cast<std::uint32_t>(std::ceil(m_allowance->slots)) : m_host->processors;
  if (tasks == 0) return std::max(1U, given);
  const std::uint64_t byProcessors = given * tasks / std::max<std::uint64_t>(1, processors);
  const std::uint64_t byMemory =
      memory == 0 ? byProcessors : m_host->memoryBytes / std::max<std::uint64_t>(1, memory / tasks);
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(std::min(byProcessors, byMemory), 1, bounds::kBufferedTasks));
}

/// Tasks to hold that have not ended: what runs, as many again, and what runs through between two syncs, or while the
/// server is not to be reached.
std::uint32_t AgentCore::bufferTarget() const {
  const double ahead =
      bounds::kBufferAhead.inSeconds() + (m_allowance ? m_allowance->buffer.inSeconds() * availability() : 0);
  const double through = m_runSeconds > 0 ? slots() / m_runSeconds * ahead : 0;
  const double target = 2.0 * slots() + through;
  return static_cast<std::uint32_t>(std::min<double>(target, bounds::kBufferedTasks));
}

/// Of so many tasks more, those that can be expected to end in time, if they are like the one that came last. Of a
/// project of which nothing is known, as many as run at once; where none could end in time, one if that was never
/// measured, and one now and then, since the server may have others by now.
std::uint32_t AgentCore::finishable(std::uint32_t tasks) const {
  if (!m_allowance) return tasks;
  if (!m_kind) return std::min(tasks, slots());
  double ahead = 0;
  for (const auto& [attempt, held] : m_attempts) {
    if (held.phase > Phase::kRunning) continue;
    ahead += secondsLeft(held, m_now) * held.work.job->requirements.processors;
  }
  const double pace = std::max(m_allowance->slots, kLeastSlots) * availability();
  const double room = kSurelyIn * m_kind->deadline.inSeconds() * pace - ahead;
  const double more = std::floor(room / std::max(1e-3, m_kind->seconds));
  const bool tries = !m_kind->measured || m_now > m_kind->seen + bounds::kEstimateKept;
  const double least = ahead == 0 && tries ? 1 : 0;
  return static_cast<std::uint32_t>(std::clamp<double>(more, std::min<double>(least, tasks), tasks));
}

bool AgentCore::runningDry() const {
  const auto waiting = std::count_if(m_attempts.begin(), m_attempts.end(),
                                     [](const auto& each) { return waitsToRun(each.second.phase); });
  return waiting < static_cast<std::ptrdiff_t>(std::max(slots(), bufferTarget() / 2 - slots() / 2));
}

FreeResources AgentCore::wanted() const {
  FreeResources free;
  const bool takesWork = !frozenNow() && !m_settings.finish && !m_journalTrouble && m_diskTrouble.empty() &&
                         m_now >= m_faultsUntil && m_host->sandbox != SandboxTier::kNone && mayCall() &&
                         (!m_allowance || m_allowance->slots > 0);
  if (!takesWork) return free;
  std::uint64_t alive = 0, disk = 0;
  for (const auto& [attempt, held] : m_attempts) {
    if (held.phase > Phase::kRunning) continue;
    ++alive;
    disk += held.work.job->requirements.diskBytes;
  }
  const std::size_t room = bounds::kHeld - std::min(bounds::kHeld, m_attempts.size());
  const std::uint32_t target = bufferTarget();
  free.tasks = static_cast<std::uint32_t>(
      std::min<std::uint64_t>({target - std::min<std::uint64_t>(target, alive), room, limits::kSyncAttempts}));
  // What is asked for waits in the buffer, so each may need as much as the whole machine gives; only disk is taken now.
  free.tasks = finishable(free.tasks);
  free.processors = m_host->processors;
  free.memoryBytes = m_host->memoryBytes;
  free.gpus = static_cast<std::uint32_t>(m_host->gpus.size());
  const std::uint64_t given = m_allowance ? m_allowance->diskBytes : m_host->diskBytes;
  free.diskBytes = given - std::min(given, disk);
  return free;
}

Instant AgentCore::syncDue() const {
  Instant due = m_nextSync;
  if (m_syncFailures > 0) return due;
  const bool dry = runningDry();
  for (const auto& [attempt, held] : m_attempts) {
    if (held.phase <= Phase::kRunning && !held.saving.told) due = std::min(due, m_now);
    if (held.phase != Phase::kReturned || held.sent) continue;
    due = std::min(due, dry ? m_now : held.since + bounds::kResultDelay);
  }
  if (dry && m_serverHasMore && wanted().tasks > 0) due = std::min(due, m_now);
  return std::max(due, m_lastSyncStart + bounds::kSyncSpacing);
}

/// Before it quits: one last call, if there is something to say and somebody who listens.
bool AgentCore::lastSyncDue() {
  if (m_lastSyncDone) return false;
  for (const auto& [attempt, held] : m_attempts) {
    if ((held.busy || held.saving.sending) && !held.aborted) return false;
  }
  m_lastSyncDone = true;
  return m_syncFailures == 0 && std::any_of(m_attempts.begin(), m_attempts.end(), [](const auto& each) {
           const Held& held = each.second;
           return held.phase == Phase::kReturned ? !held.sent : !held.saving.told;
         });
}

void AgentCore::syncWhenDue() {
  if (m_syncing || !mayCall() || !(m_quitting ? lastSyncDue() : m_now >= syncDue())) return;
  m_syncing = true;
  m_lastSyncStart = m_now;
  act(Sync{makeRequest()});
}

wire::SyncRequest AgentCore::makeRequest() {
  wire::SyncRequest request;
  if (!m_descriptionSent) request.description = m_host;
  m_descriptionInSync = !m_descriptionSent;
  request.free = wanted();
  m_askedTasks = request.free.tasks;
  m_resultsInSync.clear();
  request.checkpoints = m_checkpointsInSync = newCheckpoints();
  std::size_t outputs = 0;
  for (auto& [attempt, held] : m_attempts) {
    const bool fits = request.results.size() < limits::kSyncResults && outputs < bounds::kOutputsPerSync;
    if (held.phase == Phase::kReturned && fits && m_now >= held.retryAt) {
      outputs += held.report->outputs.size();
      request.results.push_back({attempt, held.work.assigned.task, held.work.assigned.revision, *held.report});
      m_resultsInSync.push_back(attempt);
    } else {
      request.held.push_back(attempt);
    }
  }
  return request;
}

void AgentCore::on(const SyncReplied& event) {
  if (!m_syncing) return;
  m_syncing = false;
  m_syncFailures = 0;
  m_syncReason.clear();
  m_lastSync = m_now;
  if (m_descriptionInSync) m_descriptionSent = true;
  const Duration pause = std::clamp(event.reply.nextSync, bounds::kSyncSpacing, bounds::kSyncLongest);
  m_nextSync = m_now + pause;
  for (const AttemptId attempt : m_resultsInSync) {
    if (const auto position = m_attempts.find(attempt); position != m_attempts.end()) position->second.sent = true;
  }
  for (const wire::WrittenCheckpoint& written : m_checkpointsInSync) {
    const auto position = m_attempts.find(written.attempt);
    if (position != m_attempts.end() && position->second.saving.sent == written.checkpoint)
      position->second.saving.told = true;
  }
  applyAcks(event.reply);
  for (const wire::AbortOrder& order : event.reply.aborts) abort(order.attempt, order.reason);
  applyAssignments(event.reply);
}

void AgentCore::applyAcks(const wire::SyncReply& reply) {
  for (const wire::ResultAck& ack : reply.acks) {
    // Only what was sent can be acknowledged.
    if (std::find(m_resultsInSync.begin(), m_resultsInSync.end(), ack.attempt) != m_resultsInSync.end()) applyAck(ack);
  }
}

void AgentCore::applyAck(const wire::ResultAck& ack) {
  const auto position = m_attempts.find(ack.attempt);
  if (position == m_attempts.end() || position->second.phase != Phase::kReturned) return;
  Held& held = position->second;
  if (ack.verdict != wire::AckVerdict::kBlobsMissing) {
    if (ack.verdict == wire::AckVerdict::kRefused) {
      note(true, "the server refused the result of attempt " + std::to_string(ack.attempt.value) + ": " + ack.reason);
    }
    m_totals.acknowledged += ack.verdict == wire::AckVerdict::kAccepted;
    return forget(position);
  }
  enter(held, Phase::kUploading);
  held.upload = ack.missing;
  if (++held.missingRounds > 1) {  // it was uploaded again and is missing again: not at once
    held.retryAt = m_now + backOff(held.missingRounds, bounds::kBackOffFirst, bounds::kBackOffLongest, m_random);
    held.waiting = "the server misses its outputs";
  }
  keep(SavePhase{ack.attempt, held.phase, held.losses, held.report});
}

void AgentCore::applyAssignments(const wire::SyncReply& reply) {
  std::uint32_t fresh = 0;
  for (const wire::AssignedAttempt& assigned : reply.attempts) {
    fresh += !m_attempts.contains(assigned.attempt);
    take(assigned, reply.jobs);
  }
  if (m_askedTasks > 0) m_serverHasMore = fresh >= m_askedTasks;
}

void AgentCore::on(const SyncFailed& event) {
  if (!m_syncing) return;
  m_syncing = false;
  ++m_syncFailures;
  const std::string text = plainText(event.error.message, bounds::kReasonBytes);
  if (text != m_syncReason) note(true, "the server was not reached: " + text);
  m_syncReason = text;
  Duration pause = backOff(m_syncFailures, bounds::kBackOffFirst, bounds::kBackOffLongest, m_random);
  if (event.retryAfter) {
    const Duration asked = std::clamp(*event.retryAfter, Duration{}, bounds::kRetryAfterLongest);
    // A little later than asked, so that not everybody who was told the same comes at once.
    pause = std::max(
        pause, asked + Duration{static_cast<std::int64_t>(m_random.unit() * 0.25 * static_cast<double>(asked.micros))});
  }
  m_nextSync = m_now + pause;
}

}  // namespace hearth::agent
