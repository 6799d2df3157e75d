// SPDX-License-Identifier: GPL-3.0-or-later
// The end of a batch: hosts that would only delay it are kept out, and tasks that would finish last are given to a
// second and a third host (after Kondo, Chien and Casanova, "Resource management for rapid application turnaround on
// enterprise desktop grids", SC 2004: prioritise, exclude, replicate).
#include <algorithm>

#include "base/check.h"
#include "core/dispatcher_impl.h"
#include "core/horizon.h"

namespace hearth::core {
namespace {

constexpr std::int64_t kSlackTenths = 12;                 ///< a host may need 1.2 horizons for a task
constexpr Duration kWorthWaiting = Duration::minutes(1);  ///< shorter tasks are given to anybody
constexpr Duration kGuessTrusted = Duration::minutes(10);
constexpr Duration kHorizonLives = Duration::minutes(1);  ///< at least, while hosts stay
constexpr std::size_t kHostSample = 4'096;                ///< hosts that a horizon is made from
constexpr std::size_t kBucketsARequest = 1'024;           ///< of the task table, looked through by one request
constexpr int kReplicaLooks = 16;
constexpr double kFarFromTail = 4;  ///< how much faster than they claim hosts may be, all together

std::uint64_t tasksLeft(const BatchEntry& batch) {
  return batch.plan.tasks - batch.progress.cursor + batch.again.size() + batch.resting;
}

/// A host that is later than was thought goes on for a fifth of what it is late.
Duration busyFor(const HostEntry& host, Instant now) {
  return host.busyUntil > now ? host.busyUntil - now : (now - host.busyUntil) / 5;
}

Duration idleFor(const HostEntry& host, Instant now) { return std::max(Duration{}, host.expected - now); }

}  // namespace

double Dispatcher::Impl::workOf(const BatchEntry& batch) const {
  return batch.work.results > 0 ? batch.work.work() : m_applicationWork[batch.application].work();
}

Instant Dispatcher::Impl::finishOf(const BatchEntry& batch, const LeaseEntry& entry) const {
  const HostEntry* host = findHost(entry.lease.host);
  if (host == nullptr) return Instant::farFuture();
  const Duration whole = host->model.runTime(batch.application, workOf(batch));
  const Duration queued = Duration::microseconds(static_cast<std::int64_t>(entry.queuedSeconds * 1e6F));
  const Duration before = Duration::microseconds(static_cast<std::int64_t>(entry.presentSeconds * 1e6));
  const Duration seen = host->model.present(m_now) - before - queued;
  const Duration left = seen < Duration{} ? whole - seen : leftOf(whole, seen);
  return m_now + host->model.absence(m_now) + host->model.elapsedFor(left);
}

/// The earliest of its attempts; nothing if none is under way.
std::optional<Instant> Dispatcher::Impl::finishOf(const BatchEntry& batch, const TaskEntry& task) const {
  std::optional<Instant> earliest;
  for (const AttemptEntry& attempt : task.attempts) {
    if (attempt.state != AttemptState::kLeased) continue;
    const Instant finish = finishOf(batch, m_leases.at(attempt.id));
    if (!earliest || finish < *earliest) earliest = finish;
  }
  return earliest;
}

void Dispatcher::Impl::unindex(BatchEntry& batch, TaskIndex index, TaskEntry& task) {
  if (task.indexed()) batch.tail.byFinish.erase({task.finish, index});
  task.finish = TaskEntry::kNotIndexed;
}

void Dispatcher::Impl::indexFinish(BatchEntry& batch, TaskIndex index, TaskEntry& task) {
  unindex(batch, index, task);
  if (!batch.inTail()) return;
  const std::optional<Instant> finish = finishOf(batch, task);
  if (!finish) return;
  task.finish = *finish;
  batch.tail.byFinish.emplace(*finish, index);
}

/// Tasks that were leased before the tail began, a piece at a time.
void Dispatcher::Impl::indexMore(BatchEntry& batch) {
  TailIndex& tail = batch.tail;
  if (tail.buckets != batch.tasks.bucket_count()) tail = {std::move(tail.byFinish), batch.tasks.bucket_count(), 0};
  const std::size_t end = std::min(tail.buckets, tail.looked + kBucketsARequest);
  for (; tail.looked < end; ++tail.looked) {
    for (auto entry = batch.tasks.begin(tail.looked); entry != batch.tasks.end(tail.looked); ++entry) {
      if (!entry->second.indexed()) indexFinish(batch, entry->first, entry->second);
    }
  }
}

/// Made from a sample of the hosts that could run a task of this batch and are there.
Duration Dispatcher::Impl::horizonOf(BatchEntry& batch) {
  const std::uint64_t tasks = tasksLeft(batch);
  HorizonCache& cache = batch.horizon;
  const bool old = m_now - cache.at >= std::max(kHorizonLives, cache.length / 16) ||
                   m_departures - cache.departures > cache.hosts / 16;
  if (!old && cache.tasks > 0 && tasks <= cache.tasks && tasks >= cache.tasks - cache.tasks / 16) return cache.length;

  std::vector<Capacity> hosts;
  const std::size_t step = m_hostOrder.size() / kHostSample + 1;
  const double work = workOf(batch);
  for (std::size_t i = 0; i < m_hostOrder.size(); i += step) {
    const HostEntry& host = *m_hostOrder[i];
    const HostDescription& about = host.host.description;
    const FreeResources all{1, about.processors, about.memoryBytes, about.diskBytes};
    const bool there = host.willing && !host.host.revoked && host.model.absence(m_now) == Duration{};
    if (!there || !m_queue.scopeOf(batch.queued).has(m_groups.homeOf(host.host.group))) continue;
    if (!canRun(Offer(about, all), batch.plan.requirements)) continue;
    const std::uint32_t slots = std::max(1U, about.processors / std::max(1U, batch.plan.requirements.processors));
    const bool busy = host.attempts.size() >= slots;
    hosts.push_back(
        {host.model.runTime(batch.application, work), busy ? busyFor(host, m_now) : idleFor(host, m_now), slots});
  }
  const double scale = static_cast<double>(step) * m_queue.shareOf(batch.queued);
  cache = {m_now, horizon(hosts, scale, static_cast<double>(tasks)), tasks, hosts.size(), m_departures};
  return cache.length;
}

bool Dispatcher::Impl::tooSlowFor(BatchEntry& batch, const HostEntry& host) {
  const Duration whole = host.model.runTime(batch.application, workOf(batch));
  if (whole < kWorthWaiting || (batch.exhausted() && batch.again.empty())) return false;
  // Far from its end no host is too slow: if all there are computed for this batch alone, it would take longer.
  const double soonest = static_cast<double>(tasksLeft(batch)) * workOf(batch) / m_megaflops / kFarFromTail;
  if (whole.inSeconds() < soonest) return false;
  const Duration length = horizonOf(batch);
  // Should the hosts that were waited for not come, anybody may. How long a program runs that nobody knows is a guess.
  const bool known = batch.work.results > 0 || m_applicationWork[batch.application].results > 0;
  if (m_now - batch.lastLease > (known ? length : std::min(length, kGuessTrusted))) return false;
  return whole * 10 > length * kSlackTenths;
}

/// The task that would finish last, if this host would finish it earlier.
std::optional<TaskIndex> Dispatcher::Impl::takeReplica(BatchEntry& batch, const HostEntry& host) {
  if (!batch.inTail() || batch.work.results == 0) return std::nullopt;
  indexMore(batch);
  const Instant mine = m_now + host.model.elapsedFor(host.model.runTime(batch.application, workOf(batch)));
  auto& byFinish = batch.tail.byFinish;
  auto position = byFinish.end();
  for (int looks = 0; looks < kReplicaLooks && position != byFinish.begin(); ++looks) {
    const auto [finish, index] = *std::prev(position);
    TaskEntry& task = batch.tasks.at(index);
    indexFinish(batch, index, task);  // what was estimated when it was leased has changed since
    if (!task.indexed() || task.finish < finish) {
      position = byFinish.upper_bound({finish, index});
      continue;
    }
    position = byFinish.find({task.finish, index});
    if (task.finish <= mine) return std::nullopt;
    if (task.running() < mostCopies(batch.plan.policy) && mayTry(batch, index, task, host)) return index;
  }
  return std::nullopt;
}

}  // namespace hearth::core
