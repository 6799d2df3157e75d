// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "db/memory/tables.h"
#include "db/store.h"

namespace hearth::db::memory {

BatchRecord recordOf(const BatchRow& row);

/// The reading side of tables that a store writes.
std::shared_ptr<ReadStore> makeReadStore(std::shared_ptr<SharedTables> tables);
std::unique_ptr<FollowReads> makeFollowReads(std::shared_ptr<SharedTables> tables);

}  // namespace hearth::db::memory
