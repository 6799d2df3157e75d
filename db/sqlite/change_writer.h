// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <utility>

#include "base/result.h"
#include "db/sqlite/attempt_rows.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/follow_rows.h"
#include "db/sqlite/group_rows.h"
#include "db/sqlite/identity_rows.h"
#include "db/sqlite/record_codec.h"
#include "db/store.h"

namespace hearth::db::sqlite {

/// Whether the change may find its name or key taken by another person's: such a unit needs a savepoint. The
/// Dispatcher's own changes cannot: there a taken key is a failure of the whole call.
bool mayConflict(const Change& change);

/// Turns changes into rows by statements that are prepared once. The caller holds the transaction, and keeps the
/// changes until finish(): those of attempts are gathered and written together. Lives with its connection.
class ChangeWriter {
 public:
  static Result<ChangeWriter> prepare(Connection& connection);

  Result<Outcome> write(const Change& change);
  /// Writes what was gathered: before a commit or a savepoint.
  Result<void> finish() { return m_attempts.write(); }
  /// Forgets what was gathered: after a failure.
  void abandon() { m_attempts.forget(); }

 private:
  ChangeWriter(Connection& connection, AttemptRows attempts, IdentityRows identities, GroupRows groups,
               FollowRows follow)
      : m_connection(&connection),
        m_attempts(std::move(attempts)),
        m_identities(std::move(identities)),
        m_groups(std::move(groups)),
        m_follow(std::move(follow)) {}

  Result<Outcome> put(const BatchInsert& change);
  Result<Outcome> put(const BatchProgress& change);
  Result<Outcome> put(const TaskPut& change);
  Result<Outcome> put(const LeaseInsert& change);
  Result<Outcome> put(const AttemptEnd& change);
  Result<Outcome> put(const AttemptVerdict& change);
  Result<Outcome> put(const AttemptRevive& change);
  Result<Outcome> put(const CheckpointPut& change);
  Result<Outcome> put(const CheckpointDrop& change);
  Result<Outcome> put(const HostPut& change);
  Result<Outcome> put(const AccountWeightPut& change);
  Result<Outcome> put(const JoinTokenPut& change);
  Result<Outcome> put(const CountersPut& change);
  Result<Outcome> put(const AccountInsert& change);
  Result<Outcome> put(const AccountRoles& change);
  Result<Outcome> put(const DataPut& change);
  Result<Outcome> put(const KeyApprovalPut& change);
  Result<Outcome> put(const KeyRequestPut& change);
  Result<Outcome> put(const AppVersionInsert& change);
  Result<Outcome> put(const DraftPut& change);
  Result<Outcome> put(const DraftDelete& change);
  Result<Outcome> put(const DraftFilePut& change);
  Result<Outcome> put(const DraftFileDelete& change);
  Result<Outcome> put(const UploadPut& change);
  Result<Outcome> put(const UploadDelete& change);
  Result<Outcome> put(const TallyPut& change);
  Result<Outcome> put(const ListedPut& change);
  Result<Outcome> put(const AuditAppend& change);
  Result<Outcome> put(const BatchRevise& change);
  Result<Outcome> put(const FollowChange& change);

  /// Runs a statement that must have touched a row; `what` was not there otherwise.
  Result<Outcome> runOnRow(Statement& statement, const char* what, std::uint64_t id);
  /// Runs a statement of the directory: a taken key, or no row touched, is a conflict.
  Result<Outcome> runDirectory(Statement& statement);

  Connection* m_connection;
  AttemptRows m_attempts;
  IdentityRows m_identities;
  GroupRows m_groups;
  FollowRows m_follow;
  Bytes m_buffer;
  Statement m_batch, m_batchSpec, m_batchBlob, m_progressInsert, m_progress, m_batchRevise, m_specRevise;
  Statement m_task, m_verdict, m_revive;
  Statement m_checkpoint, m_checkpointDrop, m_host, m_accountWeight, m_joinToken, m_counters;
  Statement m_account, m_roles, m_data;
  Statement m_approval, m_request, m_appVersion, m_audit;
  Statement m_draft, m_draftDataDelete, m_draftDelete, m_draftFilesDelete, m_draftFile, m_draftFileDelete, m_upload,
      m_uploadDelete;
  Statement m_tallied, m_tallyDelete, m_tally, m_listed, m_unlisted;
};

}  // namespace hearth::db::sqlite
