// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <vector>

#include "core/dispatcher_impl.h"
#include "core/horizon.h"

namespace hearth::core {
namespace {

constexpr std::size_t kHostSample = 4'096;
constexpr double kUnknownTaskSeconds = 3600;

using Missing = std::bitset<kNeeds>;

Missing missingOf(const HostEntry& host, const Requirements& needs, bool placed, Instant now) {
  const HostDescription& about = host.host.description;
  const FreeResources all{1, about.processors, about.memoryBytes, about.diskBytes,
                          static_cast<std::uint32_t>(about.gpus.size())};
  const Offer offer(about, all);
  Missing missing;
  const auto demand = [&](Need need, bool met) { missing.set(static_cast<std::size_t>(need), !met); };
  demand(Need::kPresence, host.model.absence(now) == Duration{});
  demand(Need::kPlace, placed);
  demand(Need::kSandbox, about.sandbox != SandboxTier::kNone && about.sandbox >= needs.sandbox);
  demand(Need::kPlatform, needs.platform == kAnyPlatform || about.platform == needs.platform);
  demand(Need::kRuntime, about.runtimes.has(needs.runtime));
  demand(Need::kProcessors, offer.processors >= needs.processors);
  demand(Need::kMemory, offer.memoryBytes >= needs.memoryBytes);
  demand(Need::kDisk, offer.diskBytes >= needs.diskBytes);
  demand(Need::kGpus, offer.gpus[static_cast<std::size_t>(needs.gpuApi)] >= needs.gpus);
  return missing;
}

std::uint32_t slotsOf(const HostEntry& host, const Requirements& needs) {
  const HostDescription& about = host.host.description;
  std::uint64_t slots = about.processors / std::max(1U, needs.processors);
  if (needs.memoryBytes > 0) slots = std::min(slots, about.memoryBytes / needs.memoryBytes);
  if (needs.diskBytes > 0) slots = std::min(slots, about.diskBytes / needs.diskBytes);
  if (needs.gpus > 0) slots = std::min<std::uint64_t>(slots, about.gpus.size() / needs.gpus);
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, slots));
}

/// A host of which all is known that a forecast needs.
struct Worker {
  Capacity capacity;
  double seconds = 0;  ///< that it computes on one task, absences left out
};

Duration ofSeconds(double seconds) {
  constexpr double kMost = 100 * 365.25 * 86'400;
  return Duration::microseconds(static_cast<std::int64_t>(std::clamp(seconds, 0.0, kMost) * 1e6));
}

}  // namespace

const char* needName(Need need) noexcept {
  constexpr std::array<const char*, kNeeds> kNames{"presence",   "place",  "sandbox", "platform", "runtime",
                                                   "processors", "memory", "disk",    "gpus"};
  return kNames[static_cast<std::size_t>(need)];
}

bool Dispatcher::Impl::isPlaced(const std::optional<Scope>& scope, const HostEntry& host) const {
  return !scope || scope->has(m_groups.homeOf(host.host.group));
}

std::optional<Scope> Dispatcher::Impl::scopeOf(const BatchPlan* placed) const {
  return placed == nullptr ? std::nullopt : std::optional(m_groups.scopeOf(*placed));
}

Explanation Dispatcher::Impl::explain(const Requirements& requirements, const BatchPlan* placed, Instant now) const {
  Explanation found;
  const std::optional<Scope> scope = scopeOf(placed);
  for (const HostEntry* host : m_hostOrder) {
    if (host->host.revoked) continue;
    ++found.hosts;
    const Missing missing = missingOf(*host, requirements, isPlaced(scope, *host), now);
    if (missing.none()) {
      ++found.matching;
      if (host->willing && host->attempts.size() < slotsOf(*host, requirements)) ++found.idle;
      continue;
    }
    std::size_t first = 0;
    while (!missing.test(first)) ++first;
    ++found.causes[first].first;
    if (missing.count() == 1) ++found.causes[first].alone;
  }
  return found;
}

Forecast Dispatcher::Impl::forecast(const Workload& work, Instant now) const {
  Forecast told;
  const std::optional<Scope> scope = scopeOf(work.placed);
  const auto known = m_applications.find(work.application);
  const bool isLearnt = known != m_applications.end() && m_applicationWork[known->second].results > 0;
  told.learnt = !work.taskTime && isLearnt;
  told.guessed = !work.taskTime && !isLearnt;
  // Hosts' speeds scale the work that is known; a time that a person names is the same on every host.
  const ApplicationIndex application =
      isLearnt ? known->second : static_cast<ApplicationIndex>(m_applicationWork.size());
  const double amount = (isLearnt ? m_applicationWork[known->second] : WorkModel{}).work();
  std::vector<Worker> workers;
  const std::size_t step = m_hostOrder.size() / kHostSample + 1;
  for (std::size_t i = 0; i < m_hostOrder.size(); i += step) {
    const HostEntry& host = *m_hostOrder[i];
    if (host.host.revoked || missingOf(host, work.requirements, isPlaced(scope, host), now).any()) continue;
    const Duration computing = work.taskTime ? *work.taskTime : host.model.runTime(application, amount);
    const std::uint32_t slots = slotsOf(host, work.requirements);
    told.hosts += step;
    told.slots += step * slots;
    workers.push_back({{std::max(Duration::milliseconds(1), host.model.elapsedFor(computing)),
                        std::max(Duration{}, host.expected - now), slots},
                       computing.inSeconds()});
  }
  double usual = work.taskTime ? work.taskTime->inSeconds() : kUnknownTaskSeconds;
  if (!workers.empty()) {
    const auto middle = workers.begin() + static_cast<std::ptrdiff_t>(workers.size() / 2);
    std::nth_element(workers.begin(), middle, workers.end(),
                     [](const Worker& a, const Worker& b) { return a.seconds < b.seconds; });
    usual = middle->seconds;
  }
  const double attempts = static_cast<double>(work.tasks) * work.quorum;
  told.taskTime = ofSeconds(usual);
  told.computing = ofSeconds(usual * attempts);
  if (workers.empty()) return told;
  std::vector<Capacity> capacities;
  for (const Worker& worker : workers) capacities.push_back(worker.capacity);
  const auto scale = static_cast<double>(step);
  told.half = horizon(capacities, scale, std::max(1.0, std::ceil(attempts * 0.5)));
  told.most = horizon(capacities, scale, std::max(1.0, std::ceil(attempts * 0.9)));
  return told;
}

Explanation explain(const Dispatcher& dispatcher, const Requirements& requirements, Instant now) {
  return dispatcher.m_impl->explain(requirements, nullptr, now);
}

Explanation explain(const Dispatcher& dispatcher, const BatchPlan& plan, Instant now) {
  return dispatcher.m_impl->explain(plan.requirements, &plan, now);
}

Forecast forecast(const Dispatcher& dispatcher, const Workload& work, Instant now) {
  return dispatcher.m_impl->forecast(work, now);
}

}  // namespace hearth::core
