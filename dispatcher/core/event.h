// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/batch.h"
#include "model/change.h"
#include "model/host.h"
#include "wire/agent.h"

/// Everything that can happen to the Dispatcher.
namespace hearth::core {

/// Ties a reply to the event that asked for it. Given by the caller; 0 asks for no reply.
using RequestId = std::uint64_t;

/// A bag of tasks. The caller has validated the spec; the plan is its part that the Dispatcher keeps. Reply:
/// BatchAccepted.
struct SubmitBatch {
  BatchPlan plan;
  std::string spec;
  std::string idempotencyKey;
  std::vector<Digest> blobs;
};
/// Ends a batch whatever its size in O(1): hosts learn of it at their next sync. Reply: Done.
struct CancelBatch {
  BatchId batch;
};
/// No new leases until ResumeBatch; live attempts go on. Reply: Done.
struct PauseBatch {
  BatchId batch;
  std::string reason;
};
struct ResumeBatch {
  BatchId batch;
};
/// Failed tasks become active again under a new revision; advances by `load`. Reply: Done, at once.
struct RetryFailed {
  BatchId batch;
  std::vector<TaskIndex> only = {};  ///< ascending, at most limits::kLoadRows; empty: all
};
/// What the tasks that are not handed out yet need of hosts, and the priority, are others from now on. The caller has
/// validated the text, which is the submission's from then on (empty: it stays), and knows that there is such a batch.
/// Reply: Done.
struct ReviseBatch {
  BatchId batch;
  Requirements requirements;
  std::int32_t priority = 0;
  std::string spec;
};
/// Reply: Done.
struct CreateJoinToken {
  JoinToken token;
};
/// From now on the account's batches get this share beside those of others. Reply: Done.
struct SetAccountWeight {
  AccountId account;
  std::uint32_t weight = 1;
};
/// A group that is new (id 0) or changed. The caller has checked who may. Reply: GroupKept.
struct PutGroup {
  Group group;
};
/// A group without hosts goes; batches that may run only there wait for ever. Reply: Done.
struct DropGroup {
  GroupId group;
};
/// From now on the host is in this group, or public; what it runs goes on. Reply: Done.
struct MoveHost {
  HostId host;
  GroupId group;
};
/// From now on the account may have so much at once. Reply: Done.
struct SetQuota {
  AccountId account;
  Quota quota;
};
/// A host with a new key and a token. A key that is enrolled already gets its old host back. Reply: HostEnrolled.
struct EnrolHost {
  Digest tokenHash;
  Digest key;
  HostDescription description;
};
/// Takes effect at the host's next request; its live attempts go to others. Reply: Done.
struct RevokeHost {
  HostId host;
};
/// One call of an agent. `missing[i]` are the blobs that results[i] names and the server does not hold. Reply:
/// SyncOutcome.
struct SyncHost {
  HostId host;
  Digest key;
  wire::SyncRequest request;
  std::vector<std::vector<Digest>> missing;
};
/// Time passed: leases expire, waiting tasks ripen.
struct Tick {};
/// The answer to a Load.
struct RowsLoaded {
  Loaded rows;
};

struct Event {
  RequestId request = 0;
  std::variant<SubmitBatch, CancelBatch, PauseBatch, ResumeBatch, RetryFailed, ReviseBatch, CreateJoinToken,
               SetAccountWeight, PutGroup, DropGroup, MoveHost, SetQuota, EnrolHost, RevokeHost, SyncHost, Tick,
               RowsLoaded>
      what;
};

}  // namespace hearth::core
