// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "base/ids.h"
#include "certs/authority.h"
#include "model/attempt.h"
#include "server/api/context.h"

namespace hearth::server {

/// An attempt under way, and what it goes on from or wrote last.
struct HeldAttempt {
  Lease lease;
  Checkpoint checkpoint;
};

/// Asks the Dispatcher whether the host holds the attempt, and is not revoked. `then` runs on the Runtime's thread: it
/// must be short.
inline void withLease(ApiContext& context, AttemptId attempt, const certs::HostCertificate& host,
                      std::function<void(Result<HeldAttempt>)> then) {
  context.deps.runtime.query(
      [attempt, id = host.host, key = host.key, then = std::move(then)](const core::Dispatcher& dispatcher) {
        auto lease = dispatcher.leaseHeldBy(attempt, id, key);
        if (!lease) return then(fail(std::move(lease).error()));
        const Checkpoint checkpoint = dispatcher.checkpointOf(*lease);
        then(HeldAttempt{std::move(*lease), checkpoint});
      });
}

}  // namespace hearth::server
