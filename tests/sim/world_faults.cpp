// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong, and how it heals.
#include <algorithm>
#include <utility>
#include <variant>

#include "base/check.h"
#include "sim/distributions.h"
#include "sim/world_impl.h"

namespace hearth::sim {

void World::Impl::planFaults() {
  const FaultPlan& plan = *m_options.faults;
  HEARTH_CHECK(m_store != nullptr, "a server that crashes needs its rows");
  m_queue.add(plan.until, 0, kAllHeals);
  for (const Duration at : plan.crashes) m_queue.add(at, 0, kServerCrashes);
  for (std::uint32_t i = 0; i < plan.troubles.size(); ++i) {
    m_queue.add(plan.troubles[i].from, i, kStoreFails);
    m_queue.add(plan.troubles[i].until, i, kStoreHeals);
  }
  for (std::uint32_t number = 0; number < m_hosts.size(); ++number) {
    SimHost& host = m_hosts[number];
    host.behaviour = plan.behaviourOf(m_options.seed, number);
    host.skewed = chance(host.random, plan.skewedHosts);
    if (host.behaviour == Behaviour::kDies) m_queue.add(between(host.random, {}, plan.until), number, kHostDies);
    if (host.behaviour == Behaviour::kSlow) {
      const std::uint32_t factor = chance(host.random, .5) ? 10 : 100;
      host.megaflops = std::max(1U, host.megaflops / factor);
    }
  }
}

/// A host comes up again.
void World::Impl::misbehave(std::uint32_t number) {
  SimHost& host = m_hosts[number];
  if (host.behaviour == Behaviour::kForgets && chance(host.random, .3)) host.held.clear();
  if (host.behaviour == Behaviour::kWhitewashes && chance(host.random, .3)) becomeAnother(host);
  if (host.behaviour == Behaviour::kSlowing) {
    const std::uint32_t drawn = m_population.traits(number).megaflops;
    const auto halvings = static_cast<std::uint32_t>(m_now.micros / Duration::hours(3).micros);
    setSpeed(host, std::max(1U, drawn >> std::min(halvings, 20U)));
  }
}

void World::Impl::setSpeed(SimHost& host, std::uint32_t megaflops) {
  for (HeldAttempt& held : host.held) {
    if (held.finished) continue;
    const double left = held.left.inSeconds() * host.megaflops / megaflops;
    held.left = {static_cast<std::int64_t>(left * 1e6) + 1};
  }
  host.megaflops = megaflops;
}

void World::Impl::becomeAnother(SimHost& host) {
  host.id = {};
  host.held.clear();
  ++host.life;
}

Duration World::Impl::onItsClock(SimHost& host, Duration interval) {
  if (!host.skewed || !faulty()) return interval;
  Duration waits{static_cast<std::int64_t>(static_cast<double>(interval.micros) * (0.5 + 1.5 * host.random.unit()))};
  if (chance(host.random, .02))
    waits = waits + between(host.random, Duration{} - Duration::minutes(10), Duration::minutes(10));
  return std::max(waits, Duration::seconds(1));
}

/// A result says the same however often it is returned, so what is wrong with it follows from its attempt.
void World::Impl::spoil(std::uint32_t number, const HeldAttempt& held, ResultReport& report) const {
  const SimHost& host = m_hosts[number];
  if (host.behaviour != Behaviour::kLies && host.behaviour != Behaviour::kFails) return;
  RandomStream random = streamOf(m_options.seed, held.attempt.value, kResultStream);
  if (chance(random, .5)) return;
  if (host.behaviour == Behaviour::kLies) {
    report.outputs.front().digest = errorOf(held.submission, held.task.index, number);
    return;
  }
  report.outputs.clear();
  report.exit = chance(random, .5) ? ExitKind::kExitCode : ExitKind::kHostFailed;
  report.exitCode = 3;
  report.reason = "the run failed";
}

void World::Impl::send(std::uint32_t host, std::variant<core::Event, core::Reply> what) {
  const Delivery delivery = m_network.send(m_hosts[host].random, host, m_now);
  if (delivery.copies == 0) ++m_report.messagesLost;
  for (std::size_t copy = 0; copy < delivery.copies; ++copy) deliverAt(delivery.at[copy], host, what);
  const bool repeats =
      faulty() && m_hosts[host].behaviour == Behaviour::kRepeats && std::holds_alternative<core::Event>(what);
  if (repeats) deliverAt(m_now + between(m_hosts[host].random, Duration::minutes(1), Duration::hours(2)), host, what);
}

void World::Impl::deliverAt(Duration at, std::uint32_t host, const std::variant<core::Event, core::Reply>& what) {
  if (m_freeMessages.empty()) {
    m_freeMessages.push_back(static_cast<std::uint32_t>(m_messages.size()));
    m_messages.emplace_back();
  }
  const std::uint32_t slot = m_freeMessages.back();
  m_freeMessages.pop_back();
  m_messages[slot] = {host, what};
  m_queue.add(at, slot, kArrives);
}

void World::Impl::arrive(std::uint32_t slot) {
  const Message message = std::move(m_messages[slot]);
  m_freeMessages.push_back(slot);
  if (m_network.cutOff(message.host, m_now)) {
    ++m_report.messagesLost;
  } else if (const auto* event = std::get_if<core::Event>(&message.what)) {
    m_server.post(*event, m_now);
    planServer();
  } else {
    SimHost& host = m_hosts[message.host];
    live(message.host);
    if (host.times.up() && !host.gone) answerHost(message.host, std::get<core::Reply>(message.what));
    plan(message.host);
  }
}

void World::Impl::crashed() {
  ++m_report.crashes;
  const Duration longest = faulty() ? m_options.faults->longestDown : Duration::minutes(1);
  m_queue.add(m_now + between(m_random, Duration::seconds(1), longest), 0, kServerStarts);
}

void World::Impl::startServer() {
  if (!m_server.down()) return;
  Duration ahead{};
  if (faulty() && chance(m_random, m_options.faults->clockSteps)) {
    constexpr Duration kStep = Duration::minutes(10);
    ahead = chance(m_random, .2) ? Duration::days(1) : between(m_random, Duration{} - kStep, kStep);
  }
  if (!m_server.start(m_now, ahead)) m_queue.add(m_now + Duration::minutes(1), 0, kServerStarts);
  planServer();
}

void World::Impl::troubleStore(std::uint32_t number, bool begins) {
  const ErrorCode code = m_options.faults->troubles[number].code;
  const char* what = code == ErrorCode::kExhausted ? "the disk is full" : "the disk does not answer";
  m_store->setTrouble(begins ? std::optional<Error>({code, what, "make room"}) : std::nullopt);
  planServer();
}

/// The end of the fault phase. Hosts that died stay dead; all others are honest from now on and as fast as they were
/// drawn, and finish what they hold.
void World::Impl::heal() {
  m_network.heal();
  m_server.heal();
  m_store->setTrouble(std::nullopt);
  for (std::uint32_t number = 0; number < m_hosts.size(); ++number) {
    SimHost& host = m_hosts[number];
    live(number);
    const bool held = host.behaviour == Behaviour::kHolds;
    if (host.behaviour != Behaviour::kDies) host.behaviour = Behaviour::kHonest;
    setSpeed(host, m_population.traits(number).megaflops);
    for (HeldAttempt& attempt : host.held) {
      if (held && !attempt.finished) attempt.left = runTimeOn(host, attempt.submission);
    }
    plan(number);
  }
  planServer();
}

}  // namespace hearth::sim
