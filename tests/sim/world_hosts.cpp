// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts as small state machines: down or up, enrolled or not, calling or not, running what they hold.
#include <algorithm>
#include <utility>
#include <variant>

#include "base/limits.h"
#include "sim/distributions.h"
#include "sim/world_impl.h"

namespace hearth::sim {
namespace {

constexpr std::uint64_t kMemory = 16 * limits::kGiB, kDisk = 100 * limits::kGiB;
constexpr Duration kPatience = Duration::minutes(1);  ///< for an answer
constexpr Duration kFirstBackOff = Duration::seconds(5), kLongestBackOff = Duration::minutes(20);

}  // namespace

void World::Impl::wakeHost(std::uint32_t number) {
  SimHost& host = m_hosts[number];
  host.wakeAt = kNever;
  live(number);
  while (host.times.up() && !host.gone && host.nextSync <= m_now) {
    if (host.calling) {
      backOff(host);
    } else {
      callServer(number);
    }
  }
  plan(number);
}

/// Everything that happened to the host until now.
void World::Impl::live(std::uint32_t number) {
  SimHost& host = m_hosts[number];
  while (host.times.until() <= m_now) {
    const Duration at = host.times.until();
    workUntil(host, at);
    host.times.advance(m_population);
    host.calling = false;
    if (host.times.up()) {
      if (host.id || host.nextSync < at) host.nextSync = at;  // an agent that starts calls at once
      host.failures = 0;
      if (faulty()) misbehave(number);
    } else if (!m_options.resumable) {
      for (HeldAttempt& held : host.held) {
        if (!held.finished) held.left = runTimeOn(host, held.submission);
      }
    }
  }
  workUntil(host, m_now);
}

void World::Impl::workUntil(SimHost& host, Duration until) {
  const Duration passed = until - host.accounted;
  host.accounted = until;
  if (!host.times.up() || !host.id || host.gone || passed <= Duration{}) return;
  std::uint32_t running = 0;
  for (HeldAttempt& held : host.held) {
    if (held.finished) continue;
    if (++running > m_options.processors) break;
    held.left = held.left - passed;
    m_report.busySeconds += passed.inSeconds();
    m_report.executedMegaflop += passed.inSeconds() * host.megaflops;
    if (held.left > Duration{}) continue;
    held.finished = true;
    if (!host.calling) host.nextSync = std::min(host.nextSync, until);
  }
  m_report.upSeconds += passed.inSeconds() * m_options.processors;
}

/// The next moment at which something happens to the host.
void World::Impl::plan(std::uint32_t number) {
  SimHost& host = m_hosts[number];
  if (host.gone) return;
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

void World::Impl::callServer(std::uint32_t number) {
  SimHost& host = m_hosts[number];
  host.calling = true;
  host.nextSync = m_now + kPatience;
  ++host.call;
  ++m_report.calls;
  if (host.id) {
    makeSync(number);
  } else {
    makeEnrolment(number);
  }
  m_event.request = requestOf(number, host.call);
  if (!m_network.direct()) return send(number, m_event);
  m_server.post(m_event, m_now);
  planServer();
}

HostDescription World::Impl::descriptionOf(const SimHost& host) const {
  const std::uint32_t claim = host.behaviour == Behaviour::kBoasts ? 100 : 1;
  HostDescription description{"sim", "linux-x86_64",      "sim", "1", m_options.processors, kMemory,
                              kDisk, SandboxTier::kCgroup};
  description.speed = host.megaflops * claim;
  return description;
}

void World::Impl::makeEnrolment(std::uint32_t number) {
  const SimHost& host = m_hosts[number];
  m_event.what = core::EnrolHost{keyOf(kTokenKey, number / m_options.hostsPerAccount),
                                 keyOf(kHostKey, number | std::uint64_t{host.life} << 32), descriptionOf(host)};
}

Duration World::Impl::runTimeOn(const SimHost& host, std::uint32_t submission) const {
  if (host.behaviour == Behaviour::kHolds) return Duration::days(3'650);
  return runTime(m_options.submissions[submission].megaflop, host.megaflops);
}

wire::ReturnedResult World::Impl::resultOf(std::uint32_t number, const HeldAttempt& held) const {
  wire::ReturnedResult result{held.attempt, held.task, held.revision, {}};
  const Duration wall = runTime(m_options.submissions[held.submission].megaflop, m_hosts[number].megaflops);
  result.report.usage = {wall, wall, kMemory / 16};
  result.report.outputs = {{"out", truthOf(held.submission, held.task.index), 10, false}};
  if (m_options.faults) spoil(number, held, result.report);
  return result;
}

void World::Impl::makeSync(std::uint32_t number) {
  const SimHost& host = m_hosts[number];
  if (!std::holds_alternative<core::SyncHost>(m_event.what)) m_event.what = core::SyncHost{};
  auto& call = std::get<core::SyncHost>(m_event.what);
  call.host = host.id;
  call.key = keyOf(kHostKey, number | std::uint64_t{host.life} << 32);
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
  const std::uint32_t target = m_options.processors + m_options.buffer;
  call.request.free = {target - std::min(target, unfinished), m_options.processors, kMemory, kDisk};
  call.missing.resize(call.request.results.size());
}

void World::Impl::backOff(SimHost& host) {
  host.calling = false;
  if (host.failures < 20) ++host.failures;
  Duration longest = kFirstBackOff;
  for (int i = 0; i < host.failures && longest < kLongestBackOff; ++i) longest = longest * 2;
  host.nextSync = m_now + between(host.random, kFirstBackOff, std::min(longest, kLongestBackOff));
}

void World::Impl::answerHost(std::uint32_t number, const core::Reply& reply) {
  SimHost& host = m_hosts[number];
  if (!host.calling || reply.request != requestOf(number, host.call)) return;  // it no longer waits for this one
  if (!reply.body) {
    ++m_report.refusals;
    const ErrorCode code = reply.body.error().code;
    if (host.id && (code == ErrorCode::kForbidden || code == ErrorCode::kUnauthorized)) becomeAnother(host);
    return backOff(host);
  }
  host.calling = false;
  host.failures = 0;
  if (const auto* enrolled = std::get_if<core::HostEnrolled>(&*reply.body)) {
    host.id = enrolled->host;
    host.nextSync = m_now;
  } else if (const auto* outcome = std::get_if<core::SyncOutcome>(&*reply.body)) {
    takeOutcome(host, *outcome);
  }
}

void World::Impl::takeOutcome(SimHost& host, const core::SyncOutcome& outcome) {
  const auto drop = [&host](AttemptId attempt) {
    return std::erase_if(host.held, [attempt](const HeldAttempt& held) { return held.attempt == attempt; });
  };
  host.nextSync = m_now + onItsClock(host, outcome.nextSync);
  for (const wire::ResultAck& ack : outcome.acks) {
    m_hash.add(ack.attempt.value << 3 | static_cast<std::uint64_t>(ack.verdict));
    if (ack.verdict != wire::AckVerdict::kBlobsMissing) drop(ack.attempt);
  }
  for (const wire::AbortOrder& order : outcome.aborts) {
    m_hash.add(order.attempt.value << 3 | 6);
    if (drop(order.attempt) > 0) host.nextSync = m_now;  // its processor is free
  }
  for (const core::SyncOutcome::Assigned& assigned : outcome.assigned) takeAssigned(host, assigned);
  const bool moreResults =
      std::any_of(host.held.begin(), host.held.end(), [](const HeldAttempt& held) { return held.finished; });
  if (moreResults) host.nextSync = m_now;  // they finished while it waited for the answer
}

void World::Impl::takeAssigned(SimHost& host, const core::SyncOutcome::Assigned& assigned) {
  const Lease& lease = assigned.lease;
  m_hash.add(lease.attempt.value << 3 | 7);
  const bool known = std::any_of(host.held.begin(), host.held.end(),
                                 [&](const HeldAttempt& held) { return held.attempt == lease.attempt; });
  if (known) return;
  const std::uint32_t submission = m_submissionOf[lease.task.batch.value];
  host.held.push_back({lease.attempt, lease.task, runTimeOn(host, submission), lease.revision, submission, false});
}

}  // namespace hearth::sim
