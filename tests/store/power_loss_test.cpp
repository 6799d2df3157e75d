// SPDX-License-Identifier: GPL-3.0-or-later
// The real Dispatcher over the real store on a disk that loses power at random moments, and with it what was not
// synced.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "base/random.h"
#include "core/dispatcher.h"
#include "support/store_backends.h"
#include "support/store_lossy_disk.h"

using namespace hearth;
using namespace hearth::core;
using namespace hearth::tests;

namespace {

constexpr int kPowerLosses = 200;     // of each test below: five of them make a thousand
constexpr std::uint32_t kApart = 60;  // operations of the disk between two of them, at most
constexpr int kHosts = 6;
constexpr std::uint64_t kTasks = 60;  // of a batch
constexpr std::size_t kOpenBatches = 3;

Digest keyOf(std::uint64_t n) {
  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) digest.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return digest;
}

/// What an honest host finds out about a task.
Digest truthOf(TaskId task) { return keyOf(task.batch.value * 1'000'003 + task.index + 1); }

DispatcherOptions optionsOf() {
  DispatcherOptions options;
  options.leaseTerm = Duration::minutes(5);
  options.retrySameHostAfter = Duration::seconds(1);
  return options;
}

/// A server on a lossy disk: handles events in rounds, keeps each round, tells replies only then.
class Server {
 public:
  Server(PowerLoss loss, std::uint64_t seed)
      : m_loss(loss), m_random(seed), m_folder(std::make_unique<StoreFolder>()), m_dispatcher(optionsOf()) {
    m_store = must(db::openSqliteStore(*m_folder / "hearth.db"));
    m_lastHash = m_dispatcher.durableHash();
  }

  Instant now{1'000'000'000'000};
  std::uint64_t losses = 0;
  std::uint64_t inDoubtKept = 0;  ///< rounds that were durable and not acknowledged

  RandomStream& random() { return m_random; }
  std::uint64_t openBatches() const { return m_dispatcher.stats().openBatches; }

  /// One round. The replies, or nothing when the power failed: then the server is up again, and nobody was told.
  std::optional<std::vector<ReplyBody>> round(std::vector<decltype(Event::what)> events) {
    std::vector<ReplyBody> replies;
    Changes changes;
    std::vector<Load> loads;
    RequestId request = 0;
    for (auto& what : events) {
      Actions actions = m_dispatcher.handle(Event{++request, std::move(what)}, now);
      std::move(actions.changes.begin(), actions.changes.end(), std::back_inserter(changes));
      std::move(actions.loads.begin(), actions.loads.end(), std::back_inserter(loads));
      for (Reply& reply : actions.replies) replies.push_back(std::move(reply.body));
    }
    const std::uint64_t after = m_dispatcher.durableHash();
    const std::vector<db::Unit> units{{std::move(changes)}};
    const auto kept = m_store->apply(units);
    if (!kept) {
      restart(after);
      return std::nullopt;
    }
    REQUIRE(kept->at(0) == db::Outcome::kDone);
    m_lastHash = after;
    for (const Load& load : loads) {
      auto rows = m_store->load(load);
      if (!rows) {
        restart(after);
        return std::nullopt;
      }
      if (!round({RowsLoaded{std::move(*rows)}})) return std::nullopt;
    }
    return replies;
  }

  void stopLosses() { m_disk.failAfter(-1); }
  void scheduleLoss() { m_disk.failAfter(m_random.below(kApart)); }
  void close() {
    m_store.reset();
    m_read = must(db::openSqliteReadStore(*m_folder / "hearth.db"));
  }
  db::ReadStore& read() { return *m_read; }

 private:
  /// The power failed; it may fail again while the server starts.
  void restart(std::uint64_t inDoubt) {
    REQUIRE(m_disk.hasFailed());
    for (;;) {
      ++losses;
      m_store.reset();
      auto next = std::make_unique<StoreFolder>();
      m_disk.saveTo(*next / "", m_loss, m_random);
      m_folder = std::move(next);
      if (m_random.below(4) == 0) m_disk.failAfter(m_random.below(12));
      auto store = db::openSqliteStore(*m_folder / "hearth.db");
      auto snapshot = store ? (*store)->restore() : fail(store.error());
      if (!snapshot) {
        INFO(snapshot.error().message);
        REQUIRE(m_disk.hasFailed());  // the files themselves are sound, whatever was lost
        continue;
      }
      m_store = std::move(*store);
      m_dispatcher = Dispatcher(optionsOf(), *snapshot, now);
      break;
    }
    // Everything that was acknowledged, and of the round under way all or nothing.
    const std::uint64_t hash = m_dispatcher.durableHash();
    INFO("power loss " << losses);
    REQUIRE((hash == m_lastHash || hash == inDoubt));
    if (hash != m_lastHash) ++inDoubtKept;
    m_lastHash = hash;
    scheduleLoss();
  }

  const PowerLoss m_loss;
  RandomStream m_random;
  LossyDisk m_disk;
  std::unique_ptr<StoreFolder> m_folder;
  std::unique_ptr<db::Store> m_store;
  std::unique_ptr<db::ReadStore> m_read;
  Dispatcher m_dispatcher;
  std::uint64_t m_lastHash = 0;  ///< of the state after the last round that was acknowledged
};

/// Volunteers and a scientist: what they were told holds, whatever happens to the server.
class Grid {
 public:
  explicit Grid(Server& server) : m_server(server) {
    untilKept({CreateJoinToken{{keyOf(7'000'000), AccountId{1}, kHosts, server.now + Duration::days(1)}}});
    for (std::uint64_t n = 1; n <= kHosts; ++n) {
      const auto replies = untilKept(
          {EnrolHost{keyOf(7'000'000),
                     keyOf(n),
                     {"host", "linux-x86_64", "test", "0", 8, 16ULL << 30, 100ULL << 30, SandboxTier::kCgroup}}});
      m_hosts.push_back({std::get<HostEnrolled>(*replies[0]).host, keyOf(n), {}});
    }
  }

  /// Some hosts sync at once, sometimes a batch comes, sometimes time passes.
  void step(bool submits) {
    auto& random = m_server.random();
    m_server.now = m_server.now + Duration::seconds(random.below(20) == 0 ? random.below(400) : 1);
    std::vector<decltype(Event::what)> events{Tick{}};
    std::vector<Worker*> callers;
    for (Worker& worker : m_hosts) {
      if (random.below(3) != 0) continue;
      callers.push_back(&worker);
      events.emplace_back(syncOf(worker));
    }
    const bool submit = submits && m_server.openBatches() < kOpenBatches;
    if (submit) events.emplace_back(submission());
    std::vector<SyncHost> told;
    for (const auto& event : events) {
      if (const auto* sync = std::get_if<SyncHost>(&event)) told.push_back(*sync);
    }
    const auto replies = m_server.round(std::move(events));
    if (!replies) return;
    // A tick has its reply too, where it has one.
    const std::size_t first = replies->size() - callers.size() - (submit ? 1 : 0);
    for (std::size_t i = 0; i < callers.size(); ++i) {
      REQUIRE(replies->at(first + i).has_value());
      take(*callers[i], told[i], std::get<SyncOutcome>(*replies->at(first + i)));
    }
    if (submit && replies->back().has_value()) ++m_submitted;
  }

  std::size_t accepted() const { return m_accepted.size(); }

  /// Everything that anybody was told is in the store, once.
  void check(db::ReadStore& read) {
    for (const auto& [attempt, task] : m_accepted) {
      const auto record = must(read.task(task));
      REQUIRE(record);
      const auto found = std::count_if(record->attempts.begin(), record->attempts.end(),
                                       [id = attempt](const AttemptRecord& each) { return each.lease.attempt == id; });
      CHECK(found == 1);
    }
    const auto batches = must(read.batches({}, {}, 1'000));
    CHECK(batches.size() >= m_submitted);
    for (const db::BatchRecord& batch : batches) checkBatch(read, batch);
  }

 private:
  struct Worker {
    HostId id;
    Digest key;
    std::vector<Lease> held;
  };

  std::vector<ReplyBody> untilKept(std::vector<decltype(Event::what)> events) {
    for (;;) {
      if (auto replies = m_server.round(events)) return *replies;
    }
  }

  SubmitBatch submission() {
    SubmitBatch submit;
    BatchPolicy policy;
    policy.quorum = 1 + m_server.random().below(2);
    policy.retries = 1'000;
    submit.plan.owner = AccountId{1};
    submit.plan.name = "batch";
    submit.plan.tasks = kTasks;
    submit.plan.requirements.platform = "linux-x86_64";
    submit.plan.policy = policy;
    submit.spec = "{}";
    submit.idempotencyKey = "submission " + std::to_string(m_submitted);  // a lost reply submits nothing twice
    return submit;
  }

  SyncHost syncOf(Worker& worker) {
    SyncHost sync{worker.id, worker.key, {}, {}};
    sync.request.free = {1 + m_server.random().below(4), 8, 16ULL << 30, 100ULL << 30};
    for (const Lease& lease : worker.held) {
      if (m_server.random().below(2) == 0) {
        sync.request.held.push_back(lease.attempt);
        continue;
      }
      wire::ReturnedResult result{lease.attempt, lease.task, lease.revision, {}};
      result.report.outputs = {{"out", truthOf(lease.task), 10, false}};
      sync.request.results.push_back(std::move(result));
    }
    sync.missing.resize(sync.request.results.size());
    return sync;
  }

  void take(Worker& worker, const SyncHost& told, const SyncOutcome& outcome) {
    for (std::size_t i = 0; i < outcome.acks.size(); ++i) {
      const wire::ResultAck& ack = outcome.acks[i];
      REQUIRE(ack.verdict != wire::AckVerdict::kRefused);
      if (ack.verdict == wire::AckVerdict::kAccepted) m_accepted.emplace(ack.attempt, told.request.results[i].task);
      std::erase_if(worker.held, [&](const Lease& lease) { return lease.attempt == ack.attempt; });
    }
    for (const wire::AbortOrder& order : outcome.aborts) {
      std::erase_if(worker.held, [&](const Lease& lease) { return lease.attempt == order.attempt; });
    }
    for (const SyncOutcome::Assigned& assigned : outcome.assigned) {
      std::erase_if(worker.held, [&](const Lease& lease) { return lease.attempt == assigned.lease.attempt; });
      worker.held.push_back(assigned.lease);
    }
  }

  void checkBatch(db::ReadStore& read, const db::BatchRecord& batch) {
    INFO("batch " << batch.batch.value);
    CHECK(batch.progress.state == BatchState::kDone);
    CHECK(batch.progress.certified == kTasks);
    CHECK(batch.progress.failed == 0);
    CHECK(must(read.tasks(batch.batch, TaskState::kCertified, 0, 10 * kTasks)).size() == kTasks);
    const auto results = must(read.results(batch.batch, 0, 10 * kTasks));
    REQUIRE(results.size() == kTasks);
    for (const db::CertifiedResult& result : results) {
      CHECK(result.record.report.outputs.at(0).digest == truthOf({batch.batch, result.index}));
    }
  }

  Server& m_server;
  std::vector<Worker> m_hosts;
  std::map<AttemptId, TaskId> m_accepted;  ///< results that the server acknowledged
  std::uint64_t m_submitted = 0;
};

void surviveLosses(PowerLoss loss, std::uint64_t seed) {
  Server server(loss, seed);
  Grid grid(server);
  server.scheduleLoss();
  while (server.losses < kPowerLosses) grid.step(true);
  server.stopLosses();
  for (int steps = 0; server.openBatches() > 0; ++steps) {
    REQUIRE(steps < 100'000);
    grid.step(false);
  }
  server.close();
  grid.check(server.read());
  CHECK(grid.accepted() > kPowerLosses);
  if (loss.keptOfTen == 0) CHECK(server.inDoubtKept == 0);
  if (loss.keptOfTen == 10) CHECK(server.inDoubtKept > 0);
}

}  // namespace

TEST_CASE("power loss: what was acknowledged survives when everything else is lost") { surviveLosses({0}, 1); }

TEST_CASE("power loss: what was acknowledged survives a loss of everything else, with another seed") {
  surviveLosses({0}, 2);
}

TEST_CASE("power loss: sectors that got to the disk before their sync do no harm when they are few") {
  surviveLosses({3}, 3);
}

TEST_CASE("power loss: sectors that got to the disk before their sync do no harm when they are many") {
  surviveLosses({8}, 4);
}

TEST_CASE("power loss: a round that is on the disk but was not acknowledged is kept whole or not at all") {
  surviveLosses({10}, 5);
}
