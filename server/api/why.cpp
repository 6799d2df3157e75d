// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/why.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "wire/manifest.h"

namespace hearth::server {
namespace {

using core::Need;

std::string count(std::uint64_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string lack(Need need, const Requirements& needs, bool one) {
  switch (need) {
    case Need::kPresence:
      return one ? "has not been heard of lately" : "have not been heard of lately";
    case Need::kSandbox:
      return std::string("cannot confine tasks as strictly as it asks (") + sandboxTierName(needs.sandbox) + ")";
    case Need::kPlatform:
      return std::string(one ? "is" : "are") + " of another platform than " + needs.platform;
    case Need::kRuntime:
      return std::string(one ? "does" : "do") + " not run " + runtimeName(needs.runtime) + " programs";
    case Need::kProcessors:
      return std::string(one ? "has" : "have") + " fewer than " + std::to_string(needs.processors) + " processors";
    case Need::kMemory:
      return std::string(one ? "has" : "have") + " less than " + wire::formatByteCount(needs.memoryBytes) +
             " of memory";
    case Need::kDisk:
      return std::string(one ? "has" : "have") + " less than " + wire::formatByteCount(needs.diskBytes) + " of disk";
    case Need::kPlace:
      return std::string(one ? "is" : "are") +
             " of a group that this batch may not use, or not of the one that it is kept to";
    case Need::kGpus:
      return std::string(one ? "has" : "have") + " fewer than " + std::to_string(needs.gpus) +
             " devices for computing that speak " + deviceApiName(needs.gpuApi);
  }
  return {};
}

void sayHosts(const Requirements& needs, const core::Explanation& hosts, std::vector<std::string>& told) {
  if (hosts.hosts == 0) {
    told.emplace_back("No host has joined this project yet.");
    return;
  }
  if (hosts.matching == 0) {
    told.push_back("None of the " + count(hosts.hosts, "host", "hosts") + " of this project can run it now.");
  } else if (hosts.idle == 0) {
    told.push_back(hosts.matching == 1 ? "The one host that can run it is busy, or does not ask for work at the moment."
                                       : "All " + std::to_string(hosts.matching) +
                                             " hosts that can run it are busy, or do not ask for work at the moment.");
  } else {
    told.push_back(count(hosts.idle, "host that can run it is", "hosts that can run it are") + " free.");
  }
  for (std::size_t i = 0; i < core::kNeeds; ++i) {
    const core::Explanation::Cause& cause = hosts.causes[i];
    if (cause.first == 0 && cause.alone == 0) continue;
    const std::uint64_t those = std::max(cause.first, cause.alone);
    std::string text = count(those, "host ", "hosts ") + lack(static_cast<Need>(i), needs, those == 1);
    if (cause.alone > 0)
      text += ", which is all that keeps " +
              (cause.alone < those ? std::to_string(cause.alone) + " of them"
               : those == 1        ? "it"
                                   : "them") +
              " from it";
    told.push_back(std::move(text) + ".");
  }
}

void sayTurn(const core::Standing& standing, std::vector<std::string>& told) {
  if (!standing.offered) return;
  if (standing.accountsBefore > 0) {
    told.push_back(count(standing.accountsBefore, "account has", "accounts have") + " had less of " +
                   (standing.accountsBefore == 1 ? "its" : "their") + " share of late and " +
                   (standing.accountsBefore == 1 ? "comes" : "come") + " first.");
  }
  if (standing.batchesBefore > 0) {
    told.push_back(count(standing.batchesBefore, "other batch of the same account comes",
                         "other batches of the same account come") +
                   " first, by priority or by turn.");
  }
}

void sayWork(const db::BatchRecord& batch, const core::Standing& standing, std::vector<std::string>& told) {
  if (standing.live > 0) {
    told.push_back(count(standing.live, "attempt is", "attempts are") + " under way.");
  }
  const std::uint64_t atOnce = batch.plan.policy.atOnce;
  if (atOnce != 0 && standing.live >= atOnce) {
    told.push_back("It may have " + std::to_string(atOnce) + " attempts under way at once, and has them.");
  }
  if (standing.windowFull) {
    told.emplace_back("So many of its tasks wait for another attempt that no new ones are begun.");
  }
  if (standing.resting > 0) {
    told.push_back(count(standing.resting, "task failed and is", "tasks failed and are") + " tried again in a while.");
  }
  if (standing.untouched == 0 && standing.again == 0 && standing.resting == 0) {
    told.emplace_back("Every task has been handed out: it waits for the last results.");
  }
}

}  // namespace

Why askWhy(const core::Dispatcher& dispatcher, const db::BatchRecord& batch, Instant now) {
  Why why;
  why.at = now;
  why.state = batch.progress.state;
  why.priority = batch.plan.policy.priority;
  why.standing = core::standing(dispatcher, batch.batch);
  const BatchPlan& plan = batch.plan;
  why.hosts = core::explain(dispatcher, plan, now);
  const std::uint64_t left = plan.tasks - std::min(plan.tasks, batch.progress.certified + batch.progress.failed);
  // What others take of the hosts is as if it had so much more to do.
  const double share = std::max(why.standing.share, 1e-6);
  core::Workload work;
  work.placed = &plan;
  work.requirements = plan.requirements;
  work.application = plan.application;
  work.tasks = static_cast<std::uint64_t>(std::ceil(static_cast<double>(left) / share));
  work.quorum = plan.policy.quorum;
  if (why.standing.known && left > 0) why.forecast = core::forecast(dispatcher, work, now);
  why.sentences = sayWhy(batch, why);
  return why;
}

std::vector<std::string> sayWhy(const db::BatchRecord& batch, const Why& why) {
  std::vector<std::string> told;
  const BatchProgress& progress = batch.progress;
  if (progress.state == BatchState::kDone || progress.state == BatchState::kCancelled) {
    told.emplace_back(progress.state == BatchState::kDone ? "It is done." : "It was cancelled.");
    return told;
  }
  if (progress.state == BatchState::kPaused) {
    told.push_back("It is paused" + (progress.reason.empty() ? "" : ": " + progress.reason) +
                   ". No attempt begins until it is resumed.");
    if (why.standing.live > 0) told.push_back(count(why.standing.live, "attempt goes", "attempts go") + " on.");
    return told;
  }
  sayWork(batch, why.standing, told);
  sayHosts(batch.plan.requirements, why.hosts, told);
  sayTurn(why.standing, told);
  return told;
}

}  // namespace hearth::server
