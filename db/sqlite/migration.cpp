// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/migration.h"

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace hearth::db::sqlite {
namespace {

constexpr const char* kLedger =
    "CREATE TABLE schema_migration ("
    "number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied INTEGER NOT NULL) STRICT";

struct Applied {
  std::int64_t number = 0;
  std::string name;
  std::string checksum;
};

/// The steps that the database went through; none for an empty file.
Result<std::vector<Applied>> ledger(Connection& connection) {
  const Result<std::int64_t> tables = connection.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(tables.error());
  if (*tables == 0) return std::vector<Applied>{};
  const Result<std::int64_t> known =
      connection.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'");
  if (!known) return fail(known.error());
  if (*known == 0) {
    return fail(ErrorCode::kInvalid, "the database was made by another program, not by Hearth",
                "give Hearth a data folder of its own");
  }
  Result<Statement> statement =
      connection.prepare("SELECT number, name, checksum FROM schema_migration ORDER BY number");
  if (!statement) return fail(std::move(statement).error());
  return readAll<Applied>(*statement,
                          [](Statement& row, Applied& step) { row.columns(step.number, step.name, step.checksum); });
}

Result<void> compare(const std::vector<Applied>& applied, std::span<const Migration> steps) {
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const std::string what = "schema step " + std::to_string(applied[i].number) + " (" + applied[i].name + ")";
    if (i >= steps.size()) {
      return fail(ErrorCode::kUnsupported,
                  "the database is newer than this program: it has " + what + ", this program knows steps up to " +
                      std::to_string(steps.size()),
                  "run the newer version of Hearth that made it, or restore the backup from before the upgrade");
    }
    if (applied[i].number != steps[i].number) {
      return fail(ErrorCode::kIntegrity,
                  "the database has " + what + " where step " + std::to_string(steps[i].number) + " belongs",
                  "restore the database from its last backup");
    }
    if (applied[i].checksum != steps[i].checksum) {
      return fail(ErrorCode::kIntegrity,
                  "the database was made by another text of " + what + " than the one in this program",
                  "run the version of Hearth that made it; a released step is never edited, changes go into a new one");
    }
  }
  return {};
}

Result<void> takeStep(Connection& connection, const Migration& step) {
  Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::kWrite);
  if (!transaction) return fail(std::move(transaction).error());
  if (step.number == 1) HEARTH_TRY(connection.run(kLedger));
  HEARTH_TRY(connection.run(step.sql.data()));
  Result<Statement> record = connection.prepare("INSERT INTO schema_migration VALUES (?, ?, ?, unixepoch() * 1000000)");
  if (!record) return fail(std::move(record).error());
  HEARTH_TRY(record->bind(step.number, step.name, step.checksum).run());
  return transaction->commit();
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const Migration> steps) {
  for (std::size_t i = 0; i < steps.size(); ++i)
    HEARTH_CHECK(steps[i].number == static_cast<int>(i) + 1, "migrations are numbered from 1 without a gap");
  const Result<std::vector<Applied>> applied = ledger(connection);
  if (!applied) return fail(applied.error());
  HEARTH_TRY(compare(*applied, steps));
  for (const Migration& step : steps.subspan(applied->size())) {
    if (Result<void> taken = takeStep(connection, step); !taken) {
      return fail(std::move(taken).error().within("schema step " + std::to_string(step.number) + " (" +
                                                  std::string(step.name) + ")"));
    }
  }
  return {};
}

Result<void> checkSchema(Connection& connection, std::span<const Migration> steps) {
  const Result<std::vector<Applied>> applied = ledger(connection);
  if (!applied) return fail(applied.error());
  HEARTH_TRY(compare(*applied, steps));
  if (applied->size() == steps.size()) return {};
  return fail(ErrorCode::kUnavailable,
              applied->empty() ? "the database is empty" : "the database has an older schema than this program needs",
              "start hearthd once: it makes and upgrades its database");
}

}  // namespace hearth::db::sqlite
