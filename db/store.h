// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "db/follow_store.h"
#include "model/change.h"

namespace hearth::db {

/// Changes that hold together: all of them or none.
struct Unit {
  Changes changes;
};

enum class Outcome : std::uint8_t {
  kDone,
  /// A name or key that this unit gives to the directory is taken, or the account that it names does not exist: nothing
  /// of the unit was kept, the other units were.
  kConflict,
};

/// What keeps the project's state. One thread (the writer) makes every call. A failed call has changed nothing.
class Store {
 public:
  virtual ~Store() = default;

  /// Applies the units in order as one transaction, durable on return. An error (disk full, I/O) means that none was
  /// kept. So does a Dispatcher's change that contradicts what is kept (a lease that ends twice, a verdict on a record
  /// that is not there, a batch's key that is taken): an error of kind kConflict, after which the Dispatcher is
  /// rebuilt.
  virtual Result<std::vector<Outcome>> apply(std::span<const Unit> units) = 0;

  /// Everything that is not over, to rebuild the Dispatcher from.
  virtual Result<Snapshot> restore() = 0;

  virtual Result<Loaded> load(const Load& request) = 0;
};

// What people look at. One record a row of a list.

struct BatchRecord {
  BatchId batch;
  BatchPlan plan;
  BatchProgress progress;
  Instant created;
};
struct TaskRecord {
  TaskPut task;                         ///< of one without a row: what its records and its batch say of it
  std::vector<AttemptRecord> attempts;  ///< ended ones, by attempt
};
/// What the records of a task that has no row, by attempt, and the cursor of its batch say of it.
TaskPut taskWithoutRow(TaskId task, std::uint64_t cursor, std::span<const AttemptRecord> records);

struct CertifiedResult {
  TaskIndex index = 0;
  AttemptRecord record;  ///< the canonical one
};
struct AppVersion {
  std::string name;
  std::string version;
  Digest package;
  PackageSignature signature;
  Instant created;
};
struct KeyRequest {
  AccountId account;
  std::string accountName;
  PublicKeyText key;
  Instant created;
};
struct AuditEntry {
  std::uint64_t number = 0;
  AuditAppend entry;
};

/// Sums over all batches.
struct Totals {
  std::uint64_t batches = 0;
  std::uint64_t certified = 0;  ///< tasks
};

/// Committed state for the API. Any thread may call; a call sees one consistent state. Lists are paged by key: rows
/// after `after`, at most `limit`.
class ReadStore {
 public:
  virtual ~ReadStore() = default;

  virtual Result<std::optional<BatchRecord>> batch(BatchId batch) = 0;
  virtual Result<std::optional<std::string>> batchSpec(BatchId batch) = 0;
  /// Newest first: batches with an id below `before` (0: from the newest); owner 0: of everybody.
  virtual Result<std::vector<BatchRecord>> batches(AccountId owner, BatchId before, std::size_t limit) = 0;
  virtual Result<Totals> totals() = 0;
  virtual Result<std::optional<BatchId>> batchByKey(AccountId owner, std::string_view idempotencyKey) = 0;
  virtual Result<std::optional<TaskRecord>> task(TaskId task) = 0;
  /// Tasks of one state, from index `from` on; pending ones, and active ones that have no row, are not listed.
  virtual Result<std::vector<TaskPut>> tasks(BatchId batch, TaskState state, TaskIndex from, std::size_t limit) = 0;
  virtual Result<std::vector<CertifiedResult>> results(BatchId batch, TaskIndex from, std::size_t limit) = 0;
  /// Account 0: of everybody.
  virtual Result<std::vector<Host>> hosts(AccountId account, HostId after, std::size_t limit) = 0;

  virtual Result<std::optional<Account>> account(AccountId account) = 0;
  virtual Result<std::optional<Account>> accountByName(std::string_view name) = 0;
  virtual Result<std::vector<Account>> accounts(AccountId after, std::size_t limit) = 0;
  virtual Result<std::optional<AccessToken>> accessToken(const Digest& secretHash) = 0;
  /// Of one kind, newest first; at most so many.
  virtual Result<std::vector<AccessToken>> accessTokens(AccountId account, TokenKind kind, std::size_t limit) = 0;
  virtual Result<std::optional<Credential>> credential(AccountId account) = 0;
  virtual Result<std::optional<SecondFactor>> secondFactor(AccountId account) = 0;
  virtual Result<std::size_t> recoveryCodesLeft(AccountId account) = 0;
  virtual Result<std::optional<Invitation>> invitation(const Digest& secretHash) = 0;
  /// Newest first.
  virtual Result<std::vector<Invitation>> invitations(std::size_t limit) = 0;
  virtual Result<std::optional<PasswordLink>> passwordLink(const Digest& secretHash) = 0;
  virtual Result<std::optional<Identity>> identity(std::string_view issuer, std::string_view subject) = 0;
  virtual Result<std::vector<Identity>> identities(AccountId account) = 0;
  virtual Result<std::optional<Group>> group(GroupId group) = 0;
  virtual Result<std::optional<Group>> groupByName(std::string_view name) = 0;
  /// Those that an account is a member of, by id.
  virtual Result<std::vector<Group>> groupsOf(AccountId account) = 0;
  virtual Result<std::vector<Host>> groupHosts(GroupId group, HostId after, std::size_t limit) = 0;
  virtual Result<std::optional<Quota>> quota(AccountId account) = 0;  ///< if it was set
  virtual Result<std::uint64_t> dataBytes(AccountId owner) = 0;
  virtual Result<bool> mayUse(AccountId owner, const Digest& blob) = 0;
  virtual Result<std::vector<KeyApproval>> keyApprovals(std::string_view account) = 0;  ///< "": of release keys
  virtual Result<std::vector<KeyRequest>> keyRequests() = 0;                            ///< not approved yet
  /// The newest version of that name, or the one named.
  virtual Result<std::optional<AppVersion>> appVersion(std::string_view name, std::string_view version) = 0;
  virtual Result<std::vector<AppVersion>> appVersions() = 0;
  virtual Result<std::optional<Draft>> draft(std::string_view id) = 0;
  /// Those changed last first.
  virtual Result<std::vector<Draft>> drafts(AccountId owner, std::size_t limit) = 0;
  /// Of everybody, those changed before: the longest untouched first.
  virtual Result<std::vector<Draft>> draftsUntouchedSince(Instant when, std::size_t limit) = 0;
  virtual Result<std::vector<FileRef>> draftFiles(std::string_view draft, std::string_view afterPath,
                                                  std::size_t limit) = 0;
  virtual Result<std::optional<FileRef>> draftFile(std::string_view draft, std::string_view path) = 0;
  virtual Result<DraftTotals> draftTotals(std::string_view draft) = 0;
  virtual Result<DraftTotals> draftTotalsOf(AccountId owner) = 0;  ///< of all that the account has
  virtual Result<std::optional<UploadRecord>> upload(std::string_view id) = 0;
  /// Those that are not complete, the latest first.
  virtual Result<std::vector<UploadRecord>> uploadsOf(AccountId owner, std::size_t limit) = 0;
  /// Of everybody, complete or not: the oldest first.
  virtual Result<std::vector<UploadRecord>> uploadsBefore(Instant when, std::size_t limit) = 0;
  /// Batches that are over and have not been counted since they ended, oldest first.
  virtual Result<std::vector<BatchRecord>> untallied(std::size_t limit) = 0;
  virtual Result<Contribution> contribution(AccountId account) = 0;
  /// Those who agreed to be named, by processor time, most first.
  virtual Result<std::vector<Leader>> leaders(std::size_t limit) = 0;
  virtual Result<bool> listed(AccountId account) = 0;
  virtual Result<std::vector<AuditEntry>> audit(std::uint64_t after, std::size_t limit) = 0;

  /// The same state, of what people keep beside batches. Lives as long as this.
  virtual FollowReads& follow() = 0;
};

}  // namespace hearth::db
