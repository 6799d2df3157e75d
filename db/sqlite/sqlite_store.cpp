// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/sqlite_store.h"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "db/sqlite/change_writer.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/migration.h"
#include "db/sqlite/snapshot.h"

namespace hearth::db {
namespace {

using sqlite::ChangeWriter;
using sqlite::Connection;
using sqlite::Transaction;

/// The exclusive right to write, for as long as it lives: an exclusive lock of SQLite's on an empty file beside the
/// database. It goes with the process however that ends, and leaves the readers of the database alone.
Result<Connection> lockAgainstOthers(const std::filesystem::path& file) {
  Result<Connection> lock = Connection::open(file.string() + ".lock", Connection::Access::kWriter);
  if (!lock) return lock;
  HEARTH_TRY(lock->run("PRAGMA busy_timeout = 0"));
  const Result<void> taken = lock->run("BEGIN EXCLUSIVE");
  if (taken) return lock;
  if (taken.error().code != ErrorCode::kUnavailable) return fail(taken.error());
  return fail(ErrorCode::kConflict, "the database " + file.string() + " is in use by another hearthd",
              "stop the other one first (systemctl stop hearthd), or give this one a data folder of its own");
}

/// The one writer. Closed in the order: statements, database, lock.
class SqliteStore : public Store {
 public:
  SqliteStore(Connection lock, Connection connection) : m_lock(std::move(lock)), m_connection(std::move(connection)) {}

  /// Before the first apply.
  Result<void> prepare() {
    Result<ChangeWriter> writer = ChangeWriter::prepare(m_connection);
    if (!writer) return fail(std::move(writer).error());
    m_writer.emplace(std::move(*writer));
    return {};
  }

  Result<std::vector<Outcome>> apply(std::span<const Unit> units) override {
    std::vector<Outcome> outcomes;
    if (units.empty()) return outcomes;
    outcomes.reserve(units.size());
    Result<Transaction> transaction = Transaction::begin(m_connection, Transaction::Kind::kWrite);
    if (!transaction) return fail(std::move(transaction).error());
    for (const Unit& unit : units) {
      const bool guarded = std::any_of(unit.changes.begin(), unit.changes.end(), sqlite::mayConflict);
      const Result<Outcome> outcome = guarded ? applyGuarded(unit) : applyChanges(unit);
      if (!outcome) return abandon(outcome.error());
      outcomes.push_back(*outcome);
    }
    if (Result<void> written = m_writer->finish(); !written) return abandon(std::move(written).error());
    HEARTH_TRY(transaction->commit());
    return outcomes;
  }

  /// The pages that it went through are let go before the Dispatcher takes its memory: both at once is the most that a
  /// server ever needs.
  Result<Snapshot> restore() override {
    Result<Snapshot> snapshot = sqlite::readSnapshot(m_connection);
    m_connection.releaseMemory();
    return snapshot;
  }

  Result<Loaded> load(const Load& request) override { return sqlite::readLoad(m_connection, request); }

 private:
  /// What was gathered of a call that failed is not to come into the next one.
  tl::unexpected<Error> abandon(Error error) {
    m_writer->abandon();
    return fail(std::move(error));
  }

  Result<Outcome> applyChanges(const Unit& unit) {
    for (const Change& change : unit.changes) {
      Result<Outcome> outcome = m_writer->write(change);
      if (!outcome || *outcome == Outcome::kConflict) return outcome;
    }
    return Outcome::kDone;
  }

  /// Change by change, so that the first that fails decides what becomes of the unit.
  Result<Outcome> applyInOrder(const Unit& unit) {
    for (const Change& change : unit.changes) {
      Result<Outcome> outcome = m_writer->write(change);
      if (!outcome || *outcome == Outcome::kConflict) return outcome;
      HEARTH_TRY(m_writer->finish());
    }
    return Outcome::kDone;
  }

  Result<Outcome> applyGuarded(const Unit& unit) {
    HEARTH_TRY(m_writer->finish());
    HEARTH_TRY(m_connection.run("SAVEPOINT unit"));
    Result<Outcome> outcome = applyInOrder(unit);
    if (!outcome) return outcome;  // the whole transaction goes
    if (*outcome == Outcome::kConflict) HEARTH_TRY(m_connection.run("ROLLBACK TO unit"));
    HEARTH_TRY(m_connection.run("RELEASE unit"));
    return outcome;
  }

  Connection m_lock;
  Connection m_connection;
  std::optional<ChangeWriter> m_writer;
};

/// Durable at every commit. The log goes back into the file little and often, so that no round waits long for it.
Result<void> tuneWriter(Connection& connection) {
  const Result<std::string> mode = connection.text("PRAGMA journal_mode = WAL");
  if (!mode) return fail(mode.error());
  if (*mode != "wal") {
    return fail(ErrorCode::kUnsupported, "the file system of the database cannot share memory between processes",
                "put the data folder on a local disk");
  }
  return connection.run(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864; "
      "PRAGMA cache_size = -65536");
}

Result<std::unique_ptr<Store>> openStore(const std::filesystem::path& file) {
  Result<Connection> lock = lockAgainstOthers(file);
  if (!lock) return fail(std::move(lock).error());
  Result<Connection> connection = Connection::open(file, Connection::Access::kWriter);
  if (!connection) return fail(std::move(connection).error());
  HEARTH_TRY(sqlite::migrate(*connection, sqlite::migrations()));  // first: a database that is refused stays as it is
  HEARTH_TRY(tuneWriter(*connection));
  auto store = std::make_unique<SqliteStore>(std::move(*lock), std::move(*connection));
  HEARTH_TRY(store->prepare());
  return store;
}

}  // namespace

Result<std::unique_ptr<Store>> openSqliteStore(const std::filesystem::path& file) {
  std::error_code ignored;  // one file has one lock, whatever path leads to it
  const std::filesystem::path real = std::filesystem::weakly_canonical(file, ignored);
  Result<std::unique_ptr<Store>> store = openStore(real.empty() ? file : real);
  if (!store && store.error().message.find(file.filename().string()) == std::string::npos)
    return fail(std::move(store).error().within("database " + file.string()));
  return store;
}

}  // namespace hearth::db
