// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts as small state machines: down or up, enrolled, running what they hold.
#include <algorithm>
#include <utility>
#include <variant>

#include "base/limits.h"
#include "sim/world_impl.h"

namespace hearth::sim {
namespace {

constexpr std::uint64_t kHostKey = 1, kTokenKey = 2;
constexpr std::uint64_t kMemory = 16 * limits::kGiB, kDisk = 100 * limits::kGiB;

}  // namespace

void World::Impl::wakeHost(std::uint32_t number) {
  SimHost& host = m_hosts[number];
  host.wakeAt = kNever;
  live(host);
  while (host.times.up() && host.nextSync <= m_now) {
    host.nextSync = kNever;  // the reply says when
    if (host.id) {
      sync(number);
    } else {
      enrol(number);
    }
  }
  plan(number);
}

/// Everything that happened to the host until now.
void World::Impl::live(SimHost& host) {
  while (host.times.until() <= m_now) {
    workUntil(host, host.times.until());
    const Duration at = host.times.until();
    host.times.advance(m_population);
    if (host.times.up()) {
      if (host.id || host.nextSync < at) host.nextSync = at;  // an agent that starts calls at once
      continue;
    }
    if (m_options.resumable) continue;
    for (HeldAttempt& held : host.held) {
      if (!held.finished) held.left = runTime(m_options.submissions[held.submission].megaflop, host.megaflops);
    }
  }
  workUntil(host, m_now);
}

void World::Impl::workUntil(SimHost& host, Duration until) {
  const Duration passed = until - host.accounted;
  host.accounted = until;
  if (!host.times.up() || !host.id || passed <= Duration{}) return;
  std::uint32_t running = 0;
  for (HeldAttempt& held : host.held) {
    if (held.finished) continue;
    if (++running > m_options.processors) break;
    held.left = held.left - passed;
    m_report.busySeconds += passed.inSeconds();
    m_report.executedMegaflop += passed.inSeconds() * host.megaflops;
    if (held.left > Duration{}) continue;
    held.finished = true;
    host.nextSync = std::min(host.nextSync, until);
  }
  m_report.upSeconds += passed.inSeconds() * m_options.processors;
}

/// The next moment at which something happens to the host.
void World::Impl::plan(std::uint32_t number) {
  SimHost& host = m_hosts[number];
  Duration next = host.times.until();
  if (host.times.up()) {
    next = std::min(next, std::max(host.nextSync, m_now));
    std::uint32_t running = 0;
    for (const HeldAttempt& held : host.held) {
      if (held.finished) continue;
      if (++running > m_options.processors) break;
      next = std::min(next, host.accounted + held.left);
    }
  }
  if (next >= host.wakeAt || next > m_options.length) return;
  host.wakeAt = next;
  m_queue.add(next, number, kHostWakes);
}

HostDescription World::Impl::descriptionOf(const SimHost&) const {
  return {"sim", "linux-x86_64", "sim", "1", m_options.processors, kMemory, kDisk, SandboxTier::kCgroup};
}

void World::Impl::enrol(std::uint32_t number) {
  m_event.what = core::EnrolHost{keyOf(kTokenKey, number / m_options.hostsPerAccount), keyOf(kHostKey, number),
                                 descriptionOf(m_hosts[number])};
  ++m_report.calls;
  post(number + 1);
}

wire::ReturnedResult World::Impl::resultOf(std::uint32_t number, const HeldAttempt& held) const {
  wire::ReturnedResult result{held.attempt, held.task, held.revision, {}};
  const Duration wall = runTime(m_options.submissions[held.submission].megaflop, m_hosts[number].megaflops);
  result.report.usage = {wall, wall, kMemory / 16};
  result.report.outputs = {{"out", truthOf(held.submission, held.task.index), 10, false}};
  return result;
}

void World::Impl::sync(std::uint32_t number) {
  const SimHost& host = m_hosts[number];
  if (!std::holds_alternative<core::SyncHost>(m_event.what)) m_event.what = core::SyncHost{};
  auto& call = std::get<core::SyncHost>(m_event.what);
  call.host = host.id;
  call.key = keyOf(kHostKey, number);
  call.request.held.clear();
  call.request.results.clear();
  std::uint32_t unfinished = 0;
  for (const HeldAttempt& held : host.held) {
    if (!held.finished) ++unfinished;
    if (held.finished && call.request.results.size() < limits::kSyncResults) {
      call.request.results.push_back(resultOf(number, held));
    } else {
      call.request.held.push_back(held.attempt);
    }
  }
  const std::uint32_t free = m_options.processors - std::min(m_options.processors, unfinished);
  call.request.free = {free, free, kMemory, kDisk};
  call.missing.resize(call.request.results.size());
  ++m_report.calls;
  post(number + 1);
}

void World::Impl::takeOutcome(SimHost& host, const core::SyncOutcome& outcome) {
  const auto drop = [&host](AttemptId attempt) {
    return std::erase_if(host.held, [attempt](const HeldAttempt& held) { return held.attempt == attempt; });
  };
  host.nextSync = m_now + outcome.nextSync;
  for (const wire::ResultAck& ack : outcome.acks) {
    m_hash.add(ack.attempt.value << 3 | static_cast<std::uint64_t>(ack.verdict));
    if (ack.verdict != wire::AckVerdict::kBlobsMissing) drop(ack.attempt);
  }
  for (const wire::AbortOrder& order : outcome.aborts) {
    m_hash.add(order.attempt.value << 3 | 6);
    if (drop(order.attempt) > 0) host.nextSync = m_now;  // its processor is free
  }
  for (const core::SyncOutcome::Assigned& assigned : outcome.assigned) {
    const Lease& lease = assigned.lease;
    m_hash.add(lease.attempt.value << 3 | 7);
    const bool known = std::any_of(host.held.begin(), host.held.end(),
                                   [&](const HeldAttempt& held) { return held.attempt == lease.attempt; });
    if (known) continue;
    const std::uint32_t submission = m_submissionOf[lease.task.batch.value];
    const Duration left = runTime(m_options.submissions[submission].megaflop, host.megaflops);
    host.held.push_back({lease.attempt, lease.task, left, lease.revision, submission, false});
  }
}

}  // namespace hearth::sim
