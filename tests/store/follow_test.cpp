// SPDX-License-Identifier: GPL-3.0-or-later
// What people keep beside batches, in every store.
#include <catch2/catch.hpp>

#include "support/store_backends.h"
#include "support/store_sample.h"

using namespace hearth;
using namespace hearth::tests;

namespace {

Message messageOf(const std::string& to, std::int64_t due) {
  return {0, MessageKind::kMail, {1}, {1}, "batch.done", to, "it is \"done\"", {5}, {due}, 0, {}};
}

}  // namespace

TEMPLATE_TEST_CASE("shares are found by their secret, listed by batch and taken back", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  const Share first{0, digestOf(1), {7}, "for the reviewers", {10}, {20}};
  const Share second{0, digestOf(2), {7}, "", {11}, {21}};
  const Share other{0, digestOf(3), {8}, "", {12}, {22}};
  for (const Share& share : {first, second, other})
    REQUIRE(applyOne(backend.store(), {FollowChange{ShareInsert{share}}}) == db::Outcome::kDone);
  backend.reopen();
  const auto listed = must(backend.read().follow().shares({7}));
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].label == "for the reviewers");
  CHECK(listed[0].id != listed[1].id);
  const auto found = must(backend.read().follow().share(digestOf(2)));
  REQUIRE(found);
  CHECK(*found == listed[1]);
  CHECK_FALSE(must(backend.read().follow().share(digestOf(4))));
  CHECK(applyOne(backend.store(), {FollowChange{ShareDelete{{8}, listed[0].id}}}) == db::Outcome::kConflict);
  CHECK(applyOne(backend.store(), {FollowChange{ShareDelete{{7}, listed[0].id}}}) == db::Outcome::kDone);
  CHECK_FALSE(must(backend.read().follow().share(digestOf(1))));
}

TEMPLATE_TEST_CASE("messages wait in the order in which they are due until they are deleted", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  for (const auto& [to, due] : {std::pair("late", 30), std::pair("early", 10), std::pair("never", 90)})
    REQUIRE(applyOne(backend.store(), {FollowChange{MessagePut{messageOf(to, due)}}}) == db::Outcome::kDone);
  backend.reopen();
  auto due = must(backend.read().follow().messagesDue({50}, 10));
  REQUIRE(due.size() == 2);
  CHECK(due[0].to == "early");
  CHECK(due[1].to == "late");
  CHECK(must(backend.read().follow().messagesDue({50}, 1)).size() == 1);
  Message again = due[0];
  again.due = {95};
  again.tries = 1;
  again.failure = "no answer";
  REQUIRE(applyOne(backend.store(), {FollowChange{MessagePut{again}}, FollowChange{MessageDelete{due[1].id}}}) ==
          db::Outcome::kDone);
  CHECK(must(backend.read().follow().messagesDue({50}, 10)).empty());
  const auto all = must(backend.read().follow().messages({1}));
  REQUIRE(all.size() == 2);
  CHECK(std::find(all.begin(), all.end(), again) != all.end());
  REQUIRE(applyOne(backend.store(), {FollowChange{MessagePut{messageOf("new", 1)}}}) == db::Outcome::kDone);
  CHECK(must(backend.read().follow().messagesDue({50}, 10)).at(0).id > 3);
}

TEMPLATE_TEST_CASE("contacts, points and what becomes of batches are kept as they were put last", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  db::FollowReads& read = backend.read().follow();
  CHECK_FALSE(must(read.contact({1})));
  CHECK_FALSE(must(read.care({1})));
  CHECK(must(read.points({1})).empty());
  const Contact contact{{1}, "ada@example.org", "https://example.org/hook", "secret"};
  const BatchCare care{{1}, {7}, {8}, true, false};
  for (const Changes& changes : {Changes{FollowChange{ContactPut{{{1}, "old", "", ""}}}},
                                 Changes{FollowChange{ContactPut{contact}}, FollowChange{BatchCarePut{care}},
                                         FollowChange{BatchPointsPut{{1}, "1 2 3 4\n"}}}}) {
    REQUIRE(applyOne(backend.store(), changes) == db::Outcome::kDone);
  }
  backend.reopen();
  CHECK(must(backend.read().follow().contact({1})) == contact);
  CHECK(must(backend.read().follow().care({1})) == care);
  CHECK(must(backend.read().follow().points({1})) == "1 2 3 4\n");
}

TEMPLATE_TEST_CASE("an account that goes takes along its address, its links and its messages, and nobody else's", "",
                   MemoryBackend, SqliteBackend) {
  TestType backend;
  const auto person = [](const std::string& name) { return AccountInsert{{{}, name, RoleSet{}, {1}}}; };
  REQUIRE(applyOne(backend.store(), {person("ada"), person("bob"), sampleBatch(1, 1, 5), sampleBatch(2, 2, 5)}) ==
          db::Outcome::kDone);
  Message others = messageOf("bob", 10);
  others.account = {2};
  for (const FollowChange& change :
       {FollowChange{ContactPut{{{1}, "ada@example.org", "", ""}}}, FollowChange{ContactPut{{{2}, "bob@x", "", ""}}},
        FollowChange{ShareInsert{{0, digestOf(1), {1}, "", {10}, {20}}}},
        FollowChange{ShareInsert{{0, digestOf(2), {2}, "", {10}, {20}}}},
        FollowChange{MessagePut{messageOf("ada", 10)}}, FollowChange{MessagePut{others}}}) {
    REQUIRE(applyOne(backend.store(), {change}) == db::Outcome::kDone);
  }
  REQUIRE(applyOne(backend.store(), {AccountErase{{1}}}) == db::Outcome::kDone);
  backend.reopen();
  db::FollowReads& read = backend.read().follow();
  CHECK_FALSE(must(read.contact({1})));
  CHECK(must(read.contact({2})));
  CHECK_FALSE(must(read.share(digestOf(1))));
  CHECK(must(read.share(digestOf(2))));
  CHECK(must(read.messagesDue({50}, 10)).size() == 1);
}

TEMPLATE_TEST_CASE("batches that ended are told once, and kept until their results are removed", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  REQUIRE(applyOne(backend.store(), firstSample()) == db::Outcome::kDone);
  const auto ids = [](const std::vector<db::BatchRecord>& rows) {
    std::vector<std::uint64_t> numbers;
    for (const db::BatchRecord& row : rows) numbers.push_back(row.batch.value);
    return numbers;
  };
  using Ids = std::vector<std::uint64_t>;
  const Instant end{1'700'000'100'000'000};
  auto& read = backend.read().follow();
  CHECK(ids(must(read.untold({0}, 10))) == Ids{3});
  CHECK(ids(must(read.untold(end + Duration::seconds(1), 10))).empty());
  CHECK(ids(must(read.ended(end + Duration::seconds(1), {}, 10))) == Ids{3});
  CHECK(ids(must(read.ended(end, {}, 10))).empty());
  CHECK(ids(must(read.ended(end + Duration::seconds(1), {3}, 10))).empty());
  REQUIRE(applyOne(backend.store(), {FollowChange{BatchCarePut{{{3}, end, {}, false, true}}}}) == db::Outcome::kDone);
  CHECK(ids(must(read.untold({0}, 10))).empty());
  CHECK(ids(must(read.ended(end + Duration::seconds(1), {}, 10))).empty());

  REQUIRE(applyOne(backend.store(), {FollowChange{ResultsRemove{{1}, 1, 3}}}) == db::Outcome::kDone);
  CHECK(must(backend.read().results({1}, 0, 10)).size() == 1);
  CHECK(must(backend.read().tasks({1}, TaskState::kFailed, 0, 10)).empty());
  CHECK(must(read.firstRecord({1}, 0)) == TaskIndex{0});
  CHECK(must(read.firstRecord({1}, 1)) == TaskIndex{3});
  CHECK_FALSE(must(read.firstRecord({1}, 4)));
  CHECK(must(backend.read().tasks({1}, TaskState::kActive, 0, 10)).size() == 1);
}

TEMPLATE_TEST_CASE("a batch that is revised is restored as it is then", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  REQUIRE(applyOne(backend.store(), {sampleBatch(1, 1, 10)}) == db::Outcome::kDone);
  Requirements needs;
  needs.memoryBytes = 77ULL << 30;
  needs.runtime = Runtime::kOci;
  REQUIRE(applyOne(backend.store(), {BatchRevise{{1}, needs, -5, "{\"other\":1}"}}) == db::Outcome::kDone);
  backend.reopen();
  const Snapshot snapshot = must(backend.store().restore());
  CHECK(snapshot.batches.at(0).plan.requirements == needs);
  CHECK(snapshot.batches.at(0).plan.policy.priority == -5);
  CHECK(snapshot.batches.at(0).plan.tasks == 10);
  CHECK(must(backend.read().batchSpec({1})) == "{\"other\":1}");
  REQUIRE(applyOne(backend.store(), {BatchRevise{{1}, needs, 6, {}}}) == db::Outcome::kDone);
  CHECK(must(backend.read().batchSpec({1})) == "{\"other\":1}");
  const std::vector<db::Unit> unknown{{{BatchRevise{{9}, needs, 6, {}}}}};
  CHECK_FALSE(backend.store().apply(unknown));
}
