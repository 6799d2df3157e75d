// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/round.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <unistd.h>

#include "attacks/forgery.h"
#include "attacks/guest_trial.h"
#include "attacks/machine_trial.h"
#include "attacks/trial.h"

namespace hearth::attacks {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr int kAtATime = 8, kMachinesAtATime = 2;

/// Writes a line for each verdict, from several threads.
class Reporter {
 public:
  Reporter(const Plan& plan, const ExecutorKind& kind, int to) : m_plan(plan), m_kind(kind), m_to(to) {}

  void tell(const Attack& attack, const Verdict& verdict, Seconds took) {
    const bool isMeantToSucceed = m_plan.isHandedIn || (m_plan.isBare && attack.bare == Bare::kSucceeds);
    const bool right = isMeantToSucceed ? verdict.outcome == Outcome::kSucceeded
                       : !m_plan.isBare ? verdict.outcome == Outcome::kDenied
                                        : true;
    std::string words = inWords(verdict);
    std::replace(words.begin(), words.end(), '\n', ' ');
    const std::string line = attack.name + '\t' + control(attack) + '\t' + (right ? "1" : "0") + '\t' + words + '\t' +
                             verdict.within + '\t' + std::to_string(took.count()) + '\n';
    const std::lock_guard lock(m_mutex);
    if (::write(m_to, line.data(), line.size()) < 0) giveUp("the agent cannot report");
  }

 private:
  std::string control(const Attack& attack) const {
    if (m_plan.isBare || m_plan.isHandedIn) return {};
    if (m_kind.walls == Walls::kMachine) return machineControl(attack);
    return m_kind.walls == Walls::kProcess && !attack.processControl.empty() ? attack.processControl
                                                                             : attack.namespacesControl;
  }
  std::string inWords(const Verdict& verdict) const {
    if (verdict.outcome == Outcome::kBroken) return "broken: " + verdict.words;
    if (m_plan.isBare || m_plan.isHandedIn) return verdict.outcome == Outcome::kSucceeded ? "succeeded" : "failed";
    return verdict.outcome == Outcome::kDenied ? "denied" : "SUCCEEDED: " + verdict.words;
  }

  const Plan& m_plan;
  const ExecutorKind& m_kind;
  int m_to;
  std::mutex m_mutex;  // guards the writing
};

/// Attacks in parallel, each in a run of its own.
void tryEach(const std::vector<const Attack*>& attacks, int atATime,
             const std::function<Verdict(const Attack&, int)>& tryOne, Reporter& reporter) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t at = next++; at < attacks.size(); at = next++) {
      const auto start = std::chrono::steady_clock::now();
      const Verdict verdict = tryOne(*attacks[at], static_cast<int>(at));
      reporter.tell(*attacks[at], verdict, std::chrono::steady_clock::now() - start);
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < atATime; ++i) workers.emplace_back(work);
  for (auto& worker : workers) worker.join();
}

/// In virtual machines: those that do not disturb each other share one.
void tryInMachines(const std::vector<const Attack*>& attacks, sandbox::Executor& executor, const World& world,
                   Reporter& reporter) {
  std::vector<const Attack*> shared, alone;
  for (const Attack* attack : attacks) (needsOwnMachine(*attack) ? alone : shared).push_back(attack);
  std::thread together([&] {
    if (shared.empty()) return;
    const auto start = std::chrono::steady_clock::now();
    const std::vector<Verdict> verdicts = tryTogether(shared, executor, world);
    const Seconds each = Seconds(std::chrono::steady_clock::now() - start) / shared.size();
    for (std::size_t at = 0; at < shared.size(); ++at) reporter.tell(*shared[at], verdicts[at], each);
  });
  tryEach(
      alone, kMachinesAtATime,
      [&](const Attack& attack, int number) { return tryAlone(attack, executor, world, number); }, reporter);
  together.join();
}

/// Whether it looks for what Plan::isHandedIn gives.
bool isReader(const Attack& attack) {
  static const std::set<std::string> words = {"read", "list", "follow-link", "climb-out", "reopen"};
  const auto isGiven = [](const std::string& word) {
    return word.starts_with("{home}") || word.starts_with("{other}");
  };
  return words.contains(attack.words.front()) && std::any_of(attack.words.begin(), attack.words.end(), isGiven);
}

}  // namespace

void tryAll(const Plan& plan, const ExecutorKind& kind, sandbox::Executor& executor, const World& world, int to) {
  std::vector<const Attack*> attacks;
  for (const Attack& attack : kind.attacks()) {
    if ((plan.isBare && attack.bare == Bare::kNever) || (!plan.only.empty() && attack.name != plan.only)) continue;
    if (plan.isHandedIn && !isReader(attack)) continue;
    if (kind.walls == Walls::kModule && attack.aim != Aim::kWalls) continue;
    attacks.push_back(&attack);
  }
  Reporter reporter(plan, kind, to);
  if (kind.walls == Walls::kMachine) return tryInMachines(attacks, executor, world, reporter);
  if (kind.walls == Walls::kTakenMachine) {
    return tryEach(
        attacks, kMachinesAtATime, [&](const Attack& attack, int) { return tryGuest(attack, executor, world); },
        reporter);
  }
  tryEach(
      attacks, kAtATime,
      [&](const Attack& attack, int number) {
        return attack.proof == Proof::kForgeries ? tryForgeries(attack, executor, world)
                                                 : tryAttack(attack, executor, world, number, plan.isBare);
      },
      reporter);
}

}  // namespace hearth::attacks
