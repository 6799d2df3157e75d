// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "core/event.h"
#include "model/change.h"
#include "wire/agent.h"

/// Everything the Dispatcher asks of the outside.
namespace hearth::core {

struct Done {};
struct BatchAccepted {
  BatchId batch;
  bool existed = false;  ///< the idempotency key had been used: this is the batch of then
};
struct GroupKept {
  GroupId group;
};
struct HostEnrolled {
  HostId host;
  AccountId account;
};
/// What the server believes after a sync. The API adds the jobs and parameters before it goes out.
struct SyncOutcome {
  struct Assigned {
    Lease lease;
    Duration term;               ///< until the lease expires unless it is renewed
    Duration deadline;           ///< until it expires even so
    Checkpoint checkpoint = {};  ///< what it goes on from
  };
  std::vector<Assigned> assigned;  ///< new ones, and those that the agent should hold but did not list
  std::vector<wire::AbortOrder> aborts;
  std::vector<wire::ResultAck> acks;  ///< one for each result of the request, in its order
  Duration nextSync;
};

using ReplyBody = Result<std::variant<Done, BatchAccepted, GroupKept, HostEnrolled, SyncOutcome>>;

/// Leaves only after the changes of its round are durable.
struct Reply {
  RequestId request = 0;
  ReplyBody body;
};

/// A batch changed in a way that people watch; published after the commit, coalesced by batch.
struct BatchNotice {
  BatchProgress progress;
  std::uint64_t active = 0;  ///< live attempts
  std::uint64_t tasks = 0;
};

/// What the outside must do, in this order: persist the changes of the round as one transaction; then send the replies,
/// publish the notices, start the loads.
struct Actions {
  Changes changes;
  std::vector<Reply> replies;
  std::vector<Load> loads;
  std::vector<BatchNotice> notices;
  bool more = false;  ///< bounded work was cut off: send another Tick at once
};

}  // namespace hearth::core
