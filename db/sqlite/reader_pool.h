// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "db/sqlite/connection.h"

namespace hearth::db::sqlite {

/// A few read-only connections to one database, each used by one thread at a time. Any thread may borrow.
class ReaderPool {
 public:
  class Loan;

  static Result<std::unique_ptr<ReaderPool>> open(const std::filesystem::path& file);

  /// Waits while all are lent out; queries are short and bounded.
  Loan borrow();

 private:
  struct Reader {
    explicit Reader(Connection opened) : connection(std::move(opened)) {}
    std::mutex mutex;  ///< guards the rest
    Connection connection;
    std::map<std::string, Statement, std::less<>> statements;  ///< by their text; bounded by the queries of the program
  };

  std::vector<std::unique_ptr<Reader>> m_readers;
  std::atomic<unsigned> m_next{0};
};

/// A borrowed connection with the statements that it prepared before.
class ReaderPool::Loan {
 public:
  /// All reads until the end of the returned transaction see one state.
  Result<Transaction> oneState() { return Transaction::begin(m_reader->connection, Transaction::Kind::kRead); }

  template <typename Record, typename... Values>
  Result<std::optional<Record>> one(std::string_view sql, void (*read)(Statement&, Record&), const Values&... values) {
    Result<Statement*> query = statement(sql);
    if (!query) return fail(std::move(query).error());
    return readOne((*query)->bind(values...), read);
  }

  template <typename Record, typename... Values>
  Result<std::vector<Record>> all(std::string_view sql, void (*read)(Statement&, Record&), const Values&... values) {
    Result<Statement*> query = statement(sql);
    if (!query) return fail(std::move(query).error());
    return readAll((*query)->bind(values...), read);
  }

 private:
  friend class ReaderPool;
  Loan(Reader& reader, std::unique_lock<std::mutex> lock) : m_reader(&reader), m_lock(std::move(lock)) {}
  Result<Statement*> statement(std::string_view sql);

  Reader* m_reader;
  std::unique_lock<std::mutex> m_lock;
};

}  // namespace hearth::db::sqlite
