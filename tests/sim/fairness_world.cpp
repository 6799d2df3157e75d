// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts that are always there and requesters that always have work, around the real Dispatcher.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/limits.h"
#include "core/dispatcher.h"
#include "sim/distributions.h"
#include "sim/event_queue.h"
#include "sim/fairness.h"

namespace hearth::sim {
namespace {

constexpr Instant kStart = Instant::ofUnixSeconds(1'767'571'200);
constexpr std::uint64_t kEndless = 100'000'000;
constexpr std::uint32_t kMostCost = 16;

Digest digestOf(std::uint64_t number) {
  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) digest.bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
  return digest;
}

std::string platformOf(std::uint32_t group) { return "group-" + std::to_string(group); }

/// Watches |W_f/r_f - W_m/r_m| over all intervals: the difference may not wander farther than the bound.
class BoundWatch {
 public:
  BoundWatch(const Sharing& sharing, SharingOutcome& outcome) : m_sharing(sharing), m_outcome(outcome) {
    for (std::size_t f = 0; f < sharing.requesters.size(); ++f) {
      for (std::size_t m = f + 1; m < sharing.requesters.size(); ++m) {
        if (sharing.requesters[f].groups == sharing.requesters[m].groups) m_pairs.push_back({f, m});
      }
    }
    outcome.pairs = m_pairs.size();
  }

  /// `requester` was served at `now`.
  void served(std::size_t requester, Duration now) {
    for (Pair& pair : m_pairs) {
      const auto& f = m_sharing.requesters[pair.f];
      const auto& m = m_sharing.requesters[pair.m];
      if (std::max(f.joins, m.joins) > now) continue;
      const bool ours = pair.f == requester || pair.m == requester;
      if (pair.begun && !ours) continue;
      const double lead = m_outcome.service[pair.f] / f.weight - m_outcome.service[pair.m] / m.weight;
      if (!pair.begun) pair.lowest = pair.highest = lead;
      pair.begun = true;
      pair.lowest = std::min(pair.lowest, lead);
      pair.highest = std::max(pair.highest, lead);
      const double bound = static_cast<double>(f.cost) / f.weight + static_cast<double>(m.cost) / m.weight;
      const double wandered = (pair.highest - pair.lowest) / bound;
      m_outcome.tightest = std::max(m_outcome.tightest, wandered);
      if (wandered > 1 + 1e-9) ++m_outcome.violations;
    }
  }

 private:
  struct Pair {
    std::size_t f, m;
    bool begun = false;
    double lowest = 0, highest = 0;
  };
  const Sharing& m_sharing;
  SharingOutcome& m_outcome;
  std::vector<Pair> m_pairs;
};

struct SharedHost {
  HostId id;
  Duration run;
  std::vector<Lease> held;
};

class SharingWorld {
 public:
  SharingWorld(const Sharing& sharing, const SharingRun& run);
  SharingOutcome run();

 private:
  enum Kind : std::uint32_t { kSync, kJoin };

  core::ReplyBody ask(core::Event event);
  void enrol(std::uint32_t group);
  void submit(std::uint32_t requester);
  void sync(std::uint32_t number);

  const Sharing& m_sharing;
  SharingRun m_settings;
  core::Dispatcher m_dispatcher;
  EventQueue m_queue;
  Duration m_now;
  std::vector<SharedHost> m_hosts;
  std::map<BatchId, std::uint32_t> m_requesterOf;
  SharingOutcome m_outcome;
  BoundWatch m_watch;
};

core::DispatcherOptions dispatcherOptions() {
  core::DispatcherOptions options;
  options.leaseTerm = Duration::days(1'000);  // hosts call when they have finished something, never before
  options.syncWhenIdle = Duration::minutes(5);
  return options;
}

SharingWorld::SharingWorld(const Sharing& sharing, const SharingRun& run)
    : m_sharing(sharing), m_settings(run), m_dispatcher(dispatcherOptions()), m_watch(sharing, m_outcome) {
  m_outcome.attempts.resize(sharing.requesters.size());
  m_outcome.service.resize(sharing.requesters.size());
  for (std::uint32_t group = 0; group < sharing.hosts.size(); ++group) {
    for (std::uint32_t i = 0; i < sharing.hosts[group]; ++i) enrol(group);
  }
  for (std::uint32_t i = 0; i < sharing.requesters.size(); ++i) {
    ask({1, core::SetAccountWeight{AccountId{1 + i}, sharing.requesters[i].weight}});
    if (sharing.requesters[i].joins == Duration{}) {
      submit(i);
    } else {
      m_queue.add(sharing.requesters[i].joins, i, kJoin);
    }
  }
}

core::ReplyBody SharingWorld::ask(core::Event event) {
  core::Actions actions = m_dispatcher.handle(event, kStart + m_now);
  HEARTH_CHECK(actions.replies.size() == 1 && actions.replies.front().body.has_value(), "every request is legal");
  return std::move(actions.replies.front().body);
}

void SharingWorld::enrol(std::uint32_t group) {
  const auto number = static_cast<std::uint32_t>(m_hosts.size());
  const AccountId volunteer{1'000'000 + number};
  ask({1, core::CreateJoinToken{{digestOf(1'000'000 + number), volunteer, 1, Instant::farFuture()}}});
  HostDescription description;
  description.platform = platformOf(group);
  description.processors = kMostCost;
  description.memoryBytes = description.diskBytes = limits::kGiB * 1'000;
  description.sandbox = SandboxTier::kCgroup;
  const core::ReplyBody reply =
      ask({1, core::EnrolHost{digestOf(1'000'000 + number), digestOf(number + 1), description}});
  RandomStream random = streamOf(m_settings.seed, number, 30);
  const double factor = 1 + m_settings.spread * (2 * random.unit() - 1);
  const Duration run{static_cast<std::int64_t>(static_cast<double>(m_settings.run.micros) * factor)};
  m_hosts.push_back({std::get<core::HostEnrolled>(*reply).host, run, {}});
  m_queue.add(between(random, {}, run), number, kSync);
}

void SharingWorld::submit(std::uint32_t requester) {
  const Sharing::Requester& about = m_sharing.requesters[requester];
  for (const std::uint32_t group : about.groups) {
    core::SubmitBatch event;
    event.plan.owner = AccountId{1 + requester};
    event.plan.tasks = kEndless;
    event.plan.requirements.platform = platformOf(group);
    event.plan.requirements.processors = about.cost;
    event.plan.policy.quorum = about.quorum;
    event.plan.policy.deadline = Duration::days(1'000);
    const core::ReplyBody reply = ask({1, std::move(event)});
    m_requesterOf.emplace(std::get<core::BatchAccepted>(*reply).batch, requester);
  }
}

void SharingWorld::sync(std::uint32_t number) {
  SharedHost& host = m_hosts[number];
  core::SyncHost event;
  event.host = host.id;
  event.key = digestOf(number + 1);
  event.request.free = {1, kMostCost, limits::kGiB * 1'000, limits::kGiB * 1'000};
  for (const Lease& lease : host.held) {
    wire::ReturnedResult result{lease.attempt, lease.task, lease.revision, {}};
    result.report.usage.wall = result.report.usage.processor = host.run;
    event.request.results.push_back(std::move(result));
  }
  event.missing.resize(event.request.results.size());
  host.held.clear();
  const core::ReplyBody reply = ask({1, std::move(event)});
  const auto& outcome = std::get<core::SyncOutcome>(*reply);
  for (const core::SyncOutcome::Assigned& assigned : outcome.assigned) {
    host.held.push_back(assigned.lease);
    const std::uint32_t requester = m_requesterOf.at(assigned.lease.task.batch);
    ++m_outcome.attempts[requester];
    m_outcome.service[requester] += m_sharing.requesters[requester].cost;
    m_watch.served(requester, m_now);
  }
  m_queue.add(m_now + (host.held.empty() ? outcome.nextSync : host.run), number, kSync);
}

SharingOutcome SharingWorld::run() {
  while (const auto happening = m_queue.next()) {
    if (happening->at > m_settings.length.micros) break;
    m_now = {happening->at};
    if (happening->what == kJoin) {
      submit(happening->entity);
    } else {
      sync(happening->entity);
    }
  }
  m_outcome.tasks = m_dispatcher.stats().tasksCertified;
  return m_outcome;
}

}  // namespace

SharingOutcome runSharing(const Sharing& sharing, const SharingRun& run) { return SharingWorld(sharing, run).run(); }

}  // namespace hearth::sim
