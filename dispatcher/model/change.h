// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/time.h"
#include "model/account.h"
#include "model/attempt.h"
#include "model/batch.h"
#include "model/contribution.h"
#include "model/draft.h"
#include "model/group.h"
#include "model/follow.h"
#include "model/host.h"
#include "model/identity.h"
#include "model/package.h"
#include "model/states.h"

/// What the Dispatcher and the API need kept: one alternative a kind of row. A store applies them; it decides nothing.
namespace hearth {

/// The parts of a batch that change while it runs.
struct BatchProgress {
  BatchId batch;
  BatchState state = BatchState::kOpen;
  std::string reason;        ///< why it is paused or cancelled, for people
  std::uint64_t cursor = 0;  ///< tasks below it were leased at least once
  std::uint64_t certified = 0;
  std::uint64_t failed = 0;
  Instant ended;  ///< when it became done or cancelled; 0 otherwise
  bool operator==(const BatchProgress&) const = default;
};

struct BatchInsert {
  BatchId batch;
  BatchPlan plan;
  Instant created;
  std::string spec;            ///< JSON of the BatchSpec: read by the API, never by the Dispatcher
  std::string idempotencyKey;  ///< unique for an owner; empty: none
  std::vector<Digest> blobs;   ///< every blob that the batch refers to, so that none is collected
  bool operator==(const BatchInsert&) const = default;
};

/// A person changed what the tasks of a batch need, or its priority.
struct BatchRevise {
  BatchId batch;
  Requirements requirements;
  std::int32_t priority = 0;
  std::string spec;  ///< JSON of the BatchSpec as it is from now on; empty: as it was
  bool operator==(const BatchRevise&) const = default;
};

/// A task that needs a row: its leases and records do not tell how it stands. A task below the cursor without a row has
/// a lease, or it was certified by the first attempt that ended: then its valid record is the canonical one.
struct TaskPut {
  TaskId task;
  TaskState state = TaskState::kActive;
  std::uint32_t revision = 0;
  std::uint32_t failures = 0;  ///< attempts of this revision that ended without a usable result
  AttemptId canonical;
  std::string reason;  ///< why it failed
  bool operator==(const TaskPut&) const = default;
};

/// A new lease.
struct LeaseInsert {
  Lease lease;
  bool operator==(const LeaseInsert&) const = default;
};

/// A lease ended: the lease goes, the record is appended.
struct AttemptEnd {
  AttemptRecord record;
  bool operator==(const AttemptEnd&) const = default;
};

/// The verdict on a record that is kept already; `report` is set when a late return revives an expired attempt.
struct AttemptVerdict {
  TaskId task;
  AttemptId attempt;
  AttemptState state = AttemptState::kValid;
  bool operator==(const AttemptVerdict&) const = default;
};

/// A record rewritten whole: an expired attempt came back after all.
struct AttemptRevive {
  AttemptRecord record;
  bool operator==(const AttemptRevive&) const = default;
};

/// The newest checkpoint of an attempt, in the place of the one before. `passedOn`: a later attempt went on from it.
struct CheckpointPut {
  TaskId task;
  AttemptId attempt;
  Checkpoint checkpoint;
  bool passedOn = false;
  bool operator==(const CheckpointPut&) const = default;
};
/// The attempt's checkpoint is of no use any more; attempt 0: those of all attempts of the task.
struct CheckpointDrop {
  TaskId task;
  AttemptId attempt;
  bool operator==(const CheckpointDrop&) const = default;
};

struct HostPut {
  Host host;
  bool operator==(const HostPut&) const = default;
};

/// What an account's batches get beside those of others; 1 unless it was set.
struct AccountWeightPut {
  AccountId account;
  std::uint32_t weight = 1;
  bool operator==(const AccountWeightPut&) const = default;
};

/// In the place of what was known of it.
struct GroupPut {
  Group group;
  bool operator==(const GroupPut&) const = default;
};
struct GroupDrop {
  GroupId group;
  bool operator==(const GroupDrop&) const = default;
};
/// What an account may have at once; the project's default unless it was set.
struct AccountQuotaPut {
  AccountId account;
  Quota quota;
  bool operator==(const AccountQuotaPut&) const = default;
};

struct JoinTokenPut {
  JoinToken token;
  bool operator==(const JoinTokenPut&) const = default;
};

/// Ids below these may have been given out. Written when a block of ids is claimed, so that one write covers many.
struct CountersPut {
  std::uint64_t batches = 1;
  std::uint64_t hosts = 1;
  std::uint64_t attempts = 1;
  std::uint64_t groups = 1;
  bool operator==(const CountersPut&) const = default;
};

// The directory: written by the API, unknown to the Dispatcher. An insert of a name or key that is there is a conflict.
struct AccountInsert {
  Account account;  ///< id 0: the store gives the next one
  bool operator==(const AccountInsert&) const = default;
};
struct AccountRoles {
  AccountId account;
  RoleSet roles;
  bool operator==(const AccountRoles&) const = default;
};
struct AccessTokenInsert {
  AccessToken token;
  std::string accountName;  ///< if token.account is 0: the account of this name, which may be inserted by the same unit
  bool operator==(const AccessTokenInsert&) const = default;
};
struct AccessTokenDelete {
  Digest secretHash;
  bool operator==(const AccessTokenDelete&) const = default;
};
/// About when it was used last.
struct AccessTokenSeen {
  Digest secretHash;
  Instant at;
  bool operator==(const AccessTokenSeen&) const = default;
};
/// All of one kind that an account has, but for the one excepted.
struct AccessTokensEnd {
  AccountId account;
  TokenKind kind = TokenKind::kSession;
  Digest except;
  bool operator==(const AccessTokensEnd&) const = default;
};

// By what people are known. A row that is named and not there (any more) is a conflict: what is good once is used once.
struct CredentialPut {
  Credential credential;
  std::string accountName;  ///< as in AccessTokenInsert
  bool operator==(const CredentialPut&) const = default;
};
struct SecondFactorPut {
  SecondFactor factor;
  bool operator==(const SecondFactorPut&) const = default;
};
/// A code of this step was accepted: a conflict unless it is later than the last one.
struct SecondFactorUse {
  AccountId account;
  std::uint64_t step = 0;
  bool operator==(const SecondFactorUse&) const = default;
};
/// With its recovery codes.
struct SecondFactorDrop {
  AccountId account;
  bool operator==(const SecondFactorDrop&) const = default;
};
/// In the place of those there were.
struct RecoveryCodesPut {
  AccountId account;
  std::vector<Digest> hashes;
  bool operator==(const RecoveryCodesPut&) const = default;
};
struct RecoveryCodeUse {
  AccountId account;
  Digest hash;
  bool operator==(const RecoveryCodeUse&) const = default;
};
struct InvitationPut {
  Invitation invitation;
  bool operator==(const InvitationPut&) const = default;
};
struct InvitationUse {
  Digest secretHash;
  bool operator==(const InvitationUse&) const = default;
};
struct InvitationDrop {
  Digest secretHash;
  bool operator==(const InvitationDrop&) const = default;
};
/// In the place of the account's earlier one.
struct PasswordLinkPut {
  PasswordLink link;
  bool operator==(const PasswordLinkPut&) const = default;
};
struct PasswordLinkUse {
  Digest secretHash;
  bool operator==(const PasswordLinkUse&) const = default;
};
struct IdentityInsert {
  Identity identity;
  std::string accountName;  ///< as in AccessTokenInsert
  bool operator==(const IdentityInsert&) const = default;
};
struct IdentityDrop {
  AccountId account;
  std::string issuer;
  std::string subject;
  bool operator==(const IdentityDrop&) const = default;
};
/// All by which the person is known goes, the account stays as a number without a name or a role.
struct AccountErase {
  AccountId account;
  bool operator==(const AccountErase&) const = default;
};

/// `owner` may use this blob: they uploaded it, or it came out of their batch.
struct DataPut {
  AccountId owner;
  Digest digest;
  std::uint64_t size = 0;
  Instant created;
  bool operator==(const DataPut&) const = default;
};
struct KeyApprovalPut {
  KeyApproval approval;
  bool operator==(const KeyApprovalPut&) const = default;
};
/// An account asks for its signing key to be approved.
struct KeyRequestPut {
  AccountId account;
  PublicKeyText key;
  Instant created;
  bool operator==(const KeyRequestPut&) const = default;
};
struct AppVersionInsert {
  std::string name;
  std::string version;
  Digest package;
  PackageSignature signature;
  AccountId publisher;
  Instant created;
  bool operator==(const AppVersionInsert&) const = default;
};
/// A draft, new or in the place of the one of this id.
struct DraftPut {
  Draft draft;
  bool operator==(const DraftPut&) const = default;
};
/// With its files.
struct DraftDelete {
  std::string draft;
  bool operator==(const DraftDelete&) const = default;
};
struct DraftFilePut {
  std::string draft;
  FileRef file;
  bool operator==(const DraftFilePut&) const = default;
};
struct DraftFileDelete {
  std::string draft;
  std::string path;
  bool operator==(const DraftFileDelete&) const = default;
};
/// An upload, new or in the place of the one of this id.
struct UploadPut {
  UploadRecord upload;
  bool operator==(const UploadPut&) const = default;
};
struct UploadDelete {
  std::string upload;
  bool operator==(const UploadDelete&) const = default;
};
/// In the place of what was counted of this batch before.
struct TallyPut {
  Tally tally;
  bool operator==(const TallyPut&) const = default;
};
/// Whether the account agreed to be named among those who help.
struct ListedPut {
  AccountId account;
  bool listed = false;
  bool operator==(const ListedPut&) const = default;
};
struct AuditAppend {
  Instant at;
  AccountId actor;
  std::string action;   ///< "host.revoke"
  std::string subject;  ///< "host 17"
  std::string detail;
  bool operator==(const AuditAppend&) const = default;
};

using Change =
    std::variant<BatchInsert, BatchProgress, TaskPut, LeaseInsert, AttemptEnd, AttemptVerdict, AttemptRevive,
                 CheckpointPut, CheckpointDrop, HostPut, AccountWeightPut, GroupPut, GroupDrop, AccountQuotaPut,
                 JoinTokenPut, CountersPut, AccountInsert, AccountRoles, AccessTokenInsert, AccessTokenDelete,
                 AccessTokenSeen, AccessTokensEnd, CredentialPut, SecondFactorPut, SecondFactorUse, SecondFactorDrop,
                 RecoveryCodesPut, RecoveryCodeUse, InvitationPut, InvitationUse, InvitationDrop, PasswordLinkPut,
                 PasswordLinkUse, IdentityInsert, IdentityDrop, AccountErase, DataPut, KeyApprovalPut, KeyRequestPut,
                 AppVersionInsert, DraftPut, DraftDelete, DraftFilePut, DraftFileDelete, UploadPut, UploadDelete,
                 TallyPut, ListedPut, AuditAppend, BatchRevise, FollowChange>;
using Changes = std::vector<Change>;

/// What the Dispatcher is rebuilt from at start: everything that is not over.
struct Snapshot {
  struct Batch {
    BatchId batch;
    BatchPlan plan;
    BatchProgress progress;
    Instant created;
    std::string idempotencyKey;
  };
  struct ActiveTask {
    TaskPut task;
    std::vector<AttemptRecord> records;  ///< of its present revision
  };
  CountersPut counters;
  std::vector<Batch> batches;     ///< open, running and paused, by id
  std::deque<Lease> leases;       ///< of all batches, by attempt; there may be a million, so it is eaten up in pieces
  std::vector<ActiveTask> tasks;  ///< state active in those batches, by task
  std::vector<CheckpointPut> checkpoints = {};  ///< by task and attempt
  std::deque<Host> hosts;
  std::vector<JoinToken> joinTokens;
  std::vector<Group> groups = {};                ///< by id
  std::vector<AccountQuotaPut> quotas = {};      ///< those that were set, by account
  std::vector<AccountWeightPut> accountWeights;  ///< those that were set, by account
};

/// Rows that are no longer in memory, asked for by the Dispatcher; they come back as an event.
struct LoadFailedTasks {
  BatchId batch;
  TaskIndex from = 0;  ///< first index to look at
  bool operator==(const LoadFailedTasks&) const = default;
};
/// A batch that is over, to be taken up again.
struct LoadBatch {
  BatchId batch;
  bool operator==(const LoadBatch&) const = default;
};
using Load = std::variant<LoadFailedTasks, LoadBatch>;

struct LoadedFailedTasks {
  BatchId batch;
  std::vector<TaskPut> tasks;  ///< at most limits::kLoadRows, by index
  bool more = false;
};
struct LoadedBatch {
  std::vector<Snapshot::Batch> batch;  ///< one, or none if there is no such batch
  BatchId asked = {};
};
using Loaded = std::variant<LoadedFailedTasks, LoadedBatch>;

}  // namespace hearth
