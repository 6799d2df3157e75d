// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hearth::agent {

/// A statement of a Database, prepared once and used again. Belongs to the thread of its database and must not outlive
/// it.
class Statement {
 public:
  Statement() = default;
  Statement& bind(int index, std::int64_t number);
  Statement& bind(int index, std::string_view text);
  Statement& bindNull(int index);
  /// True: a row is there to be read. False: done, and ready to be bound again.
  Result<bool> step();
  /// Steps to the end.
  Result<void> run();

  std::int64_t number(int column) const;
  std::string text(int column) const;
  bool isNull(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

/// One SQLite file of mode 0600 in WAL mode with synchronous=FULL: what is committed survives a power loss. One thread.
class Database {
 public:
  static Result<Database> open(const std::filesystem::path& file);

  Result<void> execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> m_database;
};

}  // namespace hearth::agent
