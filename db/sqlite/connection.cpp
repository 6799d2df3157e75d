// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/connection.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sqlite3.h>

#include "base/check.h"

namespace hearth::db::sqlite {
namespace {

/// How long a call waits for another program that has the database locked.
constexpr int kBusyMilliseconds = 5'000;

constexpr const char* kDamagedHint =
    "stop the server and restore the database from its last backup; keep the damaged file, part of it may be readable";

/// What the system said of the last I/O error. A failed COMMIT does not pass it on: then the log, which it writes to,
/// knows it.
int systemError(sqlite3* handle, int code) {
  if (handle == nullptr || (code & 0xff) != SQLITE_IOERR) return 0;
  int error = sqlite3_system_errno(handle);
  if (error != 0 || code != SQLITE_IOERR_WRITE) return error;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != nullptr && log->pMethods != nullptr) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

struct Meaning {
  ErrorCode code;
  const char* hint;
};

Meaning meaningOf(int code, int system) {
  constexpr Meaning kNoRoom = {ErrorCode::kExhausted,
                               "free some space on that disk; nothing was kept, the same can be tried again then"};
  switch (code & 0xff) {
    case SQLITE_FULL:
      return kNoRoom;
    case SQLITE_NOMEM:
      return {ErrorCode::kExhausted, "this machine is out of memory: stop other programs, then try again"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kIntegrity, kDamagedHint};
    case SQLITE_IOERR:
      if (system == ENOSPC || system == EDQUOT || system == EFBIG) return kNoRoom;
      return {ErrorCode::kIo, "look at the disk and the kernel's log; nothing was kept, the same can be tried again"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
      return {ErrorCode::kUnavailable, "another program has the database locked; try again when it is done"};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::kIo, "check that the folder exists and that this user may write to it"};
    case SQLITE_TOOBIG:
      return {ErrorCode::kTooLarge, "one value is larger than a database row may be"};
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID)
        return {ErrorCode::kConflict, ""};
      return {ErrorCode::kInvalid, ""};
    default:
      return {ErrorCode::kIo, "the database does not have the form that this program expects"};
  }
}

}  // namespace

Error errorOf(sqlite3* handle, int code) {
  const char* file = handle == nullptr ? nullptr : sqlite3_db_filename(handle, "main");
  // The connection's text is about its last call, which is not always the one that failed.
  const bool current = handle != nullptr && sqlite3_extended_errcode(handle) == code;
  std::string message = current ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  const int system = systemError(handle, code);
  if (system != 0) message += " (" + std::generic_category().message(system) + ")";
  const Meaning meaning = meaningOf(code, system);
  if (meaning.code == ErrorCode::kExhausted && (code & 0xff) != SQLITE_NOMEM) message = "the disk is full: " + message;
  return {meaning.code, "database " + std::string(file == nullptr ? "" : file) + ": " + message, meaning.hint};
}

void Statement::Finalise::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<bool> Statement::step() {
  if (m_damaged) {
    reset();
    return fail(errorOf(sqlite3_db_handle(m_statement.get()), SQLITE_CORRUPT));
  }
  if (m_bindCode != SQLITE_OK) {
    const int code = std::exchange(m_bindCode, SQLITE_OK);
    return fail(errorOf(sqlite3_db_handle(m_statement.get()), code));
  }
  const int code = sqlite3_step(m_statement.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const Error error = errorOf(sqlite3_db_handle(m_statement.get()), code);
  reset();
  return fail(error);
}

Result<void> Statement::run() {
  Result<bool> row = step();
  while (row && *row) row = step();
  reset();
  if (!row) return fail(std::move(row).error());
  return {};
}

Result<void> Statement::finish() {
  const bool damaged = m_damaged;
  reset();
  if (damaged) return fail(errorOf(sqlite3_db_handle(m_statement.get()), SQLITE_CORRUPT));
  return {};
}

void Statement::reset() {
  sqlite3_reset(m_statement.get());
  m_damaged = false;
}

void Statement::put(int at, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(m_statement.get(), at, value); code != SQLITE_OK) m_bindCode = code;
}

void Statement::put(int at, std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();  // a null pointer would be an SQL NULL
  const int code = sqlite3_bind_text64(m_statement.get(), at, data, value.size(), nullptr, SQLITE_UTF8);
  if (code != SQLITE_OK) m_bindCode = code;
}

void Statement::put(int at, std::span<const std::uint8_t> value) {
  const int code = value.empty() ? sqlite3_bind_zeroblob(m_statement.get(), at, 0)
                                 : sqlite3_bind_blob64(m_statement.get(), at, value.data(), value.size(), nullptr);
  if (code != SQLITE_OK) m_bindCode = code;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_statement.get(), column); }

std::span<const std::uint8_t> Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(m_statement.get(), column);
  const int size = sqlite3_column_bytes(m_statement.get(), column);
  return {static_cast<const std::uint8_t*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
}

void Statement::take(int column, std::string& value) const {
  const std::span<const std::uint8_t> text = bytes(column);
  value.assign(text.begin(), text.end());
}

void Statement::take(int column, Digest& value) {
  const std::span<const std::uint8_t> data = bytes(column);
  if (data.size() != value.bytes.size()) {
    m_damaged = true;
    return;
  }
  std::memcpy(value.bytes.data(), data.data(), data.size());
}

void Connection::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Connection> Connection::open(const std::filesystem::path& file, Access access) {
  std::error_code ignored;
  const std::filesystem::path absolute = std::filesystem::absolute(file, ignored);
  const bool isNew = access == Access::kWriter && !std::filesystem::exists(absolute, ignored);
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == Access::kWriter ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(absolute.string().c_str(), &handle, flags, nullptr);
  Connection connection(handle);
  if (code != SQLITE_OK) {
    Error error = errorOf(handle, code);
    error.message = "cannot open the database " + absolute.string() + ": " + sqlite3_errstr(code);
    return fail(std::move(error));
  }
  if (isNew) {  // it holds the hashes of secrets; SQLite gives its side files the rights of the main one
    std::filesystem::permissions(absolute, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                                 ignored);
  }
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  HEARTH_TRY(connection.run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY"));
  return connection;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(m_handle.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(errorOf(m_handle.get(), code));
  HEARTH_CHECK(statement != nullptr, "a statement has text");
  return Statement(statement);
}

Result<void> Connection::run(const char* sql) {
  const int code = sqlite3_exec(m_handle.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(errorOf(m_handle.get(), code));
  return {};
}

Result<void> Connection::runAgain(Statement& prepared, const char* sql) {
  if (!prepared) {
    Result<Statement> statement = prepare(sql);
    if (!statement) return fail(std::move(statement).error());
    prepared = std::move(*statement);
  }
  return prepared.run();
}

Result<std::string> Connection::text(std::string_view sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return fail(std::move(statement).error());
  Result<std::optional<std::string>> value =
      readOne<std::string>(*statement, [](Statement& row, std::string& text) { row.columns(text); });
  if (!value) return fail(std::move(value).error());
  return value->value_or("");
}

Result<std::int64_t> Connection::number(std::string_view sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return fail(std::move(statement).error());
  Result<std::optional<std::int64_t>> value =
      readOne<std::int64_t>(*statement, [](Statement& row, std::int64_t& number) { row.columns(number); });
  if (!value) return fail(std::move(value).error());
  return value->value_or(0);
}

std::int64_t Connection::changes() const { return sqlite3_changes64(m_handle.get()); }

bool Connection::inTransaction() const { return sqlite3_get_autocommit(m_handle.get()) == 0; }

void Connection::releaseMemory() { sqlite3_db_release_memory(m_handle.get()); }

Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
  // A roll-back that failed with the disk is made up for here, so that one bad moment does not refuse every later
  // round.
  if (connection.inTransaction()) HEARTH_TRY(connection.run("ROLLBACK"));
  HEARTH_TRY(kind == Kind::kWrite ? connection.runAgain(connection.m_beginWrite, "BEGIN IMMEDIATE")
                                  : connection.runAgain(connection.m_beginRead, "BEGIN"));
  return Transaction(connection);
}

Transaction::~Transaction() {
  // Full disks and I/O errors have rolled back by themselves.
  if (m_connection == nullptr || !m_connection->inTransaction()) return;
  const Result<void> ignored = m_connection->run("ROLLBACK");
  (void)ignored;
}

Result<void> Transaction::commit() {
  HEARTH_TRY(m_connection->runAgain(m_connection->m_commit, "COMMIT"));
  m_connection = nullptr;
  return {};
}

}  // namespace hearth::db::sqlite
