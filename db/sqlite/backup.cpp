// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <sqlite3.h>

#include "db/sqlite/connection.h"
#include "db/sqlite/sqlite_store.h"

namespace hearth::db {
namespace {

using sqlite::Connection;
using sqlite::Transaction;

constexpr int kPagesAStep = 1024;

struct FinishBackup {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

/// Copies the state that `source` sees now. The read transaction keeps that state fixed, so that a busy writer does not
/// make it begin anew.
Result<void> copyPages(Connection& source, Connection& target) {
  Result<Transaction> oneState = Transaction::begin(source, Transaction::Kind::kRead);
  if (!oneState) return fail(std::move(oneState).error());
  if (const Result<std::int64_t> tables = source.number("SELECT count(*) FROM sqlite_schema"); !tables)
    return fail(tables.error());
  const std::unique_ptr<sqlite3_backup, FinishBackup> backup(
      sqlite3_backup_init(target.handle(), "main", source.handle(), "main"));
  if (!backup) return fail(sqlite::errorOf(target.handle(), sqlite3_extended_errcode(target.handle())));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = sqlite3_backup_step(backup.get(), kPagesAStep);
  if (code != SQLITE_DONE) return fail(sqlite::errorOf(target.handle(), code));
  return {};
}

Result<void> writeCopy(const std::filesystem::path& from, const std::filesystem::path& to) {
  Result<Connection> source = Connection::open(from, Connection::Access::kReader);
  if (!source) return fail(std::move(source).error());
  Result<Connection> target = Connection::open(to, Connection::Access::kWriter);
  if (!target) return fail(std::move(target).error());
  HEARTH_TRY(target->run("PRAGMA synchronous = FULL"));
  HEARTH_TRY(copyPages(*source, *target));
  // A copy of a database in WAL mode is in WAL mode; a backup is one file without side files.
  if (const Result<std::string> mode = target->text("PRAGMA journal_mode = DELETE"); !mode) return fail(mode.error());
  const Result<std::string> check = target->text("PRAGMA quick_check(1)");
  if (!check) return fail(check.error());
  if (*check != "ok") {
    return fail(ErrorCode::kIntegrity, "the database " + from.string() + " is damaged: " + *check,
                "keep older backups; restore the last good one");
  }
  return {};
}

}  // namespace

Result<void> backupSqlite(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code problem;
  if (std::filesystem::exists(to, problem)) {
    return fail(ErrorCode::kConflict, to.string() + " exists already",
                "choose another name, or remove that file first");
  }
  const std::filesystem::path part = to.string() + ".part";
  std::filesystem::remove(part, problem);
  if (Result<void> copied = writeCopy(from, part); !copied) {
    std::filesystem::remove(part, problem);
    return fail(std::move(copied).error().within("backup to " + to.string()));
  }
  std::filesystem::rename(part, to, problem);
  if (problem) return fail(ErrorCode::kIo, "cannot rename " + part.string() + ": " + problem.message());
  return {};
}

}  // namespace hearth::db
