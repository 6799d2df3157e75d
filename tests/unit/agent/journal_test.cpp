// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/journal/journal.h"

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/journal/database.h"
#include "unit/agent/core_world.h"
#include "unit/agent/temp_folder.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

wire::AssignedAttempt assigned(std::uint64_t number) {
  return {AttemptId{number},
          {BatchId{1}, number * 10},
          2,
          Duration::minutes(10),
          Duration::hours(24),
          {{"index", "7"}, {"name", "a\"b"}},
          {{"in/put", digestOf(5), 12}}};
}

ResultReport report() {
  ResultReport made;
  made.exit = ExitKind::kExitCode;
  made.exitCode = -3;
  made.reason = "it failed";
  made.usage = {Duration::seconds(3), Duration::seconds(2), 1000};
  made.outputs = {{"out", digestOf(1), 10, false}};
  made.standardError = digestOf(2);
  return made;
}

std::shared_ptr<const wire::Job> sharedJob() {
  auto made = job(BatchId{1});
  made.package = digestOf(9);
  made.packageSize = 100;
  made.signature = {std::string(64, 'a'), std::string(128, 'b'), {}};
  made.environment = {{"A", "b"}};
  return std::make_shared<const wire::Job>(made);
}

}  // namespace

TEST_CASE("what the journal was given is there after it is opened again") {
  TempFolder folder;
  const auto kept = sharedJob();
  {
    auto journal = Journal::open(folder / "journal.db").value();
    REQUIRE(journal->write(
        {SaveJob{kept}, SaveAttempt{assigned(1), {123}}, SaveAttempt{assigned(2), {456}},
         SavePhase{AttemptId{1}, Phase::kRunning, 2, {}}, SavePhase{AttemptId{2}, Phase::kUploading, 0, report()},
         SaveSettings{{true, true, {789}, {321}}}, SaveLedger{{Duration{7}, {0.25, {11}, Duration{13}}}}}));
  }
  const auto contents = Journal::open(folder / "journal.db").value()->load().value();
  CHECK(contents.damaged == 0);
  CHECK(contents.restored.settings == Settings{true, true, {789}, {321}});
  CHECK(contents.restored.ledger == Ledger{Duration{7}, {0.25, {11}, Duration{13}}});
  REQUIRE(contents.restored.attempts.size() == 2);
  const auto& first = contents.restored.attempts[0];
  CHECK(first.work.assigned == assigned(1));
  CHECK(*first.work.job == *kept);
  CHECK(first.phase == Phase::kRunning);
  CHECK(first.losses == 2);
  CHECK(first.received == Instant{123});
  CHECK_FALSE(first.report);
  CHECK(contents.restored.attempts[1].report == report());
}

TEST_CASE("days add up, and none is lost because a clock was set back") {
  TempFolder folder;
  {
    auto journal = Journal::open(folder / "journal.db").value();
    REQUIRE(journal->write({CountRun{1, 0, Duration::seconds(10), 20'000, 80},
                            CountRun{0, 1, Duration::seconds(5), 20'000, 40},
                            CountRun{1, 0, Duration::seconds(1), 20'001, 8}}));
    REQUIRE(journal->write({CountRun{1, 0, Duration::seconds(1), 19'635, 8}}));  // set back by a year
  }
  auto journal = Journal::open(folder / "journal.db").value();
  CHECK(journal->history(30).value() == std::vector<HistoryDay>{{19'635, 1, 0, Duration::seconds(1), 8},
                                                                {20'000, 1, 1, Duration::seconds(15), 120},
                                                                {20'001, 1, 0, Duration::seconds(1), 8}});
  CHECK(journal->history(1).value() == std::vector<HistoryDay>{{19'635, 1, 0, Duration::seconds(1), 8}});
}

TEST_CASE("four hundred days are kept, those that were added to last") {
  TempFolder folder;
  auto journal = Journal::open(folder / "journal.db").value();
  std::vector<JournalRow> rows;
  for (std::int64_t day = 0; day < 450; ++day) rows.emplace_back(CountRun{1, 0, {}, 20'000 + day, 0});
  REQUIRE(journal->write(rows));
  REQUIRE(journal->write({CountRun{1, 0, {}, 3, 0}}));  // the clock says 1970
  const auto history = journal->history(1'000).value();
  REQUIRE(history.size() == Journal::kHistoryDays);
  CHECK(history.front().day == 3);
  CHECK(history.back().day == 20'449);
}

TEST_CASE("a journal of before there were days is taken up with all that is in it") {
  TempFolder folder;
  {
    auto database = Database::open(folder / "journal.db").value();
    REQUIRE(database.execute("CREATE TABLE setting(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"));
    REQUIRE(database.execute("INSERT INTO setting VALUES('finish', 1)"));
    REQUIRE(database.execute("PRAGMA user_version=1"));
  }
  auto journal = Journal::open(folder / "journal.db").value();
  CHECK(journal->load().value().restored.settings.finish);
  CHECK(journal->history(30).value().empty());
  REQUIRE(journal->write({CountRun{1, 0, {}, 20'000, 0}}));
  CHECK(journal->history(30).value().size() == 1);
}

TEST_CASE("what is dropped is gone, and a job without attempts too") {
  TempFolder folder;
  auto journal = Journal::open(folder / "journal.db").value();
  REQUIRE(journal->write({SaveJob{sharedJob()}, SaveAttempt{assigned(1), {1}}}));
  REQUIRE(journal->write({DropAttempt{AttemptId{1}}, DropJob{BatchId{1}}}));
  CHECK(journal->load()->restored.attempts.empty());
}

TEST_CASE("kill -9 loses nothing that was reported as written") {
  TempFolder folder;
  for (int round = 0; round < 3; ++round) {
    int pipes[2];
    REQUIRE(pipe(pipes) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // The child writes one attempt after the other and says each time that it is durable.
      auto journal = Journal::open(folder / "journal.db").value();
      (void)journal->write({SaveJob{sharedJob()}});
      for (std::uint32_t i = 1;; ++i) {
        const std::uint32_t number = static_cast<std::uint32_t>(round) * 100'000 + i;
        if (!journal->write(
                {SaveAttempt{assigned(number), {1}}, SavePhase{AttemptId{number}, Phase::kReturned, 0, report()}}))
          _exit(1);
        if (write(pipes[1], &number, sizeof number) != sizeof number) _exit(1);
      }
    }
    close(pipes[1]);
    std::uint32_t last = 0;
    for (int i = 0; i < 50 + 13 * round; ++i) REQUIRE(read(pipes[0], &last, sizeof last) == sizeof last);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    std::uint32_t more = 0;
    while (read(pipes[0], &more, sizeof more) == sizeof more) last = more;
    close(pipes[0]);
    const auto contents = Journal::open(folder / "journal.db").value()->load().value();
    CHECK(contents.damaged == 0);
    std::uint32_t seen = 0;
    for (const auto& attempt : contents.restored.attempts) {
      CHECK(attempt.report.has_value());
      seen += attempt.work.assigned.attempt.value > static_cast<std::uint64_t>(round) * 100'000;
    }
    CHECK(seen >= last - static_cast<std::uint32_t>(round) * 100'000);
  }
}

TEST_CASE("a row that cannot be read is dropped and counted, the others stay") {
  TempFolder folder;
  {
    auto journal = Journal::open(folder / "journal.db").value();
    REQUIRE(journal->write({SaveJob{sharedJob()}, SaveAttempt{assigned(1), {1}}, SaveAttempt{assigned(2), {1}}}));
  }
  {
    auto database = Database::open(folder / "journal.db").value();
    REQUIRE(database.execute("UPDATE attempt SET body='{' WHERE attempt=1"));
  }
  const auto contents = Journal::open(folder / "journal.db").value()->load().value();
  CHECK(contents.damaged == 1);
  CHECK(contents.restored.attempts.size() == 1);
}

TEST_CASE("a journal of a newer agent is refused with what to do") {
  TempFolder folder;
  REQUIRE(Journal::open(folder / "journal.db"));
  {
    auto database = Database::open(folder / "journal.db").value();
    REQUIRE(database.execute("PRAGMA user_version=99"));
  }
  const auto journal = Journal::open(folder / "journal.db");
  REQUIRE_FALSE(journal);
  CHECK(journal.error().code == ErrorCode::kUnsupported);
  CHECK_FALSE(journal.error().hint.empty());
}

TEST_CASE("what could not be written waits and is written in its order later") {
  TempFolder folder;
  auto journal = Journal::open(folder / "journal.db").value();
  REQUIRE(journal->write({SaveJob{sharedJob()}}));
  {
    // Another connection that holds the write lock stands for a disk that cannot be written.
    auto other = Database::open(folder / "journal.db").value();
    REQUIRE(other.execute("BEGIN IMMEDIATE"));
    CHECK_FALSE(journal->write({SaveAttempt{assigned(1), {1}}}));
    CHECK(journal->pending() == 1);
    CHECK_FALSE(journal->write({SavePhase{AttemptId{1}, Phase::kReturned, 0, report()}}));
    REQUIRE(other.execute("ROLLBACK"));
  }
  REQUIRE(journal->write({}));
  CHECK(journal->pending() == 0);
  CHECK(journal->load()->restored.attempts.at(0).phase == Phase::kReturned);
}
