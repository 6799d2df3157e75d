// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>

#include "db/store.h"

namespace hearth::db {

/// Opens (and makes or migrates) the project's database: one file, WAL, synchronous=FULL. Refuses a schema newer than
/// this program, saying so. The store is for the writer thread; it holds the file exclusively against a second hearthd.
Result<std::unique_ptr<Store>> openSqliteStore(const std::filesystem::path& file);

/// Reads committed state of a database that openSqliteStore has made. Safe for any number of threads.
Result<std::unique_ptr<ReadStore>> openSqliteReadStore(const std::filesystem::path& file);

/// Copies the committed state of `from` into the new file `to`, which appears only when it is whole and checked. A
/// hearthd that has `from` open goes on writing meanwhile. Refuses a `to` that exists. The copy is opened by
/// openSqliteStore as it is.
Result<void> backupSqlite(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace hearth::db
