// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hearth::db::sqlite {

/// The largest value that a column holds: page keys are cut to it, so that a huge `from` finds nothing instead of
/// everything.
inline constexpr std::uint64_t kLargestKey = std::numeric_limits<std::int64_t>::max();

/// The last value of an enumeration that is kept as a number; a column beyond it is damaged. Specialised beside the
/// rows.
template <typename E>
inline constexpr E kLastOf = E{};

/// A prepared statement. Parameters and columns are taken in the order of the SQL text, as the types of our model.
/// Belongs to one connection and its thread; must not outlive it. Errors are those of errorOf(); a column that does not
/// fit its type makes the next step (or finish) fail as damaged.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : m_statement(statement) {}

  /// Sets all parameters. Texts and bytes are not copied: they must live until the statement ran.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    int at = 0;
    (put(++at, values), ...);
    return *this;
  }
  /// True when there is a row.
  Result<bool> step();
  /// Runs to the end and resets.
  Result<void> run();
  /// Resets; fails if a column that was read is damaged.
  Result<void> finish();
  void reset();
  explicit operator bool() const { return m_statement != nullptr; }

  /// Reads the columns of the row, from the first.
  template <typename... Values>
  void columns(Values&... values) {
    int at = -1;
    (take(++at, values), ...);
  }
  std::span<const std::uint8_t> bytes(int column) const;
  /// Says that what a row holds makes no sense.
  void markDamaged() { m_damaged = true; }

 private:
  struct Finalise {
    void operator()(sqlite3_stmt* statement) const;
  };

  void put(int at, std::int64_t value);
  void put(int at, std::string_view value);
  void put(int at, std::span<const std::uint8_t> value);
  void put(int at, const std::string& value) { put(at, std::string_view(value)); }
  void put(int at, const std::vector<std::uint8_t>& value) { put(at, std::span<const std::uint8_t>(value)); }
  void put(int at, const Digest& value) { put(at, std::span<const std::uint8_t>(value.bytes)); }
  void put(int at, Instant value) { put(at, value.micros); }
  void put(int at, Duration value) { put(at, value.micros); }
  template <typename Kind>
  void put(int at, Id<Kind> value) {
    put(at, static_cast<std::int64_t>(value.value));
  }
  template <typename Number>
  requires(std::integral<Number> || std::is_enum_v<Number>) void put(int at, Number value) {
    put(at, static_cast<std::int64_t>(value));
  }

  std::int64_t integer(int column) const;
  void take(int column, std::string& value) const;
  void take(int column, Digest& value);
  void take(int column, Instant& value) const { value.micros = integer(column); }
  void take(int column, Duration& value) const { value.micros = integer(column); }
  void take(int column, std::uint64_t& value) const { value = static_cast<std::uint64_t>(integer(column)); }
  template <typename Kind>
  void take(int column, Id<Kind>& value) const {
    take(column, value.value);
  }
  template <typename Number>
  requires(std::integral<Number>) void take(int column, Number& value) {
    const std::int64_t wide = integer(column);
    value = static_cast<Number>(wide);
    if (static_cast<std::int64_t>(value) != wide) m_damaged = true;
  }
  template <typename E>
  requires(std::is_enum_v<E>) void take(int column, E& value) {
    const std::int64_t wide = integer(column);
    if (wide < 0 || wide > static_cast<std::int64_t>(kLastOf<E>)) {
      m_damaged = true;
      return;
    }
    value = static_cast<E>(wide);
  }

  std::unique_ptr<sqlite3_stmt, Finalise> m_statement;
  int m_bindCode = 0;
  bool m_damaged = false;
};

/// One open database file. Used by one thread at a time; closes itself.
class Connection {
 public:
  enum class Access : std::uint8_t { kWriter, kReader };

  /// kWriter makes the file if it is not there, readable by its owner alone. Looks at nothing in it yet.
  static Result<Connection> open(const std::filesystem::path& file, Access access);

  Result<Statement> prepare(std::string_view sql);
  /// Runs statements that give no rows.
  Result<void> run(const char* sql);
  /// The first column of the first row.
  Result<std::string> text(std::string_view sql);
  Result<std::int64_t> number(std::string_view sql);

  /// Rows that the last INSERT, UPDATE or DELETE touched.
  std::int64_t changes() const;
  bool inTransaction() const;
  /// Gives back the pages that it keeps in memory.
  void releaseMemory();
  sqlite3* handle() const { return m_handle.get(); }

 private:
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  /// Runs a text that comes again and again: prepared the first time.
  Result<void> runAgain(Statement& prepared, const char* sql);
  explicit Connection(sqlite3* handle) : m_handle(handle) {}

  std::unique_ptr<sqlite3, Close> m_handle;
  Statement m_beginRead, m_beginWrite, m_commit;  // last: they go before their connection
};

/// Rolls back unless committed. The connection must outlive it and have no other transaction.
class Transaction {
 public:
  enum class Kind : std::uint8_t { kRead, kWrite };
  static Result<Transaction> begin(Connection& connection, Kind kind);
  Transaction(Transaction&& other) noexcept : m_connection(std::exchange(other.m_connection, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : m_connection(&connection) {}
  Connection* m_connection;
};

/// What SQLite's last failure on this connection means to us: its kind, the file, and what to do.
Error errorOf(sqlite3* handle, int code);

/// The row that a statement finds, if any.
template <typename Record>
Result<std::optional<Record>> readOne(Statement& statement, void (*read)(Statement&, Record&)) {
  std::optional<Record> record;
  const Result<bool> row = statement.step();
  if (row && *row) read(statement, record.emplace());
  const Result<void> finished = statement.finish();
  if (!row) return fail(row.error());
  if (!finished) return fail(finished.error());
  return record;
}

/// All rows that a statement finds.
template <typename Record>
Result<std::vector<Record>> readAll(Statement& statement, void (*read)(Statement&, Record&)) {
  std::vector<Record> records;
  Result<bool> row = statement.step();
  for (; row && *row; row = statement.step()) read(statement, records.emplace_back());
  statement.reset();
  if (!row) return fail(std::move(row).error());
  return records;
}

}  // namespace hearth::db::sqlite
