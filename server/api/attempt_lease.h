// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "base/ids.h"
#include "certs/authority.h"
#include "model/attempt.h"
#include "server/api/context.h"

namespace hearth::server {

/// Asks the Dispatcher whether the host holds the attempt, and is not revoked. `then` runs on the Runtime's thread: it
/// must be short.
inline void withLease(ApiContext& context, AttemptId attempt, const certs::HostCertificate& host,
                      std::function<void(Result<Lease>)> then) {
  context.deps.runtime.query(
      [attempt, id = host.host, key = host.key, then = std::move(then)](const core::Dispatcher& dispatcher) {
        then(dispatcher.leaseHeldBy(attempt, id, key));
      });
}

}  // namespace hearth::server
