// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

namespace hearth::bench {

/// Which rows stand for a task's life.
enum class RawRows {
  kPlain,   ///< one each: lease in, lease out, result, task
  kPacked,  ///< as the store packs them: the leases of ten tasks in one row, in and out, and each one's result
};

/// What SQLite itself gives, in tasks a second: the rows that a certified task costs, and the batch's progress,
/// written by plain prepared statements into tables like ours with the store's settings,
/// `round` tasks in a durable transaction, and nothing around it. The leases of a round end in the next one. The
/// database is made in `folder`, which says what disk is measured, and removed. Ends the program when SQLite fails.
double rawSqliteTasksPerSecond(const std::filesystem::path& folder, std::uint64_t round, std::uint64_t tasks,
                               RawRows rows = RawRows::kPlain);

}  // namespace hearth::bench
