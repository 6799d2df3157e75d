// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "server/api/context.h"

/// What the API and the pages tell of a batch beyond its counts.
namespace hearth::server {

/// On a worker.
void failuresOf(ApiContext& context, const db::BatchRecord& batch,
                std::function<void(Result<std::shared_ptr<const Failures>>)> done);
/// How the batch got on, from its start to now.
Result<ProgressPoints> pointsOf(ApiContext& context, BatchId batch);
/// On this thread, or that of the Runtime, where little may be done.
void whyOf(ApiContext& context, const db::BatchRecord& batch, std::function<void(std::shared_ptr<const Why>)> done);
/// Writes down how the batch got on. Called with each notice.
void noteProgress(ApiContext& context, const core::BatchNotice& notice);

}  // namespace hearth::server
