// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "db/store.h"

namespace hearth::server {

/// Counts what hosts gave to one batch that is over, from the results that count there. Reads page by page on the
/// caller's thread; a batch of millions takes seconds to minutes.
Result<Tally> tallyOf(db::ReadStore& read, const db::BatchRecord& batch);

}  // namespace hearth::server
