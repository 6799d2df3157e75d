// SPDX-License-Identifier: GPL-3.0-or-later
// Which tasks run in the room that is allowed, and in which order.
#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "agent_core/agent_core.h"

namespace hearth::agent {
namespace {

constexpr double kCareful = 1.2;    // a task may need so much more than the ones before it
constexpr double kLeastLeft = 0.1;  // of its estimate: a task that has run longer is about to end
constexpr double kMargin = 0.1;     // of the time that a task was given: what must be left over
constexpr double kLeastAvailability = 0.02;

/// What is being stopped still has its room. Then what is in danger, the earliest deadline before the others; then what
/// runs, what is frozen, what waits.
auto rank(const Claim& claim) {
  const int kind = claim.leaving                    ? -1
                   : claim.endangered               ? 0
                   : claim.running && !claim.frozen ? 1
                   : claim.running                  ? 2
                                                    : 3;
  return std::tuple{kind, claim.endangered ? claim.deadline : Instant{}, claim.attempt};
}

}  // namespace

double AgentCore::availability() const {
  return m_allowance ? std::clamp(m_allowance->availability, kLeastAvailability, 1.0) : 1.0;
}

Duration AgentCore::ran(const Held& held, Instant now) const {
  if (held.phase != Phase::kRunning) return {};
  return held.frozen ? held.ran : held.ran + (now - held.counted);
}

/// Of running, not of waiting. Where no task of the batch has ended yet: as long as it may run, or twice as long as
/// tasks of the project do.
double AgentCore::secondsLeft(const Held& held, Instant now) const {
  const auto known = m_jobs.find(held.work.assigned.task.batch);
  const double measured = known == m_jobs.end() ? 0 : known->second.runSeconds;
  const double limit = std::max(1.0, held.work.job->limits.time.inSeconds());
  double whole = limit;
  if (measured > 0) {
    whole = std::min(limit, measured * kCareful);
  } else if (m_runSeconds > 0) {
    whole = std::min(limit, 2 * m_runSeconds);
  }
  return std::max(whole * kLeastLeft, whole - ran(held, now).inSeconds());
}

/// A task of the kind that came last has ended: its like take as long.
void AgentCore::learnKind(const Held& held) {
  const BatchId batch = held.work.assigned.task.batch;
  if (!m_kind || m_kind->batch != batch) return;
  m_kind->measured = true;
  m_kind->seconds = kCareful * m_jobs.at(batch).runSeconds * held.work.job->requirements.processors;
}

/// False only where tasks of its kind were measured.
bool AgentCore::canFinish(const Held& held) const {
  const auto known = m_jobs.find(held.work.assigned.task.batch);
  if (known == m_jobs.end() || known->second.runSeconds == 0) return true;
  const Instant deadline = held.received + held.work.assigned.deadline;
  return (deadline - m_now).inSeconds() > known->second.runSeconds;
}

/// Runs through all that is held, the earliest deadline first, as fast as this machine computes. What would end too
/// close to its deadline that way has no time to wait for its turn.
void AgentCore::markEndangered(std::vector<Claim>& claims, Instant now) const {
  std::vector<Claim*> order;
  for (Claim& claim : claims) order.push_back(&claim);
  std::sort(order.begin(), order.end(), [](const Claim* a, const Claim* b) {
    return std::tie(a->deadline, a->attempt) < std::tie(b->deadline, b->attempt);
  });
  const double pace = std::max(1U, m_host->processors) * availability();
  double ahead = 0;
  std::size_t last = 0;  // everything before it is in danger too: it must be out of the way
  for (std::size_t i = 0; i < order.size(); ++i) {
    ahead += order[i]->seconds * order[i]->processors;
    if (order[i]->deadline <= now) continue;  // lost: not at the expense of others
    const Held& held = m_attempts.at(order[i]->attempt);
    const double alone = order[i]->seconds / availability();
    const double margin = std::min(kMargin * held.work.assigned.deadline.inSeconds(), 4 * alone);
    if (std::max(alone, ahead / pace) + margin > (order[i]->deadline - now).inSeconds()) last = i + 1;
  }
  for (std::size_t i = 0; i < last; ++i) order[i]->endangered = order[i]->deadline > now;
}

std::vector<Claim> AgentCore::claims(Instant now) const {
  std::vector<Claim> claims;
  for (const auto& [attempt, held] : m_attempts) {
    const bool leaving = held.aborted || held.stopping || held.saving.stopAt != Instant::farFuture();
    if (held.phase > Phase::kRunning || (leaving && held.phase != Phase::kRunning)) continue;
    const Requirements& needs = held.work.job->requirements;
    claims.push_back({attempt, needs.processors, needs.memoryBytes, held.phase == Phase::kRunning, held.frozen, leaving,
                      false, held.received + held.work.assigned.deadline, secondsLeft(held, now), needs.gpus});
  }
  markEndangered(claims, now);
  const bool still = m_settings.paused || m_quitting;  // its tasks keep their memory and leave the processors to others
  std::erase_if(claims, [&](const Claim& claim) {
    return !claim.running && (m_attempts.at(claim.attempt).phase < Phase::kReady || still || m_journalTrouble);
  });
  for (Claim& claim : claims) {
    if (still && !claim.leaving) claim.processors = 0;
  }
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) { return rank(a) < rank(b); });
  return claims;
}

bool AgentCore::offersWork() const {
  if (!m_restored || m_quitting || m_settings.paused) return false;
  const bool holds = std::any_of(m_attempts.begin(), m_attempts.end(),
                                 [](const auto& each) { return each.second.phase <= Phase::kRunning; });
  return holds || (!m_settings.finish && m_serverHasMore && m_syncFailures == 0);
}

/// Where the machine is shared, tasks start and stop only when the room for it was told, so that no project takes what
/// became free before another had its turn.
void AgentCore::settleRuns() {
  if (m_allowance && !m_allowedNow) return;
  std::uint64_t processors = m_allowance ? m_allowance->processors : m_host->processors;
  std::uint64_t memory = m_allowance ? m_allowance->memoryBytes : m_host->memoryBytes;
  const std::vector<Claim> order = claims(m_now);
  std::vector<bool> stays;
  for (const Claim& claim : order) {
    stays.push_back(claim.leaving || (claim.running && claim.memoryBytes <= memory));
    if (stays.back()) memory -= std::min(memory, claim.memoryBytes);
  }
  std::size_t devices = m_host->gpus.size();
  for (const Claim& claim : order) {
    if (claim.running || claim.leaving) devices -= std::min<std::size_t>(devices, claim.gpus);
  }
  bool full = !mayStart();  // without overtaking: a task that needs the whole machine is not starved by small ones
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Claim& claim = order[i];
    if (claim.leaving) {
      processors -= std::min<std::uint64_t>(processors, claim.processors);
      continue;
    }
    const bool fits = claim.processors <= processors &&
                      (claim.running ? stays[i] : claim.memoryBytes <= memory && claim.gpus <= devices);
    const bool runs = fits && (claim.running ? !frozenNow() : !full);
    if (runs) processors -= claim.processors;
    if (claim.running) {
      settle(m_attempts.at(claim.attempt), runs, stays[i]);
    } else if (runs) {
      memory -= claim.memoryBytes;
      devices -= claim.gpus;
      start(m_attempts.at(claim.attempt));
    } else if (claim.gpus <= devices) {  // one that waits for a device holds up nobody
      full = true;
    }
  }
  evict();
}

void AgentCore::settle(Held& held, bool runs, bool mayStay) {
  const AttemptId attempt = held.work.assigned.attempt;
  if (mayStay) {
    held.evictAt = Instant::farFuture();
  } else {
    held.evictAt = std::min(held.evictAt, m_now + bounds::kMemoryGrace);
  }
  if (held.frozen != runs) {
    if (runs) held.saving.freezeAt = Instant::farFuture();
    return;
  }
  if (!runs) {
    if (!savesBeforeFreeze(held)) freeze(held);
    return;
  }
  held.counted = m_now;
  held.frozen = false;
  act(Thaw{attempt});
}

void AgentCore::start(Held& held) {
  enter(held, Phase::kRunning);
  held.busy = true;
  held.started = held.counted = m_now;
  held.ran = {};
  // Before it starts: a machine that a task brings down must find out that it did.
  keep(SavePhase{held.work.assigned.attempt, held.phase, held.losses, {}});
  beginSaving(held);
  act(Start{held.work});
}

/// Frozen tasks keep their memory, which the owner may want back: what is over for a while starts again later.
void AgentCore::evict() {
  for (auto& [attempt, held] : m_attempts) {
    if (m_now < held.evictAt || held.phase != Phase::kRunning || held.stopping) continue;
    held.stopping = true;
    held.evictAt = Instant::farFuture();
    act(Stop{attempt, "the owner needs the memory"});
  }
}

}  // namespace hearth::agent
