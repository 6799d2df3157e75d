// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "core/dispatcher.h"
#include "db/memory/memory_store.h"

namespace hearth::core::test {

/// A Dispatcher with a store behind it, as the runtime would drive them, in virtual time.
class World {
 public:
  explicit World(DispatcherOptions options = {})
      : m_options(options), m_memory(db::makeMemoryStore()), m_dispatcher(options) {}

  Instant now{1'000'000'000'000};
  /// Everything that was ever written, for tests that look at single changes.
  Changes written;

  ReplyBody send(decltype(Event::what) what) {
    Actions actions = m_dispatcher.handle(Event{1, std::move(what)}, now);
    keep(actions);
    REQUIRE(actions.replies.size() == 1);
    return actions.replies.front().body;
  }

  template <typename T>
  T expect(decltype(Event::what) what) {
    const ReplyBody body = send(std::move(what));
    INFO((body ? std::string() : body.error().message));
    REQUIRE(body.has_value());
    return std::get<T>(*body);
  }
  Error expectError(decltype(Event::what) what) {
    const ReplyBody body = send(std::move(what));
    REQUIRE_FALSE(body.has_value());
    return body.error();
  }

  BatchId submit(std::uint64_t tasks, BatchPolicy policy = {}, Requirements requirements = {},
                 AccountId owner = AccountId{1}) {
    SubmitBatch submission;
    submission.plan = {owner, "test", tasks, requirements, policy};
    submission.spec = "{}";
    return expect<BatchAccepted>(submission).batch;
  }

  static HostDescription description() {
    return {"host", "linux-x86_64", "test", "0", 8, 16ULL << 30, 100ULL << 30, SandboxTier::kCgroup};
  }
  static Digest key(std::uint64_t n) {
    Digest digest;
    for (int i = 0; i < 8; ++i) digest.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n >> (8 * i));
    return digest;
  }
  HostId enrol(HostDescription what = description(), AccountId account = AccountId{1}) {
    const std::uint64_t n = ++m_hosts;
    expect<Done>(CreateJoinToken{{key(n + 1'000'000), account, 1, now + Duration::days(1)}});
    const HostId host = expect<HostEnrolled>(EnrolHost{key(n + 1'000'000), key(n), std::move(what)}).host;
    m_keys[host] = key(n);
    return host;
  }
  Digest keyOf(HostId host) const { return m_keys.at(host); }

  static wire::SyncRequest request(std::uint32_t tasks) {
    wire::SyncRequest request;
    request.free = {tasks, 8, 16ULL << 30, 100ULL << 30};
    return request;
  }
  SyncOutcome sync(HostId host, wire::SyncRequest request) {
    SyncHost event{host, m_keys.at(host), std::move(request), {}};
    event.missing.resize(event.request.results.size());
    return expect<SyncOutcome>(event);
  }
  /// Asks for work while holding what it is given.
  std::vector<Lease> fetch(HostId host, std::uint32_t tasks, const std::vector<AttemptId>& held = {}) {
    wire::SyncRequest ask = request(tasks);
    ask.held = held;
    std::vector<Lease> leases;
    for (const SyncOutcome::Assigned& assigned : sync(host, ask).assigned) leases.push_back(assigned.lease);
    return leases;
  }
  static wire::ReturnedResult result(const Lease& lease, std::uint64_t output = 1) {
    wire::ReturnedResult result{lease.attempt, lease.task, lease.revision, {}};
    result.report.outputs = {{"out", key(output), 10, false}};
    return result;
  }
  static wire::ReturnedResult failure(const Lease& lease, std::string reason = "exit code 3") {
    wire::ReturnedResult result{lease.attempt, lease.task, lease.revision, {}};
    result.report.exit = ExitKind::kExitCode;
    result.report.exitCode = 3;
    result.report.reason = std::move(reason);
    return result;
  }
  wire::ResultAck give(HostId host, wire::ReturnedResult result, const std::vector<AttemptId>& held = {}) {
    wire::SyncRequest ask = request(0);
    ask.results = {std::move(result)};
    ask.held = held;
    return sync(host, ask).acks.at(0);
  }

  void wait(Duration duration) {
    now = now + duration;
    for (int i = 0; i < 1'000; ++i) {
      Actions actions = m_dispatcher.handle(Event{0, Tick{}}, now);
      const bool more = actions.more;
      keep(actions);
      if (!more) return;
    }
    FAIL("ticks do not end");
  }

  db::BatchRecord record(BatchId batch) {
    auto found = m_memory.read->batch(batch);
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    return **found;
  }
  db::TaskRecord task(BatchId batch, TaskIndex index) {
    auto found = m_memory.read->task({batch, index});
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    return **found;
  }

  /// What a restart would begin with.
  Snapshot stored() {
    auto snapshot = m_memory.store->restore();
    REQUIRE(snapshot.has_value());
    return std::move(*snapshot);
  }
  /// The server is killed and started again.
  void restart() { m_dispatcher = Dispatcher(m_options, stored(), now); }
  const Dispatcher& dispatcher() const { return m_dispatcher; }

 private:
  void keep(Actions& actions) {
    const std::vector<db::Unit> units{{actions.changes}};
    auto outcomes = m_memory.store->apply(units);
    REQUIRE(outcomes.has_value());
    REQUIRE(outcomes->at(0) == db::Outcome::kDone);
    written.insert(written.end(), actions.changes.begin(), actions.changes.end());
    for (const Load& load : actions.loads) {
      auto rows = m_memory.store->load(load);
      REQUIRE(rows.has_value());
      Actions more = m_dispatcher.handle(Event{0, RowsLoaded{std::move(*rows)}}, now);
      keep(more);
    }
  }

  DispatcherOptions m_options;
  db::MemoryStore m_memory;
  Dispatcher m_dispatcher;
  std::uint64_t m_hosts = 0;
  std::map<HostId, Digest> m_keys;
};

}  // namespace hearth::core::test
