// SPDX-License-Identifier: GPL-3.0-or-later
// What every store does. The dispatcher's rows; the directory and its conflicts have their own file.
#include <catch2/catch.hpp>

#include "base/limits.h"
#include "support/store_backends.h"
#include "support/store_sample.h"
#include "support/store_text.h"

using namespace hearth;
using namespace hearth::tests;

namespace {

std::vector<std::uint64_t> idsOf(const std::vector<db::BatchRecord>& batches) {
  std::vector<std::uint64_t> ids;
  for (const db::BatchRecord& batch : batches) ids.push_back(batch.batch.value);
  return ids;
}

std::vector<TaskIndex> indicesOf(const std::vector<TaskPut>& tasks) {
  std::vector<TaskIndex> indices;
  for (const TaskPut& task : tasks) indices.push_back(task.task.index);
  return indices;
}

}  // namespace

TEMPLATE_TEST_CASE("a new store is empty and counts from 1", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  const Snapshot snapshot = must(backend.store().restore());
  CHECK(snapshot.counters == CountersPut{});
  CHECK(snapshot.batches.empty());
  CHECK(snapshot.leases.empty());
  CHECK(snapshot.tasks.empty());
  CHECK(snapshot.hosts.empty());
  CHECK(snapshot.joinTokens.empty());
  CHECK(snapshot.accountWeights.empty());
  CHECK(must(backend.store().apply({})).empty());
  CHECK_FALSE(must(backend.read().batch({1})));
  CHECK_FALSE(must(backend.read().task({{1}, 0})));
}

TEMPLATE_TEST_CASE("a batch is read back as it was inserted", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  BatchInsert insert = sampleBatch(7, 3, 1'000'000'000, "key \"1\"");
  insert.plan.name = std::string("nul \0 and quote '", 17);
  insert.spec = std::string(300'000, 'x');
  insert.plan.requirements.memoryBytes = ~0ULL;
  insert.plan.application = "ecm";
  insert.plan.policy.weight = 9;
  insert.plan.policy.distinct = Distinct::kAccounts;
  insert.plan.requirements.runtime = Runtime::kWasm;
  insert.plan.requirements.gpus = 2;
  insert.plan.requirements.gpuApi = DeviceApi::kVulkan;
  CHECK(applyOne(backend.store(), {insert}) == db::Outcome::kDone);
  backend.reopen();

  const auto record = must(backend.read().batch({7}));
  REQUIRE(record);
  CHECK(record->batch == BatchId{7});
  CHECK(record->plan == insert.plan);
  CHECK(record->created == insert.created);
  CHECK(record->progress == progressOf(7, BatchState::kOpen));
  CHECK(must(backend.read().batchSpec({7})) == insert.spec);
  CHECK_FALSE(must(backend.read().batchSpec({8})));
  CHECK(must(backend.read().batchByKey({3}, "key \"1\"")) == BatchId{7});
  CHECK_FALSE(must(backend.read().batchByKey({4}, "key \"1\"")));
  CHECK_FALSE(must(backend.read().batchByKey({3}, "")));

  const Snapshot snapshot = must(backend.store().restore());
  REQUIRE(snapshot.batches.size() == 1);
  CHECK(snapshot.batches[0].plan == insert.plan);
  CHECK(snapshot.batches[0].idempotencyKey == insert.idempotencyKey);
  CHECK(snapshot.batches[0].created == insert.created);
}

TEMPLATE_TEST_CASE("what a host runs and the devices it lends are kept", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  Host host = sampleHost(1, 1);
  host.description.runtimes = {Runtime::kWasm, Runtime::kOci};
  host.description.gpus = {{"a card", {DeviceApi::kOpenCl, DeviceApi::kCuda}, 8ULL << 30}, {"another", {}, 0}};
  applyOne(backend.store(), {HostPut{host}});
  backend.reopen();
  CHECK(must(backend.store().restore()).hosts == std::deque<Host>{host});
}

TEMPLATE_TEST_CASE("of an attempt's checkpoints the newest is kept until it is dropped", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  const TaskId task{{1}, 7}, other{{1}, 8};
  const CheckpointPut first{task, {3}, {digestOf(1), 10}, false}, newer{task, {3}, {digestOf(2), 20}, true},
      second{task, {4}, {digestOf(2), 20}, false}, last{other, {5}, {digestOf(3), 1}, false};
  applyOne(backend.store(), {first, newer, second, last});
  backend.reopen();
  const auto kept = [&] { return must(backend.store().restore()).checkpoints; };
  CHECK(kept() == std::vector<CheckpointPut>{newer, second, last});
  applyOne(backend.store(), {CheckpointDrop{task, {4}}});
  CHECK(kept() == std::vector<CheckpointPut>{newer, last});
  applyOne(backend.store(), {CheckpointDrop{task, {}}});
  CHECK(kept() == std::vector<CheckpointPut>{last});
}

TEMPLATE_TEST_CASE("a host's speed and an account's weight are kept, the last one counts", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  Host host = sampleHost(1, 1);
  host.description.speed = 4'000'000'000;
  applyOne(backend.store(), {HostPut{host}, AccountWeightPut{{2}, 5}, AccountWeightPut{{1}, 3}});
  applyOne(backend.store(), {AccountWeightPut{{2}, 7}});
  backend.reopen();
  const Snapshot snapshot = must(backend.store().restore());
  CHECK(snapshot.hosts == std::deque<Host>{host});
  CHECK(snapshot.accountWeights == std::vector<AccountWeightPut>{{{1}, 3}, {{2}, 7}});
}

TEMPLATE_TEST_CASE("a batch's progress replaces the one before", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  BatchProgress progress = progressOf(1, BatchState::kPaused, 900);
  progress.reason = "stopped after 13 failed tasks";
  progress.certified = 800;
  progress.failed = 13;
  applyOne(backend.store(), {sampleBatch(1, 1, 1000), progressOf(1, BatchState::kRunning, 5), progress});
  backend.reopen();
  CHECK(must(backend.read().batch({1}))->progress == progress);
}

TEMPLATE_TEST_CASE("batches are listed newest first, by owner or of everybody, page by page", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  for (std::uint64_t id = 1; id <= 9; ++id) applyOne(backend.store(), {sampleBatch(id, id % 2 + 1, 1)});
  db::ReadStore& read = backend.read();
  using Ids = std::vector<std::uint64_t>;
  CHECK(idsOf(must(read.batches({}, {}, 3))) == Ids{9, 8, 7});
  CHECK(idsOf(must(read.batches({}, {7}, 3))) == Ids{6, 5, 4});
  CHECK(idsOf(must(read.batches({}, {2}, 3))) == Ids{1});
  CHECK(idsOf(must(read.batches({}, {1}, 3))).empty());
  CHECK(idsOf(must(read.batches({2}, {}, 2))) == Ids{9, 7});
  CHECK(idsOf(must(read.batches({2}, {7}, 100))) == Ids{5, 3, 1});
  CHECK(idsOf(must(read.batches({9}, {}, 100))).empty());
  CHECK(idsOf(must(read.batches({}, {~0ULL}, ~std::size_t{0}))).size() == 9);
  CHECK(must(read.batches({}, {}, 0)).empty());
}

TEMPLATE_TEST_CASE("a task goes from lease to certified result", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  const Lease first = leaseOf(1, 1, 4);
  const Lease second = leaseOf(2, 1, 4);
  applyOne(backend.store(), {sampleBatch(1, 1, 10), progressOf(1, BatchState::kRunning, 5), LeaseInsert{first}});
  CHECK(must(backend.store().restore()).leases == std::deque<Lease>{first});

  AttemptRecord failed = recordOf(first, AttemptState::kError);
  failed.report = {ExitKind::kExitCode, -7, "exit code -7", {Duration::seconds(1), {}, 5}, {}, {}, digestOf(8)};
  TaskPut waiting = taskOf(1, 4, TaskState::kActive);
  waiting.failures = 1;
  applyOne(backend.store(), {AttemptEnd{failed}, waiting, LeaseInsert{second}});
  const AttemptRecord good = recordOf(second, AttemptState::kValid);
  TaskPut certified = taskOf(1, 4, TaskState::kCertified, 2);
  certified.failures = 1;
  applyOne(backend.store(), {AttemptEnd{good}, certified});
  backend.reopen();

  const auto task = must(backend.read().task({{1}, 4}));
  REQUIRE(task);
  CHECK(task->task == certified);
  CHECK(task->attempts == std::vector<AttemptRecord>{failed, good});
  const auto results = must(backend.read().results({1}, 0, 100));
  REQUIRE(results.size() == 1);
  CHECK(results[0].index == 4);
  CHECK(results[0].record == good);
  const Snapshot snapshot = must(backend.store().restore());
  CHECK(snapshot.leases.empty());
  CHECK(snapshot.tasks.empty());
}

TEMPLATE_TEST_CASE("a task without a row is active below the cursor and pending from it on", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  applyOne(backend.store(),
           {sampleBatch(1, 1, 3), progressOf(1, BatchState::kRunning, 1), LeaseInsert{leaseOf(1, 1, 0)}});
  CHECK(must(backend.read().task({{1}, 0}))->task == taskOf(1, 0, TaskState::kActive));
  CHECK(must(backend.read().task({{1}, 1}))->task == taskOf(1, 1, TaskState::kPending));
  CHECK(must(backend.read().task({{1}, 2}))->attempts.empty());
  CHECK_FALSE(must(backend.read().task({{1}, 3})));
  CHECK_FALSE(must(backend.read().task({{1}, ~0ULL})));
  CHECK_FALSE(must(backend.read().task({{2}, 0})));
}

TEMPLATE_TEST_CASE("a task without a row is certified by its valid record, a task with one by what its row names", "",
                   MemoryBackend, SqliteBackend) {
  TestType backend;
  Changes changes{sampleBatch(1, 1, 10), progressOf(1, BatchState::kRunning, 4)};
  const auto ends = [&](std::uint64_t attempt, TaskIndex index, AttemptState state) {
    const Lease lease = leaseOf(attempt, 1, index);
    changes.emplace_back(LeaseInsert{lease});
    changes.emplace_back(AttemptEnd{recordOf(lease, state)});
  };
  ends(1, 0, AttemptState::kAborted);
  ends(2, 0, AttemptState::kValid);
  ends(3, 1, AttemptState::kValid);
  ends(4, 1, AttemptState::kValid);
  changes.emplace_back(taskOf(1, 1, TaskState::kCertified, 4));
  ends(5, 2, AttemptState::kValid);
  changes.emplace_back(taskOf(1, 2, TaskState::kActive));  // taken up again
  ends(6, 3, AttemptState::kAborted);
  applyOne(backend.store(), std::move(changes));
  backend.reopen();

  db::ReadStore& read = backend.read();
  const TaskPut first = taskOf(1, 0, TaskState::kCertified, 2);
  CHECK(must(read.task({{1}, 0}))->task == first);
  CHECK(must(read.task({{1}, 3}))->task == taskOf(1, 3, TaskState::kActive));
  CHECK(must(read.tasks({1}, TaskState::kCertified, 0, 9)) ==
        std::vector<TaskPut>{first, taskOf(1, 1, TaskState::kCertified, 4)});
  CHECK(must(read.tasks({1}, TaskState::kCertified, 0, 1)) == std::vector<TaskPut>{first});
  const auto results = must(read.results({1}, 0, 9));
  REQUIRE(results.size() == 2);
  CHECK(results[0].record == recordOf(leaseOf(2, 1, 0), AttemptState::kValid));
  CHECK(results[1].record.lease.attempt == AttemptId{4});
  CHECK(indicesOf(must(read.tasks({1}, TaskState::kCertified, 1, 9))) == std::vector<TaskIndex>{1});
}

TEMPLATE_TEST_CASE("tasks of a state and results are paged by index", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  Changes changes{sampleBatch(1, 1, 100), sampleBatch(2, 1, 100)};
  for (TaskIndex index = 0; index < 20; ++index) {
    const Lease lease = leaseOf(index + 1, 1, index);
    changes.emplace_back(LeaseInsert{lease});
    changes.emplace_back(AttemptEnd{recordOf(lease, AttemptState::kValid)});
    changes.emplace_back(index % 3 == 0 ? taskOf(1, index, TaskState::kFailed)
                                        : taskOf(1, index, TaskState::kCertified, index + 1));
  }
  changes.emplace_back(taskOf(2, 0, TaskState::kFailed));
  applyOne(backend.store(), std::move(changes));
  backend.reopen();

  using Indices = std::vector<TaskIndex>;
  db::ReadStore& read = backend.read();
  CHECK(indicesOf(must(read.tasks({1}, TaskState::kFailed, 0, 3))) == Indices{0, 3, 6});
  CHECK(indicesOf(must(read.tasks({1}, TaskState::kFailed, 7, 100))) == Indices{9, 12, 15, 18});
  CHECK(indicesOf(must(read.tasks({1}, TaskState::kCertified, 3, 3))) == Indices{4, 5, 7});
  CHECK(must(read.tasks({1}, TaskState::kActive, 0, 100)).empty());
  CHECK(must(read.tasks({1}, TaskState::kCertified, ~0ULL, 100)).empty());
  CHECK(must(read.tasks({1}, TaskState::kFailed, ~0ULL, 100)).empty());
  CHECK(must(read.tasks({3}, TaskState::kFailed, 0, 100)).empty());

  const auto page = must(read.results({1}, 5, 3));
  REQUIRE(page.size() == 3);
  CHECK(page[0].index == 5);
  CHECK(page[1].index == 7);
  CHECK(page[2].index == 8);
  CHECK(page[2].record == recordOf(leaseOf(9, 1, 8), AttemptState::kValid));
  CHECK(must(read.results({1}, 20, 3)).empty());
  CHECK(must(read.results({1}, ~0ULL, 3)).empty());
  CHECK(must(read.results({2}, 0, 3)).empty());
}

TEMPLATE_TEST_CASE("verdicts and revivals change the record that is kept", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  const AttemptRecord expired{leaseOf(1, 1, 0), AttemptState::kExpired, {9}, {}};
  applyOne(backend.store(), {sampleBatch(1, 1, 1), LeaseInsert{leaseOf(1, 1, 0)}, LeaseInsert{leaseOf(2, 1, 0)},
                             AttemptEnd{expired}, AttemptEnd{recordOf(leaseOf(2, 1, 0), AttemptState::kReturned)}});
  CHECK(must(backend.read().task({{1}, 0}))->attempts.at(0) == expired);

  AttemptRecord revived = recordOf(leaseOf(1, 1, 0), AttemptState::kReturned);
  applyOne(backend.store(), {AttemptRevive{revived}, AttemptVerdict{{{1}, 0}, {2}, AttemptState::kInvalid},
                             AttemptVerdict{{{1}, 0}, {1}, AttemptState::kValid}});
  backend.reopen();
  revived.state = AttemptState::kValid;
  const auto attempts = must(backend.read().task({{1}, 0}))->attempts;
  CHECK(attempts == std::vector<AttemptRecord>{revived, recordOf(leaseOf(2, 1, 0), AttemptState::kInvalid)});
}

TEMPLATE_TEST_CASE("a restart is given what is not over", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  Changes changes;
  const BatchState states[] = {BatchState::kOpen, BatchState::kRunning, BatchState::kPaused, BatchState::kDone,
                               BatchState::kCancelled};
  for (std::uint64_t i = 0; i < 5; ++i) {
    changes.emplace_back(sampleBatch(i + 1, 1, 10));
    changes.emplace_back(progressOf(i + 1, states[i], 3));
    changes.emplace_back(LeaseInsert{leaseOf(10 - i, i + 1, 0)});
    changes.emplace_back(taskOf(i + 1, 1, TaskState::kActive, 0, 1));
    changes.emplace_back(taskOf(i + 1, 2, TaskState::kCertified, 1));
  }
  // Batch 2: a task in its second revision, with a record of each.
  changes.emplace_back(LeaseInsert{leaseOf(20, 2, 1, 0)});
  changes.emplace_back(AttemptEnd{recordOf(leaseOf(20, 2, 1, 0), AttemptState::kError)});
  changes.emplace_back(LeaseInsert{leaseOf(21, 2, 1, 1)});
  changes.emplace_back(AttemptEnd{recordOf(leaseOf(21, 2, 1, 1), AttemptState::kReturned)});
  changes.emplace_back(HostPut{sampleHost(2, 1)});
  changes.emplace_back(HostPut{sampleHost(1, 1)});
  changes.emplace_back(JoinTokenPut{{digestOf(1), {1}, 1, {5}}});
  changes.emplace_back(JoinTokenPut{{digestOf(1), {1}, 0, {5}}});
  changes.emplace_back(CountersPut{64, 128, 4096});
  applyOne(backend.store(), std::move(changes));
  backend.reopen();

  const Snapshot snapshot = must(backend.store().restore());
  CHECK(snapshot.counters == CountersPut{64, 128, 4096});
  REQUIRE(snapshot.batches.size() == 3);
  CHECK(snapshot.batches[0].batch == BatchId{1});
  CHECK(snapshot.batches[2].progress == progressOf(3, BatchState::kPaused, 3));
  REQUIRE(snapshot.leases.size() == 5);
  CHECK(snapshot.leases.front() == leaseOf(6, 5, 0));
  CHECK(snapshot.leases.back() == leaseOf(10, 1, 0));
  REQUIRE(snapshot.tasks.size() == 3);
  CHECK(snapshot.tasks[0].records.empty());
  CHECK(snapshot.tasks[1].task == taskOf(2, 1, TaskState::kActive, 0, 1));
  CHECK(snapshot.tasks[1].records ==
        std::vector<AttemptRecord>{recordOf(leaseOf(21, 2, 1, 1), AttemptState::kReturned)});
  CHECK(snapshot.hosts == std::deque<Host>{sampleHost(1, 1), sampleHost(2, 1)});
  CHECK(snapshot.joinTokens == std::vector<JoinToken>{{digestOf(1), {1}, 0, {5}}});
}

TEMPLATE_TEST_CASE("failed tasks are loaded in pieces that say whether more follow", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  Changes changes{sampleBatch(1, 1, 10'000), sampleBatch(2, 1, 10)};
  for (TaskIndex index = 0; index < 2 * limits::kLoadRows + 2; ++index)
    changes.emplace_back(taskOf(1, index, index % 2 == 0 ? TaskState::kFailed : TaskState::kCertified, 1));
  changes.emplace_back(taskOf(2, 5, TaskState::kFailed));
  applyOne(backend.store(), std::move(changes));

  const auto load = [&](BatchId batch, TaskIndex from) {
    return std::get<LoadedFailedTasks>(must(backend.store().load(LoadFailedTasks{batch, from})));
  };
  const LoadedFailedTasks first = load({1}, 0);
  CHECK(first.batch == BatchId{1});
  CHECK(first.more);
  REQUIRE(first.tasks.size() == limits::kLoadRows);
  CHECK(first.tasks[1] == taskOf(1, 2, TaskState::kFailed, 1));
  const LoadedFailedTasks second = load({1}, first.tasks.back().task.index + 1);
  CHECK_FALSE(second.more);
  CHECK(indicesOf(second.tasks) == std::vector<TaskIndex>{2 * limits::kLoadRows});
  const LoadedFailedTasks exactly = load({1}, 2);
  CHECK(exactly.tasks.size() == limits::kLoadRows);
  CHECK_FALSE(exactly.more);
  CHECK(load({1}, ~0ULL).tasks.empty());
  CHECK(load({3}, 0).tasks.empty());
}

TEMPLATE_TEST_CASE("a batch that is over can be loaded again", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  for (const BatchState state : {BatchState::kRunning, BatchState::kDone, BatchState::kCancelled}) {
    const std::uint64_t id = static_cast<std::uint64_t>(state) + 1;
    const BatchInsert insert = sampleBatch(id, 1, 10, "key " + std::to_string(id));
    applyOne(backend.store(), {insert, progressOf(id, state, 10)});
    const auto loaded = std::get<LoadedBatch>(must(backend.store().load(LoadBatch{{id}})));
    REQUIRE(loaded.batch.size() == 1);
    CHECK(loaded.batch[0].plan == insert.plan);
    CHECK(loaded.batch[0].progress == progressOf(id, state, 10));
    CHECK(loaded.batch[0].idempotencyKey == insert.idempotencyKey);
  }
  CHECK(std::get<LoadedBatch>(must(backend.store().load(LoadBatch{{99}}))).batch.empty());
}

TEMPLATE_TEST_CASE("a change that contradicts what is kept fails the whole call", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  applyOne(backend.store(), {sampleBatch(1, 1, 10, "key"), LeaseInsert{leaseOf(1, 1, 0)}, LeaseInsert{leaseOf(2, 1, 0)},
                             AttemptEnd{recordOf(leaseOf(2, 1, 0), AttemptState::kReturned)}});
  const std::string before = textOf(backend.store(), backend.read());
  const Changes contradictions{LeaseInsert{leaseOf(1, 1, 5)},
                               AttemptEnd{recordOf(leaseOf(9, 1, 0), AttemptState::kValid)},
                               AttemptVerdict{{{1}, 0}, {9}, AttemptState::kValid},
                               AttemptVerdict{{{1}, 1}, {2}, AttemptState::kValid},
                               AttemptRevive{recordOf(leaseOf(9, 1, 0), AttemptState::kValid)},
                               progressOf(9, BatchState::kDone),
                               sampleBatch(1, 1, 10),
                               sampleBatch(2, 1, 10, "key")};
  for (const Change& change : contradictions) {
    INFO("kind " << change.index());
    const std::vector<db::Unit> units{{{HostPut{sampleHost(1, 1)}}},
                                      {{taskOf(1, 0, TaskState::kCertified, 2), change}},
                                      {{AccountInsert{{{}, "ada", {}, {}}}}}};
    const auto result = backend.store().apply(units);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kConflict);
    CHECK_FALSE(result.error().message.empty());
    CHECK(textOf(backend.store(), backend.read()) == before);
  }
  backend.reopen();
  CHECK(textOf(backend.store(), backend.read()) == before);
}
