// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/runtime/runtime.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "unit/runtime/harness.h"

using namespace hearth;
using namespace hearth::server;
using namespace std::chrono_literals;

namespace {

template <typename T>
bool isReady(const std::future<T>& future, std::chrono::milliseconds within = 0ms) {
  return future.wait_for(within) == std::future_status::ready;
}

core::CreateJoinToken joinToken(std::uint8_t secret, std::uint32_t uses = 1) {
  core::CreateJoinToken create;
  create.token.secretHash.bytes.fill(secret);
  create.token.account = AccountId{1};
  create.token.usesLeft = uses;
  create.token.expires = Instant::farFuture();
  return create;
}

AccountInsert accountNamed(const std::string& name) {
  AccountInsert insert;
  insert.account.name = name;
  return insert;
}

/// A host that asks for work and returns it.
struct HostUnderTest {
  Harness& harness;
  HostId id;
  Digest key;

  HostUnderTest(Harness& h, std::uint8_t seed) : harness(h) {
    key.bytes.fill(seed);
    REQUIRE(harness.ask(joinToken(seed)));
    core::EnrolHost enrol;
    enrol.tokenHash.bytes.fill(seed);
    enrol.key = key;
    enrol.description.platform = "linux-x86_64";
    enrol.description.processors = 64;
    enrol.description.memoryBytes = enrol.description.diskBytes = 1ULL << 40;
    enrol.description.sandbox = SandboxTier::kCgroup;
    const ReplyBody body = harness.ask(enrol);
    if (!body) FAIL(body.error().message);
    id = std::get<core::HostEnrolled>(*body).host;
  }

  core::SyncOutcome sync(std::uint32_t tasks, std::vector<Lease> finished = {}, ExitKind exit = ExitKind::kOk) {
    core::SyncHost event;
    event.host = id;
    event.key = key;
    event.request.free = {tasks, 64, 1ULL << 40, 1ULL << 40};
    for (const Lease& lease : finished) {
      wire::ReturnedResult result{lease.attempt, lease.task, lease.revision, {}};
      result.report.exit = exit;
      event.request.results.push_back(std::move(result));
    }
    event.missing.resize(finished.size());
    const ReplyBody body = harness.ask(std::move(event));
    if (!body) FAIL(body.error().message);
    return std::get<core::SyncOutcome>(*body);
  }
  std::vector<Lease> take(std::uint32_t tasks) {
    std::vector<Lease> leases;
    for (const auto& assigned : sync(tasks).assigned) leases.push_back(assigned.lease);
    return leases;
  }
};

std::uint64_t storedFailures(Harness& harness, BatchId batch) {
  return harness.memory.read->batch(batch).value()->progress.failed;
}

}  // namespace

TEST_CASE("a reply leaves only after its commit") {
  Harness harness;
  harness.start();
  harness.store->close();
  auto answer = harness.post(batchNamed("one"));
  harness.store->waitUntilOneWaits();
  CHECK_FALSE(isReady(answer, 50ms));
  CHECK_FALSE(harness.memory.read->batch(BatchId{1}).value());
  harness.store->open();
  const BatchId batch = batchOf(Harness::wait(std::move(answer)));
  CHECK(harness.memory.read->batch(batch).value());
}

TEST_CASE("an answer that rests on a change under way waits for it too") {
  Harness harness;
  harness.start();
  harness.store->close();
  auto first = harness.post(batchNamed("one"));
  harness.store->waitUntilOneWaits();
  auto again = harness.post(batchNamed("one"));  // changes nothing itself
  CHECK_FALSE(isReady(again, 50ms));
  harness.store->open();
  const BatchId batch = batchOf(Harness::wait(std::move(first)));
  const ReplyBody body = Harness::wait(std::move(again));
  CHECK(batchOf(body) == batch);
  CHECK(std::get<core::BatchAccepted>(*body).existed);
}

TEST_CASE("what arrives during a commit makes one next round") {
  Harness harness;
  harness.start();
  harness.store->close();
  std::vector<Harness::Answer> answers;
  answers.push_back(harness.post(batchNamed("first")));
  harness.store->waitUntilOneWaits();
  for (int i = 0; i < 100; ++i) answers.push_back(harness.post(batchNamed(std::to_string(i))));
  auto account = harness.commit({accountNamed("ada")});
  harness.settle();
  harness.store->open();
  for (auto& answer : answers) CHECK(Harness::wait(std::move(answer)));
  CHECK(Harness::wait(std::move(account)).value() == db::Outcome::kDone);
  CHECK(harness.store->applies() == 2);
}

TEST_CASE("of a batch that many events of a round change, its last state is kept") {
  Harness harness;
  harness.start();
  const BatchId batch = batchOf(Harness::wait(harness.post(batchNamed("one"))));
  harness.store->close();
  auto first = harness.post(batchNamed("two"));
  harness.store->waitUntilOneWaits();
  std::vector<Harness::Answer> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(harness.post(core::PauseBatch{batch, "pause " + std::to_string(i)}));
    answers.push_back(harness.post(core::ResumeBatch{batch}));
  }
  answers.push_back(harness.post(core::PauseBatch{batch, "at last"}));
  harness.settle();
  harness.store->open();
  for (auto& answer : answers) CHECK(Harness::wait(std::move(answer)));
  CHECK(Harness::wait(std::move(first)));
  const auto kept = harness.memory.read->batch(batch);
  REQUIRE((kept && *kept));
  CHECK((*kept)->progress.state == BatchState::kPaused);
  CHECK((*kept)->progress.reason == "at last");
}

TEST_CASE("directory changes tell their own outcome and do not spoil the round") {
  Harness harness;
  harness.start();
  REQUIRE(Harness::wait(harness.commit({accountNamed("ada")})).value() == db::Outcome::kDone);
  harness.store->close();
  auto first = harness.post(batchNamed("one"));
  harness.store->waitUntilOneWaits();
  auto batch = harness.post(batchNamed("two"));
  auto taken = harness.commit({accountNamed("ada")});
  auto free = harness.commit({accountNamed("bob")});
  harness.store->open();
  CHECK(Harness::wait(std::move(taken)).value() == db::Outcome::kConflict);
  CHECK(Harness::wait(std::move(free)).value() == db::Outcome::kDone);
  CHECK(Harness::wait(std::move(batch)));
  CHECK(harness.memory.read->accountByName("bob").value());
}

TEST_CASE("a failed commit discards both rounds, answers everybody, and leaves the state that is stored") {
  Harness harness;
  harness.start();
  batchOf(harness.ask(batchNamed("kept")));
  harness.store->close();
  harness.store->failApplies(1);
  auto inFlight = harness.post(batchNamed("in flight"));
  harness.store->waitUntilOneWaits();
  auto next = harness.post(batchNamed("next"));
  auto account = harness.commit({accountNamed("ada")});
  harness.settle();
  harness.store->open();
  for (auto* answer : {&inFlight, &next}) {
    const ReplyBody body = Harness::wait(std::move(*answer));
    REQUIRE_FALSE(body);
    CHECK(body.error().code == ErrorCode::kUnavailable);
    CHECK(body.error().message.find("made to fail") != std::string::npos);
    CHECK_FALSE(body.error().hint.empty());
  }
  CHECK_FALSE(Harness::wait(std::move(account)));
  REQUIRE(harness.recovers());
  CHECK(harness.liveHash() == harness.storedHash());
  CHECK(harness.memory.read->batches(AccountId{}, BatchId{}, 10).value().size() == 1);
  CHECK_FALSE(harness.memory.read->accountByName("ada").value());
  CHECK(batchOf(harness.ask(batchNamed("kept"))) == BatchId{1});
  CHECK(harness.runtime->stats().failedRounds == 1);
}

TEST_CASE("while the store fails, events are refused at once and trouble says why") {
  Harness harness;
  harness.start();
  harness.store->failApplies(1'000'000, ErrorCode::kExhausted);
  CHECK(harness.ask(batchNamed("one")).error().code == ErrorCode::kExhausted);
  const auto trouble = harness.runtime->trouble();
  REQUIRE(trouble);
  CHECK(trouble->message.find("made to fail") != std::string::npos);
  auto refused = harness.post(batchNamed("two"));
  REQUIRE(isReady(refused));
  CHECK(refused.get().error().code == ErrorCode::kExhausted);
  auto refusedUnit = harness.commit({accountNamed("ada")});
  REQUIRE(isReady(refusedUnit));
  CHECK_FALSE(refusedUnit.get());
  CHECK(Harness::eventually([&] { return harness.liveHash() == harness.storedHash(); }));  // it can still be asked
  std::this_thread::sleep_for(100ms);
  CHECK(harness.runtime->trouble());
  harness.store->failApplies(0);
  REQUIRE(harness.recovers());
  CHECK(harness.ask(batchNamed("three")));
}

TEST_CASE("a store that failed is left alone, and the server says why, until it may be tried again") {
  Harness harness;
  std::atomic<bool> room{false};
  harness.options.mayTryAgain = [&room]() -> Result<void> {
    if (room) return {};
    return fail(ErrorCode::kExhausted, "three bytes are free", "Free some space.");
  };
  harness.start();
  harness.store->failApplies(1, ErrorCode::kExhausted);
  CHECK_FALSE(harness.ask(batchNamed("lost")));
  const auto saysWhy = [&] {
    const auto trouble = harness.runtime->trouble();
    return trouble && trouble->message.find("three bytes") != std::string::npos;
  };
  REQUIRE(Harness::eventually(saysWhy));
  const int applies = harness.store->applies();
  std::this_thread::sleep_for(10 * std::chrono::milliseconds(20));
  CHECK(harness.store->applies() == applies);
  CHECK(saysWhy());
  CHECK(harness.ask(batchNamed("refused")).error().code == ErrorCode::kExhausted);
  CHECK(harness.look<bool>([](const core::Dispatcher&) { return true; }));  // still looked at
  room = true;
  REQUIRE(harness.recovers());
  CHECK(harness.ask(batchNamed("kept")));
}

TEST_CASE("a store that cannot be read either is tried again until it can") {
  Harness harness;
  harness.start();
  batchOf(harness.ask(batchNamed("kept")));
  harness.store->failRestores(3);
  harness.store->failApplies(3);
  CHECK_FALSE(harness.ask(batchNamed("lost")));
  REQUIRE(harness.recovers());
  CHECK(harness.liveHash() == harness.storedHash());
  CHECK(batchOf(harness.ask(batchNamed("kept"))) == BatchId{1});
}

TEST_CASE("a change that contradicts the store is refused and the state read again") {
  Harness harness;
  harness.start();
  batchOf(harness.ask(batchNamed("kept")));
  harness.store->close();
  auto first = harness.post(batchNamed("first"));
  harness.store->waitUntilOneWaits();
  auto second = harness.post(batchNamed("second"));
  auto account = harness.commit({accountNamed("ada")});
  harness.settle();
  harness.store->open();
  CHECK(Harness::wait(std::move(first)));
  CHECK(Harness::wait(std::move(second)));
  CHECK(Harness::wait(std::move(account)));
  harness.store->contradict();
  CHECK_FALSE(harness.ask(batchNamed("third")));
  REQUIRE(harness.recovers());
  CHECK(harness.liveHash() == harness.storedHash());
  CHECK(harness.ask(batchNamed("third")));
}

TEST_CASE("a store that cannot be read at start is reported") {
  Harness harness;
  harness.store->failRestores(1);
  const auto started = server::Runtime::start(harness.options, harness.store);
  REQUIRE_FALSE(started);
  CHECK(started.error().message.find("made to fail") != std::string::npos);
}

TEST_CASE("more than the inbox holds is refused, and what was accepted is done") {
  Harness harness;
  harness.options.inbox = 100;
  harness.start();
  harness.store->close();
  std::vector<Harness::Answer> answers;
  answers.push_back(harness.post(joinToken(1)));
  harness.store->waitUntilOneWaits();
  for (int i = 0; i < 20'000; ++i) answers.push_back(harness.post(joinToken(static_cast<std::uint8_t>(i))));
  const auto refusedAtOnce = std::count_if(answers.begin(), answers.end(), [](const auto& a) { return isReady(a); });
  CHECK(refusedAtOnce >= 20'000 - 8'192 - 2 * 100);
  CHECK(harness.runtime->stats().refused == static_cast<std::uint64_t>(refusedAtOnce));
  harness.store->open();
  std::size_t done = 0;
  for (auto& answer : answers) {
    const ReplyBody body = Harness::wait(std::move(answer));
    if (body) ++done;
    if (!body) CHECK(body.error().code == ErrorCode::kUnavailable);
  }
  CHECK(done == answers.size() - static_cast<std::size_t>(refusedAtOnce));
}

TEST_CASE("the inbox is bounded by bytes too") {
  Harness harness;
  harness.options.inboxBytes = 4 * limits::kMiB;
  harness.start();
  harness.store->close();
  auto first = harness.post(joinToken(1));
  harness.store->waitUntilOneWaits();
  std::size_t refused = 0;
  for (int i = 0; i < 100; ++i) {
    core::SubmitBatch submit = batchNamed(std::to_string(i));
    submit.spec.assign(limits::kMiB, ' ');
    if (isReady(harness.post(std::move(submit)))) ++refused;
  }
  CHECK(refused > 0);
  harness.store->open();
}

TEST_CASE("draining does what was accepted, then refuses") {
  Harness harness;
  harness.start();
  std::vector<Harness::Answer> answers;
  for (int i = 0; i < 3'000; ++i) answers.push_back(harness.post(batchNamed(std::to_string(i))));
  harness.runtime->drain();
  for (auto& answer : answers) CHECK(batchOf(Harness::wait(std::move(answer))));
  CHECK(harness.liveHash() == harness.storedHash());
  auto late = harness.post(batchNamed("late"));
  REQUIRE(isReady(late));
  CHECK(late.get().error().code == ErrorCode::kUnavailable);
  harness.runtime->drain();
}

TEST_CASE("draining ends while the store fails") {
  Harness harness;
  harness.start();
  harness.store->failApplies(1'000'000);
  CHECK_FALSE(harness.ask(batchNamed("one")));
  harness.runtime->drain();
  CHECK(harness.runtime->trouble());
}

TEST_CASE("notices of a batch are coalesced and come after the commit") {
  Harness harness;
  harness.start();
  std::mutex mutex;
  std::vector<core::BatchNotice> notices;
  harness.runtime->onNotice([&](const core::BatchNotice& notice) {
    const std::lock_guard lock(mutex);
    notices.push_back(notice);
  });
  const BatchId batch = batchOf(harness.ask(batchNamed("one")));
  harness.store->close();
  auto other = harness.post(batchNamed("other"));
  harness.store->waitUntilOneWaits();
  std::vector<Harness::Answer> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(harness.post(core::PauseBatch{batch, "for a while"}));
    answers.push_back(harness.post(core::ResumeBatch{batch}));
  }
  answers.push_back(harness.post(core::PauseBatch{batch, "at last"}));
  harness.settle();
  harness.store->open();
  for (auto& answer : answers) CHECK(Harness::wait(std::move(answer)));
  harness.runtime->drain();
  const std::lock_guard lock(mutex);
  REQUIRE(notices.size() == 3);
  CHECK(notices[2].progress.batch == batch);
  CHECK(notices[2].progress.reason == "at last");
  CHECK(harness.memory.read->batch(batch).value()->progress == notices[2].progress);
}

TEST_CASE("leases lapse by the clock, and expire at their deadline") {
  Harness harness;
  harness.start();
  const BatchId batch = batchOf(harness.ask(batchNamed("one", 5)));
  HostUnderTest host(harness, 7);
  REQUIRE(host.take(3).size() == 3);
  harness.seconds += 3600;
  REQUIRE(Harness::eventually([&] {
    return harness.look<std::uint64_t>([](const core::Dispatcher& d) { return d.stats().lapsedAttempts; }) == 3;
  }));
  harness.seconds += 24 * 3600;
  REQUIRE(Harness::eventually([&] {
    return harness.look<std::uint64_t>([](const core::Dispatcher& d) { return d.stats().leasesExpired; }) == 3;
  }));
  REQUIRE(Harness::eventually([&] {
    const db::TaskRecord task = harness.memory.read->task({batch, 0}).value().value();
    return task.attempts.size() == 1 && task.attempts[0].state == AttemptState::kExpired;
  }));
}

TEST_CASE("a lone caller is not held up by what was gathered for many before") {
  Harness harness;
  harness.start();
  for (int round = 0; round < 20; ++round) {
    std::vector<std::future<ReplyBody>> many;
    for (int i = 0; i < 200; ++i) many.push_back(harness.post(batchNamed("many")));
    for (auto& answer : many) REQUIRE(Harness::wait(std::move(answer)));
  }
  // Held up until the next look at the clock, these would take twenty seconds.
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) REQUIRE(harness.ask(batchNamed("alone")));
  CHECK(std::chrono::steady_clock::now() - begin < 8s);
}

TEST_CASE("rows that a retry needs are loaded, also when the store fails to read at first") {
  Harness harness;
  harness.start();
  const BatchId batch = batchOf(harness.ask(batchNamed("one", 4)));
  HostUnderTest host(harness, 7);
  const auto leases = host.take(4);
  REQUIRE(leases.size() == 4);
  host.sync(0, leases, ExitKind::kExitCode);
  REQUIRE(storedFailures(harness, batch) == 4);
  harness.store->failLoads(2);
  CHECK(harness.ask(core::RetryFailed{batch}));
  REQUIRE(Harness::eventually([&] { return storedFailures(harness, batch) == 0; }));
  HostUnderTest second(harness, 8);
  const auto again = second.take(4);
  REQUIRE(again.size() == 4);
  CHECK(again.front().revision == 1);
  second.sync(0, again);
  CHECK(harness.memory.read->batch(batch).value()->progress.state == BatchState::kDone);
  CHECK(harness.liveHash() == harness.storedHash());
}

TEST_CASE("under load from many threads and with commits that fail, what is acknowledged is stored") {
  Harness harness;
  harness.options.probeEvery = Duration::milliseconds(1);
  harness.start();
  std::atomic<bool> stop{false};
  std::thread saboteur([&] {
    while (!stop) {
      harness.store->failApplies(1);
      std::this_thread::sleep_for(4ms);
    }
    harness.store->failApplies(0);
  });
  std::vector<std::thread> clients;
  std::mutex mutex;
  std::vector<std::pair<BatchId, std::string>> acknowledged;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&, client] {
      for (int i = 0; i < 1000; ++i) {
        const std::string name = std::to_string(client) + "-" + std::to_string(i);
        const ReplyBody body = harness.post(batchNamed(name)).get();
        if (!body) {
          std::this_thread::sleep_for(1ms);
          continue;
        }
        const std::lock_guard lock(mutex);
        acknowledged.emplace_back(std::get<core::BatchAccepted>(*body).batch, name);
      }
    });
  }
  for (auto& client : clients) client.join();
  stop = true;
  saboteur.join();
  REQUIRE(harness.recovers());
  CHECK_FALSE(acknowledged.empty());
  for (const auto& [batch, name] : acknowledged) {
    const auto stored = harness.memory.read->batch(batch).value();
    REQUIRE(stored);
    CHECK(stored->plan.name == name);
  }
  CHECK(harness.liveHash() == harness.storedHash());
  CHECK(harness.runtime->stats().failedRounds > 0);
}
