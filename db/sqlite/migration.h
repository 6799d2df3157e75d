// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "db/sqlite/connection.h"

namespace hearth::db::sqlite {

/// One step of the schema. Steps are numbered from 1, only ever added, and never edited once released.
struct Migration {
  int number = 0;
  std::string_view name;
  std::string_view checksum;  ///< SHA-256 of the text, in hexadecimal
  std::string_view sql;       ///< ends with a NUL, as every literal
};

/// The steps that this program was built with (db/migrations), in order.
std::span<const Migration> migrations();

/// Takes an empty or older database to the last of `steps`, each step one transaction. Refuses, changing nothing: a
/// database of another program, one with a newer schema, and one that was made by a step with another text.
Result<void> migrate(Connection& connection, std::span<const Migration> steps);

/// Whether the database has exactly the schema of `steps`.
Result<void> checkSchema(Connection& connection, std::span<const Migration> steps);

}  // namespace hearth::db::sqlite
