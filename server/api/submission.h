// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "base/ids.h"
#include "server/api/context.h"

namespace hearth::server {

/// Called once the batch is kept, before the answer goes out; must not block.
using BatchKept = std::function<void(BatchId)>;

/// Checks a batch in every respect and hands it to the Dispatcher; answers with its view, 201 or, for a key that was
/// used before for the same batch, 200. The one way in for batches, whoever put them together. On a thread of the pool.
void submitBatch(ApiContext& context, const Caller& caller, BatchSpec spec, std::string idempotencyKey,
                 const Respond& respond, BatchKept kept = {});

/// The Idempotency-Key of a request, or "" without one.
Result<std::string> idempotencyKey(const Request& request);

/// What follows from the kind of package: a WebAssembly application runs on every platform and can always be
/// interrupted.
void adoptRuntime(BatchSpec& spec, const Package& package);

/// That the package has the program that the command starts with, and is for the platform that is asked for.
Result<void> checkCommand(const BatchSpec& spec, const Package& package);

}  // namespace hearth::server
