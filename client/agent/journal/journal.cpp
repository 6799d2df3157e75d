// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/journal/journal.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "agent/journal/database.h"
#include "wire/agent.h"

namespace hearth::agent {
namespace {

constexpr int kSchema = 2;        // 1: without days
constexpr double kMillion = 1e6;  // a fraction is kept in millionths
constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS job(batch INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attempt(
  attempt INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  received INTEGER NOT NULL,
  phase INTEGER NOT NULL DEFAULT 0,
  losses INTEGER NOT NULL DEFAULT 0,
  report TEXT);
CREATE TABLE IF NOT EXISTS setting(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day(
  day INTEGER PRIMARY KEY,
  finished INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  processor INTEGER NOT NULL,
  joules INTEGER NOT NULL,
  touched INTEGER NOT NULL);
)sql";
// Which days are the last is told by the order in which they were added to: clocks are set wrong.
constexpr const char* kAddToDay = R"sql(
INSERT INTO day(day, finished, failed, processor, joules, touched)
VALUES(?1, ?2, ?3, ?4, ?5, (SELECT IFNULL(MAX(touched), 0) + 1 FROM day))
ON CONFLICT(day) DO UPDATE SET finished=finished+?2, failed=failed+?3, processor=processor+?4, joules=joules+?5,
  touched=(SELECT MAX(touched) + 1 FROM day)
)sql";
constexpr const char* kDropDays = R"sql(
DELETE FROM day WHERE (SELECT COUNT(*) FROM day) > ?1
  AND day NOT IN (SELECT day FROM day ORDER BY touched DESC LIMIT ?1)
)sql";

// The bodies are messages of the wire that carry one thing, so that they have one schema and one codec.
std::string bodyOf(const wire::Job& job) {
  wire::SyncReply reply;
  reply.jobs.push_back(job);
  return wire::toJson(reply);
}

std::string bodyOf(const wire::AssignedAttempt& assigned) {
  wire::SyncReply reply;
  reply.attempts.push_back(assigned);
  return wire::toJson(reply);
}

std::string bodyOf(AttemptId attempt, const ResultReport& report) {
  wire::SyncRequest request;
  request.results.push_back({attempt, {BatchId{1}, 0}, 0, report});
  return wire::toJson(request);
}

std::optional<wire::Job> readJob(const std::string& body) {
  auto reply = wire::parseSyncReply(body);
  if (!reply || reply->jobs.size() != 1) return std::nullopt;
  return std::move(reply->jobs.front());
}

std::optional<wire::AssignedAttempt> readAssigned(const std::string& body) {
  auto reply = wire::parseSyncReply(body);
  if (!reply || reply->attempts.size() != 1) return std::nullopt;
  return std::move(reply->attempts.front());
}

std::optional<ResultReport> readReport(const std::string& body) {
  auto request = wire::parseSyncRequest(body);
  if (!request || request->results.size() != 1) return std::nullopt;
  return std::move(request->results.front().report);
}

std::int64_t signedOf(std::uint64_t number) { return static_cast<std::int64_t>(number); }

}  // namespace

struct Journal::State {
  explicit State(Database opened) : database(std::move(opened)) {}

  Database database;
  Statement putJob, dropJob, putAttempt, putPhase, putReport, dropAttempt, putSetting, addToDay, dropDays;
  std::vector<JournalRow> pending;

  Result<void> prepare() {
    const std::pair<Statement*, const char*> statements[] = {
        {&putJob, "INSERT OR REPLACE INTO job(batch, body) VALUES(?1, ?2)"},
        {&dropJob, "DELETE FROM job WHERE batch=?1"},
        {&putAttempt, "INSERT OR REPLACE INTO attempt(attempt, body, received) VALUES(?1, ?2, ?3)"},
        {&putPhase, "UPDATE attempt SET phase=?2, losses=?3, report=NULL WHERE attempt=?1"},
        {&putReport, "UPDATE attempt SET phase=?2, losses=?3, report=?4 WHERE attempt=?1"},
        {&dropAttempt, "DELETE FROM attempt WHERE attempt=?1"},
        {&putSetting, "INSERT OR REPLACE INTO setting(name, value) VALUES(?1, ?2)"},
        {&addToDay, kAddToDay},
        {&dropDays, kDropDays},
    };
    for (const auto& [statement, sql] : statements) {
      auto prepared = database.prepare(sql);
      if (!prepared) return fail(std::move(prepared).error());
      *statement = std::move(*prepared);
    }
    return {};
  }

  Result<void> apply(const SaveJob& row) {
    return putJob.bind(1, signedOf(row.job->batch.value)).bind(2, bodyOf(*row.job)).run();
  }
  Result<void> apply(const DropJob& row) { return dropJob.bind(1, signedOf(row.batch.value)).run(); }
  Result<void> apply(const SaveAttempt& row) {
    return putAttempt.bind(1, signedOf(row.assigned.attempt.value))
        .bind(2, bodyOf(row.assigned))
        .bind(3, row.received.micros)
        .run();
  }
  Result<void> apply(const SavePhase& row) {
    Statement& statement = row.report ? putReport : putPhase;
    statement.bind(1, signedOf(row.attempt.value)).bind(2, static_cast<std::int64_t>(row.phase)).bind(3, row.losses);
    if (row.report) statement.bind(4, bodyOf(row.attempt, *row.report));
    return statement.run();
  }
  Result<void> apply(const DropAttempt& row) { return dropAttempt.bind(1, signedOf(row.attempt.value)).run(); }
  Result<void> apply(const SaveSettings& row) {
    HEARTH_TRY(putSetting.bind(1, "finish").bind(2, row.settings.finish).run());
    HEARTH_TRY(putSetting.bind(1, "paused").bind(2, row.settings.paused).run());
    HEARTH_TRY(putSetting.bind(1, "paused_at").bind(2, row.settings.pausedAt.micros).run());
    return putSetting.bind(1, "paused_until").bind(2, row.settings.pausedUntil.micros).run();
  }

  Result<void> apply(const SaveLedger& row) {
    const Availability& known = row.ledger.availability;
    HEARTH_TRY(putSetting.bind(1, "charged").bind(2, row.ledger.charged.micros).run());
    HEARTH_TRY(putSetting.bind(1, "available").bind(2, std::llround(known.fraction * kMillion)).run());
    HEARTH_TRY(putSetting.bind(1, "available_known").bind(2, known.known.micros).run());
    return putSetting.bind(1, "available_seen").bind(2, known.seen.micros).run();
  }

  Result<void> apply(const CountRun& row) {
    HEARTH_TRY(addToDay.bind(1, row.day)
                   .bind(2, std::int64_t{row.finished})
                   .bind(3, std::int64_t{row.failed})
                   .bind(4, row.processorTime.micros)
                   .bind(5, signedOf(row.joules))
                   .run());
    return dropDays.bind(1, static_cast<std::int64_t>(kHistoryDays)).run();
  }

  Result<void> applyPending() {
    for (const JournalRow& row : pending) {
      HEARTH_TRY(std::visit([this](const auto& each) { return apply(each); }, row));
    }
    return {};
  }

  Result<void> commitPending() {
    HEARTH_TRY(database.execute("BEGIN IMMEDIATE"));
    auto done = applyPending();
    if (done) done = database.execute("COMMIT");
    // SQLite has rolled back by itself after some errors: a second time is an error that says nothing.
    if (!done) (void)database.execute("ROLLBACK");
    return done;
  }

  Result<void> loadSettings(Settings& settings, Ledger& ledger) {
    auto rows = database.prepare("SELECT name, value FROM setting");
    if (!rows) return fail(std::move(rows).error());
    for (;;) {
      const auto more = rows->step();
      if (!more) return fail(more.error());
      if (!*more) return {};
      const std::string name = rows->text(0);
      if (name == "finish") settings.finish = rows->number(1) != 0;
      if (name == "paused") settings.paused = rows->number(1) != 0;
      if (name == "paused_at") settings.pausedAt = {rows->number(1)};
      if (name == "paused_until") settings.pausedUntil = {rows->number(1)};
      if (name == "charged") ledger.charged = {std::max<std::int64_t>(0, rows->number(1))};
      Availability& known = ledger.availability;
      if (name == "available") known.fraction = std::clamp(static_cast<double>(rows->number(1)) / kMillion, 0.0, 1.0);
      if (name == "available_known") known.known = {std::max<std::int64_t>(0, rows->number(1))};
      if (name == "available_seen") known.seen = {rows->number(1)};
    }
  }

  using Jobs = std::map<BatchId, std::shared_ptr<const wire::Job>>;
  Result<Jobs> loadJobs(std::size_t& damaged) {
    Jobs jobs;
    auto rows = database.prepare("SELECT body FROM job");
    if (!rows) return fail(std::move(rows).error());
    for (;;) {
      const auto more = rows->step();
      if (!more) return fail(more.error());
      if (!*more) return jobs;
      if (auto job = readJob(rows->text(0))) {
        jobs[job->batch] = std::make_shared<const wire::Job>(std::move(*job));
      } else {
        ++damaged;
      }
    }
  }

  static std::optional<RestoredAttempt> readAttempt(const Statement& row, const Jobs& jobs) {
    auto assigned = readAssigned(row.text(0));
    const std::int64_t phase = row.number(2);
    if (!assigned || phase < 0 || phase > static_cast<std::int64_t>(Phase::kReturned)) return std::nullopt;
    const auto job = jobs.find(assigned->task.batch);
    if (job == jobs.end()) return std::nullopt;
    RestoredAttempt attempt;
    attempt.work = {std::move(*assigned), job->second};
    attempt.received = {row.number(1)};
    attempt.phase = static_cast<Phase>(phase);
    attempt.losses = static_cast<std::uint32_t>(row.number(3));
    if (!row.isNull(4)) {
      attempt.report = readReport(row.text(4));
      if (!attempt.report) return std::nullopt;
    }
    return attempt;
  }
};

Journal::Journal(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& file) {
  auto database = Database::open(file);
  if (!database) return fail(std::move(database).error());
  auto state = std::make_unique<State>(std::move(*database));
  auto version = state->database.prepare("PRAGMA user_version");
  if (!version) return fail(std::move(version).error());
  HEARTH_TRY(version->step());
  const std::int64_t found = version->number(0);
  version = Statement();
  if (found > kSchema) {
    return fail(ErrorCode::kUnsupported, "journal: " + file.string() + " was written by a newer hearth-agent",
                "Upgrade hearth-agent, or join again with another folder.");
  }
  HEARTH_TRY(state->database.execute(kTables));
  HEARTH_TRY(state->database.execute("PRAGMA user_version=" + std::to_string(kSchema)));
  HEARTH_TRY(state->prepare());
  return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

Result<Journal::Contents> Journal::load() {
  Contents contents;
  HEARTH_TRY(m_state->loadSettings(contents.restored.settings, contents.restored.ledger));
  auto jobs = m_state->loadJobs(contents.damaged);
  if (!jobs) return fail(std::move(jobs).error());
  auto rows = m_state->database.prepare("SELECT body, received, phase, losses, report FROM attempt ORDER BY attempt");
  if (!rows) return fail(std::move(rows).error());
  for (;;) {
    const auto more = rows->step();
    if (!more) return fail(more.error());
    if (!*more) return contents;
    if (auto attempt = State::readAttempt(*rows, *jobs)) {
      contents.restored.attempts.push_back(std::move(*attempt));
    } else {
      ++contents.damaged;
    }
  }
}

Result<void> Journal::write(std::vector<JournalRow> rows) {
  auto& pending = m_state->pending;
  if (pending.size() + rows.size() > kPendingRows) {
    return fail(ErrorCode::kExhausted, "journal: too much waits to be written", "Free some space on the agent's disk.");
  }
  pending.insert(pending.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  if (pending.empty()) return {};
  HEARTH_TRY(m_state->commitPending());
  pending.clear();
  return {};
}

Result<std::vector<HistoryDay>> Journal::history(std::uint32_t days) {
  auto rows = m_state->database.prepare(
      "SELECT day, finished, failed, processor, joules FROM day ORDER BY touched DESC LIMIT ?1");
  if (!rows) return fail(std::move(rows).error());
  rows->bind(1, std::int64_t{days});
  const auto count = [&rows](int column) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, rows->number(column)));
  };
  std::vector<HistoryDay> history;
  for (;;) {
    const auto more = rows->step();
    if (!more) return fail(more.error());
    if (!*more) break;
    history.push_back({rows->number(0), count(1), count(2), {std::max<std::int64_t>(0, rows->number(3))}, count(4)});
  }
  std::sort(history.begin(), history.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
  return history;
}

std::size_t Journal::pending() const { return m_state->pending.size(); }

}  // namespace hearth::agent
