// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.h"
#include "db/sqlite/connection.h"
#include "model/change.h"

namespace hearth::db::sqlite {

/// What is not over: reads open batches and their active tasks by partial indexes, never the tasks that are decided.
Result<Snapshot> readSnapshot(Connection& connection);

Result<Loaded> readLoad(Connection& connection, const Load& request);

}  // namespace hearth::db::sqlite
