// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/journal/database.h"

#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace hearth::agent {
namespace {

tl::unexpected<Error> failed(sqlite3* database, const std::string& what) {
  const int code = sqlite3_errcode(database) & 0xff;
  const std::string message = "journal: " + what + ": " + sqlite3_errmsg(database);
  if (code == SQLITE_FULL) return fail(ErrorCode::kExhausted, message, "Free some space on the agent's disk.");
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
    return fail(ErrorCode::kIntegrity, message,
                "The file is damaged. Move it away and start the agent again; unreported results are lost.");
  }
  return fail(ErrorCode::kIo, message, "Check the disk and who owns the agent's folder.");
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int index, std::int64_t number) {
  sqlite3_bind_int64(m_statement.get(), index, number);
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  // Transient: SQLite copies it. A text without bytes is an empty text, not NULL.
  sqlite3_bind_text(m_statement.get(), index, text.empty() ? "" : text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);  // NOLINT(performance-no-int-to-ptr): SQLite's own macro
  return *this;
}

Statement& Statement::bindNull(int index) {
  sqlite3_bind_null(m_statement.get(), index);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(m_statement.get());
  if (code == SQLITE_ROW) return true;
  sqlite3* database = sqlite3_db_handle(m_statement.get());
  if (code == SQLITE_DONE) {
    sqlite3_reset(m_statement.get());
    sqlite3_clear_bindings(m_statement.get());
    return false;
  }
  auto error = failed(database, "a statement failed");
  sqlite3_reset(m_statement.get());
  return error;
}

Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return fail(row.error());
    if (!*row) return {};
  }
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(m_statement.get(), column); }

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(m_statement.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

bool Statement::isNull(int column) const { return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL; }

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<Database> Database::open(const std::filesystem::path& file) {
  // Made here, since SQLite would let others read it; its companions take over the mode.
  const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database;
  database.m_database.reset(handle);
  if (code != SQLITE_OK) return failed(handle, "cannot open " + file.string());
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 500);
  // A small cache: the agent should be hard to notice. Checkpoints come little and often.
  HEARTH_TRY(database.execute("PRAGMA journal_mode=WAL"));
  HEARTH_TRY(database.execute("PRAGMA synchronous=FULL"));
  HEARTH_TRY(database.execute("PRAGMA cache_size=-512"));
  HEARTH_TRY(database.execute("PRAGMA wal_autocheckpoint=256"));
  HEARTH_TRY(database.execute("PRAGMA journal_size_limit=4194304"));
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(m_database.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failed(m_database.get(), sql);
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  if (sqlite3_prepare_v3(m_database.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle,
                         nullptr) != SQLITE_OK) {
    return failed(m_database.get(), std::string(sql));
  }
  Statement statement;
  statement.m_statement.reset(handle);
  return statement;
}

}  // namespace hearth::agent
