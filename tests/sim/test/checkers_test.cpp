// SPDX-License-Identifier: GPL-3.0-or-later
// A checker that cannot fail is worth nothing: each is shown a stream that is wrong in one place.
#include "sim/checkers.h"

#include <functional>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "sim/world.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

constexpr Instant kNow = kBeginning;
constexpr Duration kTerm = Duration::minutes(10);

Digest output(std::uint8_t n) {
  Digest digest;
  digest.bytes[0] = n;
  return digest;
}

/// Plays the stream of changes and replies of one batch of three tasks, whose quorum is one unless it is said.
class Stream {
 public:
  explicit Stream(std::uint32_t quorum = 1, std::uint64_t atOnce = 0)
      : checkers({.leaseTerm = kTerm}, 1), m_quorum(quorum), m_atOnce(atOnce) {
    BatchPlan plan;
    plan.name = "0";
    plan.tasks = 3;
    plan.policy.quorum = quorum;
    plan.policy.atOnce = atOnce;
    keep({BatchInsert{BatchId{1}, plan, kNow, {}, {}, {}}});
    for (std::uint64_t host = 1; host <= 5; ++host) {
      Host each;
      each.id = HostId{host};
      keep({HostPut{each}});
    }
  }

  Checkers checkers;

  void keep(Changes changes) { checkers.committed(changes); }
  Lease lease(std::uint64_t attempt, TaskIndex task, std::uint64_t host, std::uint32_t revision = 0) {
    return {AttemptId{attempt}, {BatchId{1}, task}, revision, HostId{host}, kNow};
  }
  void give(const Lease& lease, TaskIndex cursor) {
    const Changes changes{LeaseInsert{lease}, progress(cursor)};
    core::Actions actions;
    actions.changes = changes;
    checkers.handled({0, core::Tick{}}, actions, kNow, kNow + kTerm);
    keep(changes);
  }
  BatchProgress progress(TaskIndex cursor, BatchState state = BatchState::kRunning) {
    return {BatchId{1}, state, {}, cursor, m_certified, m_failed, {}};
  }
  static AttemptRecord record(const Lease& lease, AttemptState state, std::uint8_t n = 1) {
    AttemptRecord record{lease, state, kNow, {}};
    if (state == AttemptState::kValid || state == AttemptState::kReturned || state == AttemptState::kInvalid)
      record.report.outputs = {{"out", output(n), 10, false}};
    return record;
  }
  TaskPut put(const Lease& lease, TaskState state) {
    return {lease.task, state, lease.revision, 0, state == TaskState::kCertified ? lease.attempt : AttemptId{}, {}};
  }
  void certify(const Lease& lease, TaskIndex cursor) {
    ++m_certified;
    keep({AttemptEnd{record(lease, AttemptState::kValid)}, put(lease, TaskState::kCertified), progress(cursor)});
  }
  void fail(const Lease& lease, TaskIndex cursor) {
    ++m_failed;
    keep({AttemptEnd{record(lease, AttemptState::kError)}, put(lease, TaskState::kFailed), progress(cursor)});
  }
  /// The host returned this result and is told this.
  void acknowledge(const Lease& lease, wire::AckVerdict verdict, std::uint8_t sent = 1) {
    core::SyncHost sync;
    sync.host = lease.host;
    wire::ReturnedResult result{lease.attempt, lease.task, lease.revision, {}};
    result.report.outputs = {{"out", output(sent), 10, false}};
    sync.request.results = {result};
    checkers.handled({0, sync}, {}, kNow, kNow);
    core::SyncOutcome outcome;
    outcome.acks = {{lease.attempt, verdict, {}, {}}};
    checkers.left({1, outcome});
  }
  std::string complaints() {
    std::string all;
    for (const std::string& each : checkers.complaints().kept()) all += each + "; ";
    return all;
  }

 private:
  std::uint32_t m_quorum;
  std::uint64_t m_atOnce;
  std::uint64_t m_certified = 0, m_failed = 0;
};

#define COMPLAINS(stream, words) CHECK_THAT((stream).complaints(), Catch::Contains(words))

}  // namespace

TEST_CASE("a right stream draws no complaint") {
  Stream stream;
  for (TaskIndex task = 0; task < 3; ++task) {
    const Lease lease = stream.lease(task + 1, task, task + 1);
    stream.give(lease, task + 1);
    stream.certify(lease, task + 1);
    stream.acknowledge(lease, wire::AckVerdict::kAccepted);
  }
  stream.keep({stream.progress(3, BatchState::kDone)});
  stream.checkers.finish();
  CHECK(stream.complaints() == "");
}

TEST_CASE("a task that is certified twice is seen") {
  Stream stream;
  const Lease lease = stream.lease(1, 0, 1);
  stream.give(lease, 1);
  stream.certify(lease, 1);
  stream.keep({stream.put(lease, TaskState::kCertified)});
  COMPLAINS(stream, "certified twice");

  Stream rowless;
  rowless.give(lease, 1);
  rowless.keep({AttemptEnd{Stream::record(lease, AttemptState::kValid)}});  // that is enough to certify it
  rowless.keep({rowless.put(lease, TaskState::kCertified)});
  COMPLAINS(rowless, "certified twice");

  Stream rowed;
  rowed.give(lease, 1);
  rowed.keep({rowed.put(lease, TaskState::kActive)});
  rowed.keep({AttemptEnd{Stream::record(lease, AttemptState::kValid)}});
  COMPLAINS(rowed, "its row does not say");
}

TEST_CASE("a task that is certified by too few, or with a wrong verdict, is seen") {
  Stream few(2);
  const Lease lease = few.lease(1, 0, 1);
  few.give(lease, 1);
  few.certify(lease, 1);
  COMPLAINS(few, "fewer than its quorum");

  Stream wrong;
  const Lease first = wrong.lease(1, 0, 1);
  const Lease second = wrong.lease(2, 0, 2);
  wrong.give(first, 1);
  wrong.give(second, 1);
  wrong.keep({AttemptEnd{Stream::record(second, AttemptState::kValid, 9)},
              AttemptEnd{Stream::record(first, AttemptState::kValid)}, wrong.put(first, TaskState::kCertified)});
  COMPLAINS(wrong, "verdict on attempt 2 is wrong");
}

TEST_CASE("a certified task that still runs, and a failed one, are seen") {
  Stream stream;
  const Lease first = stream.lease(1, 0, 1);
  stream.give(first, 1);
  stream.give(stream.lease(2, 0, 2), 1);
  stream.certify(first, 1);
  COMPLAINS(stream, "still runs somewhere");

  Stream failed;
  const Lease third = failed.lease(1, 0, 1);
  failed.give(third, 1);
  failed.give(failed.lease(2, 0, 2), 1);
  failed.fail(third, 1);
  COMPLAINS(failed, "it failed and still runs");
}

TEST_CASE("a lost task is seen") {
  Stream never;
  never.give(never.lease(1, 1, 1), 2);  // task 0 was passed over
  never.checkers.rebuilt(kNow);
  COMPLAINS(never, "task 1/0: it is lost");

  Stream rowless;
  const Lease lease = rowless.lease(1, 0, 1);
  rowless.give(lease, 1);
  rowless.keep({AttemptEnd{Stream::record(lease, AttemptState::kExpired)}});  // and no row for the task
  rowless.checkers.rebuilt(kNow);
  COMPLAINS(rowless, "task 1/0: it is lost");
}

TEST_CASE("work that does not end is seen") {
  Stream stream;
  stream.checkers.finish();
  COMPLAINS(stream, "does not end");
  Stream early;
  early.keep({early.progress(0, BatchState::kDone)});
  COMPLAINS(early, "tasks are not decided");
}

TEST_CASE("counts that do not add up are seen") {
  Stream stream;
  BatchProgress progress = stream.progress(0);
  progress.certified = 2;
  stream.keep({progress});
  COMPLAINS(stream, "says 2 certified");
  Stream back;
  back.keep({back.progress(2)});
  back.keep({back.progress(1)});
  COMPLAINS(back, "cursor went from 2 to 1");
}

TEST_CASE("a task that is given out wrongly is seen") {
  Stream decided;
  const Lease lease = decided.lease(1, 0, 1);
  decided.give(lease, 1);
  decided.certify(lease, 1);
  decided.give(decided.lease(2, 0, 2), 1);
  COMPLAINS(decided, "given out though it was decided");

  Stream same;
  same.give(same.lease(1, 0, 1), 1);
  same.give(same.lease(2, 0, 1), 1);
  COMPLAINS(same, "holds or returned it already");

  Stream again;
  again.give(again.lease(1, 0, 1), 1);
  again.give(again.lease(1, 1, 2), 2);
  COMPLAINS(again, "was used before");

  Stream stranger;
  stranger.give(stranger.lease(1, 0, 77), 1);
  COMPLAINS(stranger, "not enrolled");

  Stream over;
  over.keep({over.progress(0, BatchState::kCancelled)});
  over.give(over.lease(1, 0, 1), 0);
  COMPLAINS(over, "its batch is over");
}

TEST_CASE("a failed task goes on under a new revision only") {
  Stream stream;
  const Lease lease = stream.lease(1, 0, 1);
  stream.give(lease, 1);
  stream.fail(lease, 1);
  stream.keep({stream.put(lease, TaskState::kActive)});
  COMPLAINS(stream, "without a new revision");
}

TEST_CASE("attempts that end or come back against the rules are seen") {
  Stream twice;
  const Lease lease = twice.lease(1, 0, 1);
  twice.give(lease, 1);
  twice.keep({AttemptEnd{Stream::record(lease, AttemptState::kExpired)}, twice.put(lease, TaskState::kActive)});
  twice.keep({AttemptEnd{Stream::record(lease, AttemptState::kAborted)}});
  COMPLAINS(twice, "ends and is not alive");

  Stream revived;
  revived.give(lease, 1);
  revived.keep({AttemptRevive{Stream::record(lease, AttemptState::kReturned)}});
  COMPLAINS(revived, "had not expired");

  Stream verdict;
  verdict.give(lease, 1);
  verdict.keep({AttemptVerdict{lease.task, lease.attempt, AttemptState::kValid}});
  COMPLAINS(verdict, "which returned nothing");
}

TEST_CASE("an acknowledgement that is not true is seen") {
  const Lease lease = Stream().lease(1, 0, 1);
  Stream early;
  early.give(lease, 1);
  early.acknowledge(lease, wire::AckVerdict::kAccepted);
  COMPLAINS(early, "accepted and is not durable");

  Stream other;
  other.give(lease, 1);
  other.certify(lease, 1);
  other.acknowledge(lease, wire::AckVerdict::kAccepted, 2);
  COMPLAINS(other, "not what the host sent");

  Stream doubled(2);
  doubled.give(lease, 1);
  doubled.keep({AttemptEnd{Stream::record(lease, AttemptState::kExpired)}, doubled.put(lease, TaskState::kActive)});
  doubled.acknowledge(lease, wire::AckVerdict::kAccepted);
  COMPLAINS(doubled, "counted 0 times");

  Stream missed;
  missed.give(lease, 1);
  missed.acknowledge(lease, wire::AckVerdict::kNotWanted);
  COMPLAINS(missed, "is missed");

  Stream refused;
  refused.give(lease, 1);
  refused.acknowledge(lease, wire::AckVerdict::kRefused);
  COMPLAINS(refused, "its host holds it");

  Stream nobody;
  core::SyncOutcome outcome;
  outcome.acks = {{AttemptId{9}, wire::AckVerdict::kAccepted, {}, {}}};
  nobody.checkers.left({1, outcome});
  COMPLAINS(nobody, "nobody returned it");
}

TEST_CASE("a lease that leaves before it is durable is seen") {
  Stream stream;
  core::SyncOutcome outcome;
  outcome.assigned = {{stream.lease(1, 0, 1), kTerm, kTerm}};
  stream.checkers.left({1, outcome});
  COMPLAINS(stream, "not durable");
}

TEST_CASE("too many copies of a task and too many attempts at once are seen") {
  Stream copies;
  for (std::uint64_t host = 1; host <= 3; ++host) copies.give(copies.lease(host, 0, host), 1);
  CHECK(copies.complaints() == "");
  copies.give(copies.lease(4, 0, 4), 1);
  COMPLAINS(copies, "one copy too many");

  Stream atOnce(1, 2);
  for (std::uint64_t host = 1; host <= 3; ++host) atOnce.give(atOnce.lease(host, host - 1, host), host);
  COMPLAINS(atOnce, "more than its batch may have at once");
}

TEST_CASE("a lease without a timer is seen") {
  Stream stream;
  const Lease lease = stream.lease(1, 0, 1);
  stream.give(lease, 1);
  stream.checkers.handled({0, core::Tick{}}, {}, kNow, kNow + kTerm);
  CHECK(stream.complaints() == "");
  stream.checkers.handled({0, core::Tick{}}, {}, kNow, kNow + kTerm + Duration::seconds(1));
  COMPLAINS(stream, "has no timer");
}

TEST_CASE("after a restart every live lease must have a timer") {
  Stream stream;
  stream.give(stream.lease(1, 0, 1), 1);
  stream.checkers.rebuilt(kNow + Duration::hours(1));
  stream.checkers.handled({0, core::Tick{}}, {}, kNow + Duration::hours(1), Instant::farFuture());
  COMPLAINS(stream, "has no timer");
}

TEST_CASE("a dispatcher that holds more than it needs, or less, is seen") {
  Stream stream;
  stream.give(stream.lease(1, 0, 1), 1);
  core::DispatcherStats stats;
  stats.hosts = 5;
  stats.openBatches = 1;
  stats.liveAttempts = 1;
  stats.tasksWaitingAgain = 1;
  stream.checkers.checkMemory(stats);
  CHECK(stream.complaints() == "");
  stats.tasksWaitingAgain = 2;
  stream.checkers.checkMemory(stats);
  COMPLAINS(stream, "2 waiting tasks");
  stats.openBatches = 2;
  stream.checkers.checkMemory(stats);
  COMPLAINS(stream, "2 open batches");
  stats.hosts = 6;
  stream.checkers.checkMemory(stats);
  COMPLAINS(stream, "6 hosts");
  stats.liveAttempts = 0;
  stream.checkers.checkMemory(stats);
  COMPLAINS(stream, "forgot a live lease");
}

TEST_CASE("another durable hash after a restart is seen") {
  Stream stream;
  stream.checkers.checkHash(5, 5);
  CHECK(stream.complaints() == "");
  stream.checkers.checkHash(5, 6);
  COMPLAINS(stream, "another durable hash");
}

TEST_CASE("a join token that is used for nothing is seen") {
  Stream stream;
  JoinToken token{output(1), AccountId{1}, 5, kNow + Duration::days(1)};
  stream.keep({JoinTokenPut{token}});
  token.usesLeft = 4;
  stream.keep({JoinTokenPut{token}});
  CHECK(stream.complaints() == "");
  token.usesLeft = 0xFFFFFFFF;
  stream.keep({JoinTokenPut{token}});
  COMPLAINS(stream, "do not go down by one");
}

TEST_CASE("an account that is served before its turn is seen") {
  Complaints complaints;
  FairnessChecker fairness(complaints);
  core::Actions submitted;
  for (std::uint64_t id = 1; id <= 2; ++id) {
    BatchPlan plan;
    plan.owner = AccountId{id};
    plan.tasks = 100;
    submitted.changes.push_back(BatchInsert{BatchId{id}, plan, kNow, {}, {}, {}});
  }
  submitted.changes.push_back(AccountWeightPut{AccountId{2}, 2});
  fairness.handled(submitted);
  const auto give = [&](std::uint64_t batch, TaskIndex task) {
    core::Actions actions;
    actions.changes = {LeaseInsert{{AttemptId{batch * 1'000 + task}, {BatchId{batch}, task}, 0, HostId{1}, kNow}}};
    fairness.handled(actions);
  };
  for (TaskIndex turn = 0; turn < 20; ++turn) {
    give(1, turn);
    give(2, 2 * turn);
    give(2, 2 * turn + 1);
  }
  CHECK(complaints.count() == 0);
  give(1, 20);
  give(1, 21);
  give(1, 22);
  CHECK(complaints.count() == 1);
}
