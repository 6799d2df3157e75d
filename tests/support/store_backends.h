// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "db/memory/memory_store.h"
#include "db/sqlite/sqlite_store.h"
#include "db/store.h"

namespace hearth::tests {

/// A folder of its own for a test, gone at the end of it.
class StoreFolder {
 public:
  StoreFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "hearth-store-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
    m_path = path;
  }
  ~StoreFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;

  std::filesystem::path operator/(const char* name) const { return m_path / name; }

 private:
  std::filesystem::path m_path;
};

/// The value of a result that must be there.
template <typename T>
T must(Result<T> result) {
  if (!result) FAIL(result.error().message << " (" << errorCodeName(result.error().code) << ")");
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) FAIL(result.error().message << " (" << errorCodeName(result.error().code) << ")");
}

/// What the conformance suite runs over. `reopen` is a restart of the process for a store that survives one.
class MemoryBackend {
 public:
  db::Store& store() { return *m_store.store; }
  db::ReadStore& read() { return *m_store.read; }
  void reopen() {}

 private:
  db::MemoryStore m_store = db::makeMemoryStore();
};

class SqliteBackend {
 public:
  SqliteBackend() { reopen(); }
  db::Store& store() { return *m_store; }
  db::ReadStore& read() { return *m_read; }
  std::filesystem::path file() const { return m_folder / "hearth.db"; }
  void reopen() {
    close();
    m_store = must(db::openSqliteStore(file()));
    m_read = must(db::openSqliteReadStore(file()));
  }
  void close() {
    m_read.reset();
    m_store.reset();
  }

 private:
  StoreFolder m_folder;
  std::unique_ptr<db::Store> m_store;
  std::unique_ptr<db::ReadStore> m_read;
};

/// One unit with these changes; it must be kept.
inline db::Outcome applyOne(db::Store& store, Changes changes) {
  const std::vector<db::Unit> units{{std::move(changes)}};
  return must(store.apply(units)).at(0);
}

/// The failure of a call with one unit.
inline Error failureOf(db::Store& store, Changes changes) {
  const std::vector<db::Unit> units{{std::move(changes)}};
  const Result<std::vector<db::Outcome>> result = store.apply(units);
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

}  // namespace hearth::tests
