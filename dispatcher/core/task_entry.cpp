// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/task_entry.h"

#include <algorithm>
#include <utility>

namespace hearth::core {
namespace {

struct Agreement {
  std::uint32_t size = 0;
  AttemptId first;
};

/// The largest group of equal outcomes. Quadratic in the attempts of one task, of which there are few (limits::kQuorum
/// + retries).
Agreement largestAgreement(const TaskEntry& task) {
  Agreement best;
  for (const AttemptEntry& candidate : task.attempts) {
    if (candidate.state != AttemptState::kReturned) continue;
    Agreement group{0, candidate.id};
    for (const AttemptEntry& other : task.attempts) {
      if (other.state == AttemptState::kReturned && other.outcome == candidate.outcome) ++group.size;
    }
    if (group.size > best.size) best = group;
  }
  return best;
}

}  // namespace

AttemptEntry* TaskEntry::find(AttemptId attempt) {
  const auto position =
      std::find_if(attempts.begin(), attempts.end(), [&](const AttemptEntry& e) { return e.id == attempt; });
  return position == attempts.end() ? nullptr : &*position;
}

std::uint32_t TaskEntry::running() const {
  return static_cast<std::uint32_t>(
      std::count_if(attempts.begin(), attempts.end(), [](const AttemptEntry& e) { return e.runs(); }));
}

std::uint32_t TaskEntry::faultsOfItsOwn() const {
  return static_cast<std::uint32_t>(std::count_if(attempts.begin(), attempts.end(), [](const AttemptEntry& e) {
    return e.state == AttemptState::kError && e.fault != Fault::kHost;
  }));
}

std::uint32_t TaskEntry::outcomeOf(const ResultReport& report) {
  std::string outcome;
  for (const FileRef& output : report.outputs) {
    outcome += output.path;
    outcome += '\0';
    outcome.append(reinterpret_cast<const char*>(output.digest.bytes.data()), output.digest.bytes.size());
  }
  if (!outcomes) outcomes = std::make_unique<std::vector<std::string>>();
  const auto position = std::find(outcomes->begin(), outcomes->end(), outcome);
  if (position != outcomes->end()) return static_cast<std::uint32_t>(position - outcomes->begin());
  outcomes->push_back(std::move(outcome));
  return static_cast<std::uint32_t>(outcomes->size() - 1);
}

Certification certify(const TaskEntry& task, const BatchPolicy& policy) {
  const Agreement agreement = largestAgreement(task);
  if (agreement.size >= policy.quorum) return {Certification::Kind::kCertified, agreement.first, 0};

  std::uint32_t running = 0, spent = 0, lost = 0;
  for (const AttemptEntry& attempt : task.attempts) {
    if (attempt.runs()) {
      ++running;
      ++spent;
    } else if (attempt.state == AttemptState::kReturned || attempt.fault == Fault::kTask) {
      ++spent;
    } else if (attempt.state == AttemptState::kError || attempt.state == AttemptState::kExpired) {
      ++lost;
    }
  }
  const std::uint32_t budget = policy.quorum + policy.retries;
  const std::uint32_t left = lost >= kLostAttempts ? 0 : budget - std::min(budget, spent);
  const std::uint32_t hoped = agreement.size + running;  // if every attempt under way agrees
  const std::uint32_t missing = policy.quorum - std::min(policy.quorum, hoped);
  if (missing > left && running == 0) return {Certification::Kind::kFailed, {}, 0};
  return {Certification::Kind::kUndecided, {}, std::min(missing, left)};
}

}  // namespace hearth::core
