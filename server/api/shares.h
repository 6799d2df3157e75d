// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "server/api/context.h"

namespace hearth::server {

/// The batch that this secret of a link shows. Who has no good one learns nothing, not even whether there was one.
Result<db::BatchRecord> sharedBatch(ApiContext& context, std::string_view token);

}  // namespace hearth::server
