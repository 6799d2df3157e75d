// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "db/follow_store.h"

namespace hearth::db::sqlite {

class ReaderPool;

/// Reads by connections of the pool, which outlives it.
std::unique_ptr<FollowReads> makeFollowReads(ReaderPool& readers);

}  // namespace hearth::db::sqlite
