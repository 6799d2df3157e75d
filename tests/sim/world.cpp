// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/world.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "sim/distributions.h"
#include "sim/world_impl.h"

namespace hearth::sim {
namespace {

/// People's requests have this bit; the others carry the number of a host.
constexpr core::RequestId kPerson = core::RequestId{1} << 40;
constexpr std::uint64_t kTokenKey = 2;

}  // namespace

Digest keyOf(std::uint64_t kind, std::uint64_t number) {
  RandomStream words = streamOf(kind, number, 0);
  Digest digest;
  for (std::size_t i = 0; i < digest.bytes.size(); i += 8) {
    const std::uint64_t word = words.next();
    for (std::size_t byte = 0; byte < 8; ++byte) digest.bytes[i + byte] = static_cast<std::uint8_t>(word >> 8 * byte);
  }
  return digest;
}

Digest truthOf(std::size_t submission, TaskIndex task) { return keyOf(100 + submission, task); }

Digest errorOf(std::size_t submission, TaskIndex task, std::uint32_t host) {
  return keyOf((std::uint64_t{host} + 1) << 32 | submission, task);
}

World::World(WorldOptions options) : m_impl(std::make_unique<Impl>(std::move(options))) {}
World::~World() = default;
WorldReport World::run() { return m_impl->run(); }
const core::Dispatcher& World::dispatcher() const { return m_impl->dispatcher(); }

World::Impl::Impl(WorldOptions options)
    : m_options(std::move(options)),
      m_population(m_options.seed, m_options.profile, m_options.length, m_options.stationary),
      m_memory(db::makeMemoryStore()),
      m_server(m_options.dispatcher, m_options.keepRows ? m_memory.store : nullptr, *this) {}

WorldReport World::Impl::run() {
  begin();
  while (const auto happening = m_queue.next()) {
    if (happening->at > m_options.length.micros) break;
    m_now = {happening->at};
    ++m_report.events;
    happen(*happening);
    if (m_options.endWhenDone && m_certified + m_failed == m_tasks) break;
  }
  for (SimHost& host : m_hosts) live(host);
  m_report.virtualTime = m_now;
  m_report.tasks = m_tasks;
  m_report.certified = m_certified;
  m_report.failed = m_failed;
  m_report.done = m_certified + m_failed == m_tasks;
  const core::DispatcherStats stats = m_server.dispatcher().stats();
  m_report.leases = stats.leasesGiven;
  m_report.results = stats.resultsReturned;
  m_report.expired = stats.leasesExpired;
  m_report.rows = m_server.rows().ofTasks();
  m_report.hash = m_hash.value();
  return m_report;
}

void World::Impl::begin() {
  for (std::uint32_t i = 0; i < m_options.submissions.size(); ++i) {
    m_tasks += m_options.submissions[i].plan.tasks;
    m_queue.add(m_options.submissions[i].at, i, kPersonSubmits);
  }
  const std::uint32_t accounts = (m_options.hosts + m_options.hostsPerAccount - 1) / m_options.hostsPerAccount;
  for (std::uint32_t account = 0; account < accounts; ++account) {
    m_event.what = core::CreateJoinToken{{keyOf(kTokenKey, account), AccountId{1'000 + account},
                                          m_options.hostsPerAccount, kBeginning + Duration::days(3'650)}};
    post(kPerson);
  }
  m_hosts.reserve(m_options.hosts);
  for (std::uint32_t number = 0; number < m_options.hosts; ++number) {
    m_hosts.emplace_back(m_population, number, m_population.traits(number));
    if (m_options.arrivals > Duration{}) {
      RandomStream random = streamOf(m_options.seed, number, 10);
      m_hosts.back().nextSync = between(random, {}, m_options.arrivals);
    }
    plan(number);
  }
}

void World::Impl::happen(const Happening& happening) {
  m_hash.add(static_cast<std::uint64_t>(happening.at) << 8 ^ std::uint64_t{happening.entity} << 2 ^ happening.what);
  switch (static_cast<Kind>(happening.what)) {
    case kHostWakes:
      if (m_hosts[happening.entity].wakeAt.micros == happening.at) wakeHost(happening.entity);
      break;
    case kServerWakes:
      if (m_serverWakes.micros != happening.at) break;
      m_serverWakes = kNever;
      m_server.wake(serverTime());
      planServer();
      break;
    case kPersonSubmits:
      submit(happening.entity);
      break;
  }
}

void World::Impl::submit(std::uint32_t number) {
  core::SubmitBatch submission{m_options.submissions[number].plan, {}, {}, {}};
  submission.plan.name = std::to_string(number);
  submission.idempotencyKey = submission.plan.name;
  m_event.what = std::move(submission);
  post(kPerson);
}

void World::Impl::post(core::RequestId request) {
  m_event.request = request;
  m_server.post(m_event, serverTime());
  planServer();
}

void World::Impl::planServer() {
  const Instant wanted = m_server.wakeAt();
  if (wanted == Instant::farFuture()) return;
  const Duration at = std::max(m_now, wanted - kBeginning);
  if (at >= m_serverWakes) return;
  m_serverWakes = at;
  m_queue.add(at, std::numeric_limits<std::uint32_t>::max(), kServerWakes);
}

void World::Impl::committed(const Changes& changes) {
  for (const Change& change : changes) {
    const auto* batch = std::get_if<BatchInsert>(&change);
    if (batch == nullptr) continue;
    const std::size_t id = batch->batch.value;
    if (m_submissionOf.size() <= id) {
      m_submissionOf.resize(id + 1);
      m_progress.resize(id + 1);
    }
    m_submissionOf[id] = static_cast<std::uint32_t>(std::stoul(batch->plan.name));
  }
}

void World::Impl::noticed(const core::BatchNotice& notice) {
  BatchProgress& known = m_progress[notice.progress.batch.value];
  if (notice.progress.certified == known.certified && notice.progress.failed == known.failed) return;
  const Submission& submission = m_options.submissions[m_submissionOf[notice.progress.batch.value]];
  const std::uint64_t fresh = notice.progress.certified - known.certified;
  m_certified += fresh;
  m_failed = m_failed + notice.progress.failed - known.failed;
  m_report.usefulMegaflop +=
      static_cast<double>(fresh) * submission.plan.policy.quorum * static_cast<double>(submission.megaflop);
  known = notice.progress;
  if (m_report.ninety == Duration{} && m_certified * 10 >= m_tasks * 9) m_report.ninety = m_now;
  m_report.makespan = m_now;
}

void World::Impl::replied(const core::Reply& reply) {
  if ((reply.request & kPerson) != 0) {
    HEARTH_CHECK(reply.body.has_value(), "people's requests are legal");
    return;
  }
  SimHost& host = m_hosts[reply.request - 1];
  HEARTH_CHECK(reply.body.has_value(), "hosts' requests are legal");
  if (const auto* enrolled = std::get_if<core::HostEnrolled>(&*reply.body)) {
    host.id = enrolled->host;
    host.nextSync = m_now;
  } else if (const auto* outcome = std::get_if<core::SyncOutcome>(&*reply.body)) {
    takeOutcome(host, *outcome);
  }
}

}  // namespace hearth::sim
