// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/world.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/distributions.h"
#include "sim/world_impl.h"

namespace hearth::sim {
namespace {

constexpr std::uint32_t kTheServer = 0xFFFFFFFF;
constexpr std::uint32_t kJoinsPerHost = 1'000;  ///< hosts that come back as others use a token again

ServerOptions serverOptions(const WorldOptions& options) {
  ServerOptions server{options.dispatcher, {}, 0, options.seed};
  if (options.faults) {
    server.commitTakes = options.faults->commitTakes;
    server.crashAtCommit = options.faults->crashAtCommit;
    RandomStream seed = streamOf(options.seed, 0, kCrashStream);
    server.seed = seed.next();
  }
  return server;
}

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

SimHost::SimHost(const Population& population, std::uint32_t number, const HostTraits& traits)
    : times(population, number, traits),
      random(streamOf(population.seed(), number, kHostStream)),
      megaflops(traits.megaflops),
      benchmark(traits.benchmark) {}

World::Impl::Impl(WorldOptions options)
    : m_options(std::move(options)),
      m_population(m_options.seed, m_options.profile, m_options.length, m_options.stationary),
      m_store(m_options.keepRows ? std::make_shared<FaultyStore>(db::makeMemoryStore().store) : nullptr),
      m_checkers(m_options.check
                     ? std::make_unique<Checkers>(m_options.dispatcher, m_options.seed, m_options.checkFairness)
                     : nullptr),
      m_network(m_options.faults ? m_options.faults->network : NetworkOptions{}, m_options.seed),
      m_server(serverOptions(m_options), m_store, tokensFor(m_options), *this),
      m_random(streamOf(m_options.seed, 0, kPeopleStream)),
      m_accepted(m_options.submissions.size()) {}

std::vector<JoinToken> World::Impl::tokensFor(const WorldOptions& options) {
  std::vector<JoinToken> tokens;
  const std::uint32_t accounts = (options.hosts + options.hostsPerAccount - 1) / options.hostsPerAccount;
  for (std::uint32_t account = 0; account < accounts; ++account) {
    tokens.push_back({keyOf(kTokenKey, account), AccountId{1'000 + account}, options.hostsPerAccount * kJoinsPerHost,
                      kBeginning + Duration::days(36'500)});
  }
  return tokens;
}

WorldReport World::Impl::run() {
  begin();
  while (const auto happening = m_queue.next()) {
    if (happening->at > m_options.length.micros) break;
    m_now = {happening->at};
    ++m_report.events;
    warmUp();
    happen(*happening);
    if (m_options.endWhenDone && finished()) break;
  }
  return report();
}

/// Brings the hosts that wake next nearer to the processor while this one is busy: a million do not fit into its cache.
void World::Impl::warmUp() const {
  for (std::size_t i = 0; i < 3; ++i) {
    const Happening* soon = m_queue.soon(i);
    if (soon == nullptr || soon->what != kHostWakes) continue;
    const auto* host = reinterpret_cast<const char*>(&m_hosts[soon->entity]);
    for (std::size_t offset = 0; offset < sizeof(SimHost); offset += 64) __builtin_prefetch(host + offset);
    if (i == 0) __builtin_prefetch(m_hosts[soon->entity].held.data());
  }
}

bool World::Impl::finished() const {
  return m_certified == m_tasks || (!m_options.faults && m_certified + m_failed == m_tasks);
}

WorldReport World::Impl::report() {
  for (std::uint32_t number = 0; number < m_hosts.size(); ++number) live(number);
  m_report.virtualTime = m_now;
  m_report.tasks = m_tasks;
  m_report.certified = m_certified;
  m_report.failed = m_failed;
  m_report.done = m_certified + m_failed == m_tasks;
  const core::DispatcherStats stats = m_server.dispatcher().stats();
  m_report.results = stats.resultsReturned;
  m_report.lapsed = stats.leasesLapsed;
  m_report.expired = stats.leasesExpired;
  m_report.leases = m_server.rows().leases;
  m_report.rows = m_server.rows().ofTasks();
  m_report.hash = m_hash.value();
  if (m_checkers) {
    if (m_options.endWhenDone) m_checkers->finish();
    m_report.certifiedSet = m_checkers->certifiedSet();
    m_report.complaintCount = m_checkers->complaints().count();
    m_report.complaints = m_checkers->complaints().kept();
  }
  return m_report;
}

void World::Impl::begin() {
  m_queue.add(Duration::hours(1), 0, kPersonLooks);
  for (std::uint32_t i = 0; i < m_options.submissions.size(); ++i) {
    const Submission& submission = m_options.submissions[i];
    m_queue.add(submission.at, i, kPersonSubmits);
    if (submission.cancelAt) {
      m_queue.add(*submission.cancelAt, i, kPersonCancels);
      if (m_checkers) m_checkers->exempt(std::to_string(i));
    } else {
      m_tasks += submission.plan.tasks;
    }
  }
  makeHosts();
  if (m_options.faults) planFaults();
}

void World::Impl::makeHosts() {
  m_hosts.reserve(m_options.hosts);
  for (std::uint32_t number = 0; number < m_options.hosts; ++number) {
    SimHost& host = m_hosts.emplace_back(m_population, number, m_population.traits(number));
    host.nextSync = m_options.firstArrival;
    if (m_options.arrivals > Duration{}) host.nextSync = host.nextSync + between(host.random, {}, m_options.arrivals);
    plan(number);
  }
}

void World::Impl::happen(const Happening& happening) {
  m_hash.add(static_cast<std::uint64_t>(happening.at) << 8 ^ std::uint64_t{happening.entity} << 4 ^ happening.what);
  switch (static_cast<Kind>(happening.what)) {
    case kHostWakes:
      if (m_hosts[happening.entity].wakeAt.micros == happening.at) wakeHost(happening.entity);
      return;
    case kServerWakes:
      return serverWakes({happening.at});
    case kPersonSubmits:
      return submit(happening.entity);
    case kPersonCancels:
      return cancel(happening.entity);
    case kPersonLooks:
      return look();
    case kPersonResumes:
      return resume({happening.entity});
    case kArrives:
      return arrive(happening.entity);
    case kServerCrashes:
      if (m_server.down()) return;
      m_server.crash(chance(m_random, .5));
      return crashed();
    case kServerStarts:
      return startServer();
    case kStoreFails:
      return troubleStore(happening.entity, true);
    case kStoreHeals:
      return troubleStore(happening.entity, false);
    case kHostDies:
      m_hosts[happening.entity].gone = true;
      return;
    case kAllHeals:
      return heal();
  }
}

void World::Impl::serverWakes(Duration at) {
  if (m_serverWakes != at) return;
  m_serverWakes = kNever;
  m_server.wake(at);
  planServer();
}

void World::Impl::planServer() {
  if (m_checkers && m_server.quiet()) m_checkers->look(m_server, m_now);
  const Duration wanted = m_server.wakeAt();
  if (wanted >= kNever) return;
  const Duration at = std::max(m_now, wanted);
  if (at >= m_serverWakes) return;
  m_serverWakes = at;
  m_queue.add(at, kTheServer, kServerWakes);
}

void World::Impl::handled(const core::Event& event, const core::Actions& actions, Instant now) {
  if (m_checkers) m_checkers->handled(event, actions, now, m_server.dispatcher().nextTick());
}

void World::Impl::rebuilt(Instant now) {
  if (m_checkers) m_checkers->rebuilt(now);
}

void World::Impl::committed(const Changes& changes) {
  if (m_checkers) m_checkers->committed(changes);
  for (const Change& change : changes) {
    if (const auto* progress = std::get_if<BatchProgress>(&change)) count(*progress);
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

void World::Impl::count(const BatchProgress& progress) {
  BatchProgress& known = m_progress[progress.batch.value];
  const Submission& submission = m_options.submissions[m_submissionOf[progress.batch.value]];
  const bool changed = progress.certified != known.certified || progress.failed != known.failed;
  if (changed && !submission.cancelAt) {
    const std::uint64_t fresh = progress.certified - known.certified;
    m_certified += fresh;
    m_failed = m_failed + progress.failed - known.failed;
    m_report.usefulMegaflop +=
        static_cast<double>(fresh) * submission.plan.policy.quorum * static_cast<double>(submission.megaflop);
    if (m_report.ninety == Duration{} && m_certified * 10 >= m_tasks * 9) m_report.ninety = m_now;
    m_report.makespan = m_now;
  }
  known = progress;
}

void World::Impl::replied(const core::Reply& reply) {
  if (m_checkers) m_checkers->left(reply);
  if ((reply.request & kPerson) != 0) return answerPerson(reply);
  const auto host = static_cast<std::uint32_t>(reply.request & 0xFFFFFFFF) - 1;
  if (m_network.direct()) return answerHost(host, reply);
  send(host, reply);
}

}  // namespace hearth::sim
