// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/change_writer.h"

#include <string>
#include <utility>
#include <variant>

namespace hearth::db::sqlite {
namespace {

Result<Outcome> done(Result<void> ran) {
  if (!ran) return fail(std::move(ran).error());
  return Outcome::kDone;
}

}  // namespace

bool mayConflict(const Change& change) {
  return std::holds_alternative<AccountInsert>(change) || std::holds_alternative<AccountRoles>(change) ||
         std::holds_alternative<AppVersionInsert>(change) || IdentityRows::mayConflict(change);
}

Result<ChangeWriter> ChangeWriter::prepare(Connection& connection) {
  Result<AttemptRows> attempts = AttemptRows::prepare(connection);
  if (!attempts) return fail(std::move(attempts).error());
  Result<IdentityRows> identities = IdentityRows::prepare(connection);
  if (!identities) return fail(std::move(identities).error());
  Result<GroupRows> groups = GroupRows::prepare(connection);
  if (!groups) return fail(std::move(groups).error());
  Result<FollowRows> follow = FollowRows::prepare(connection);
  if (!follow) return fail(std::move(follow).error());
  ChangeWriter writer(connection, std::move(*attempts), std::move(*identities), std::move(*groups), std::move(*follow));
  const std::pair<Statement*, const char*> texts[] = {
      {&writer.m_batch,
       "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&writer.m_batchSpec, "INSERT INTO batch_spec VALUES (?, ?)"},
      {&writer.m_batchBlob, "INSERT INTO batch_blob VALUES (?, ?) ON CONFLICT DO NOTHING"},
      {&writer.m_progressInsert, "INSERT INTO batch_progress VALUES (?, 0, '', 0, 0, 0, 0)"},
      {&writer.m_progress,
       "UPDATE batch_progress SET state = ?2, reason = ?3, cursor = ?4, certified = ?5, failed = ?6, ended = ?7 "
       "WHERE batch = ?1"},
      {&writer.m_batchRevise,
       "UPDATE batch SET platform = ?2, processors = ?3, memory_bytes = ?4, disk_bytes = ?5, sandbox = ?6, runtime = "
       "?7, "
       "gpus = ?8, gpu_api = ?9, priority = ?10 WHERE id = ?1"},
      {&writer.m_specRevise, "UPDATE batch_spec SET spec = ?2 WHERE batch = ?1"},
      {&writer.m_task, "INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?, ?, ?, ?)"},
      {&writer.m_verdict, "UPDATE result SET state = ?4 WHERE batch = ?1 AND idx = ?2 AND attempt = ?3"},
      {&writer.m_revive,
       "UPDATE result SET revision = ?4, host = ?5, state = ?6, leased = ?7, ended = ?8, report = ?9 "
       "WHERE batch = ?1 AND idx = ?2 AND attempt = ?3"},
      {&writer.m_checkpoint, "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)"},
      {&writer.m_checkpointDrop, "DELETE FROM checkpoint WHERE batch = ?1 AND idx = ?2 AND (attempt = ?3 OR ?3 = 0)"},
      {&writer.m_host, "INSERT OR REPLACE INTO host VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&writer.m_accountWeight, "INSERT OR REPLACE INTO account_weight VALUES (?, ?)"},
      {&writer.m_joinToken, "INSERT OR REPLACE INTO join_token VALUES (?, ?, ?, ?, ?)"},
      {&writer.m_counters, "UPDATE counters SET batches = ?, hosts = ?, attempts = ?, groups = ?"},
      {&writer.m_account, "INSERT INTO account VALUES (nullif(?, 0), ?, ?, ?)"},
      {&writer.m_roles, "UPDATE account SET roles = ?2 WHERE id = ?1"},
      {&writer.m_data, "INSERT INTO data VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"},
      {&writer.m_approval, "INSERT OR REPLACE INTO key_approval VALUES (?, ?, ?, ?, ?, ?)"},
      {&writer.m_request, "INSERT INTO key_request VALUES (?, ?, ?) ON CONFLICT DO NOTHING"},
      {&writer.m_appVersion, "INSERT INTO app_version VALUES (NULL, ?, ?, ?, ?, ?, ?)"},
      {&writer.m_draft, "INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      // What came while the draft was being made, or is in it, and is now of no use to its owner. Whoever publishes
      // keeps all: the files of a package stand in no table.
      {&writer.m_draftDataDelete,
       "DELETE FROM data WHERE owner = (SELECT owner FROM draft WHERE id = ?1) AND (digest IN (SELECT digest FROM "
       "draft_file WHERE draft = ?1) OR created BETWEEN (SELECT created FROM draft WHERE id = ?1) AND (SELECT changed "
       "FROM draft WHERE id = ?1)) AND digest NOT IN (SELECT draft_file.digest FROM draft JOIN draft_file ON "
       "draft_file.draft = draft.id WHERE draft.owner = (SELECT owner FROM draft WHERE id = ?1) AND draft.id <> ?1) "
       "AND "
       "NOT EXISTS (SELECT 1 FROM batch_blob JOIN batch ON batch.id = batch_blob.batch WHERE batch_blob.digest = "
       "data.digest AND batch.owner = data.owner) AND owner NOT IN (SELECT publisher FROM app_version)"},
      {&writer.m_draftDelete, "DELETE FROM draft WHERE id = ?"},
      {&writer.m_draftFilesDelete, "DELETE FROM draft_file WHERE draft = ?"},
      {&writer.m_draftFile, "INSERT OR REPLACE INTO draft_file VALUES (?, ?, ?, ?, ?)"},
      {&writer.m_draftFileDelete, "DELETE FROM draft_file WHERE draft = ? AND path = ?"},
      {&writer.m_upload, "INSERT OR REPLACE INTO upload VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&writer.m_uploadDelete, "DELETE FROM upload WHERE id = ?"},
      {&writer.m_tallied, "INSERT OR REPLACE INTO tallied VALUES (?, ?)"},
      {&writer.m_tallyDelete, "DELETE FROM tally WHERE batch = ?"},
      {&writer.m_tally, "INSERT INTO tally VALUES (?, ?, ?, ?)"},
      {&writer.m_listed, "INSERT OR IGNORE INTO listed VALUES (?)"},
      {&writer.m_unlisted, "DELETE FROM listed WHERE account = ?"},
      {&writer.m_audit, "INSERT INTO audit VALUES (NULL, ?, ?, ?, ?, ?)"},
  };
  for (const auto& [statement, sql] : texts) {
    Result<Statement> prepared = connection.prepare(sql);
    if (!prepared) return fail(std::move(prepared).error());
    *statement = std::move(*prepared);
  }
  return writer;
}

Result<Outcome> ChangeWriter::write(const Change& change) {
  return std::visit(
      [this](const auto& kind) -> Result<Outcome> {
        if constexpr (requires { m_identities.put(kind); }) {
          return m_identities.put(kind);
        } else if constexpr (requires { m_groups.put(kind); }) {
          return m_groups.put(kind);
        } else {
          return put(kind);
        }
      },
      change);
}

Result<Outcome> ChangeWriter::runOnRow(Statement& statement, const char* what, std::uint64_t id) {
  HEARTH_TRY(statement.run());
  if (m_connection->changes() != 0) return Outcome::kDone;
  return fail(ErrorCode::kConflict, std::string("the database has no ") + what + " " + std::to_string(id));
}

Result<Outcome> ChangeWriter::runDirectory(Statement& statement) {
  Result<void> ran = statement.run();
  if (!ran && ran.error().code == ErrorCode::kConflict) return Outcome::kConflict;
  if (!ran) return fail(std::move(ran).error());
  return m_connection->changes() != 0 ? Outcome::kDone : Outcome::kConflict;
}

Result<Outcome> ChangeWriter::put(const BatchInsert& change) {
  const BatchPlan& plan = change.plan;
  const Requirements& needs = plan.requirements;
  const BatchPolicy& policy = plan.policy;
  HEARTH_TRY(m_batch
                 .bind(change.batch, plan.owner, plan.name, plan.tasks, needs.platform, needs.processors,
                       needs.memoryBytes, needs.diskBytes, needs.sandbox, policy.quorum, policy.retries,
                       policy.deadline, policy.atOnce, policy.stopAfterFailures, policy.priority, change.created,
                       change.idempotencyKey, plan.application, policy.weight, policy.distinct, needs.runtime,
                       needs.gpus, needs.gpuApi, plan.where, plan.group)
                 .run());
  HEARTH_TRY(m_progressInsert.bind(change.batch).run());
  HEARTH_TRY(m_batchSpec.bind(change.batch, change.spec).run());
  for (const Digest& blob : change.blobs) HEARTH_TRY(m_batchBlob.bind(change.batch, blob).run());
  return Outcome::kDone;
}

Result<Outcome> ChangeWriter::put(const BatchProgress& change) {
  m_progress.bind(change.batch, change.state, change.reason, change.cursor, change.certified, change.failed,
                  change.ended);
  return runOnRow(m_progress, "batch", change.batch.value);
}

Result<Outcome> ChangeWriter::put(const TaskPut& change) {
  return done(m_task
                  .bind(change.task.batch, change.task.index, change.state, change.revision, change.failures,
                        change.canonical, change.reason)
                  .run());
}

Result<Outcome> ChangeWriter::put(const LeaseInsert& change) { return done(m_attempts.add(change)); }

Result<Outcome> ChangeWriter::put(const AttemptEnd& change) {
  m_attempts.add(change);
  return Outcome::kDone;
}

Result<Outcome> ChangeWriter::put(const AttemptVerdict& change) {
  HEARTH_TRY(finish());  // its record may be among those that were gathered
  m_verdict.bind(change.task.batch, change.task.index, change.attempt, change.state);
  return runOnRow(m_verdict, "record of attempt", change.attempt.value);
}

Result<Outcome> ChangeWriter::put(const AttemptRevive& change) {
  HEARTH_TRY(finish());
  const Lease& lease = change.record.lease;
  encode(change.record.report, m_buffer);
  m_revive.bind(lease.task.batch, lease.task.index, lease.attempt, lease.revision, lease.host, change.record.state,
                lease.leased, change.record.ended, m_buffer);
  return runOnRow(m_revive, "record of attempt", lease.attempt.value);
}

Result<Outcome> ChangeWriter::put(const CheckpointPut& change) {
  return done(m_checkpoint
                  .bind(change.task.batch, change.task.index, change.attempt, change.checkpoint.digest,
                        change.checkpoint.size, change.passedOn)
                  .run());
}

Result<Outcome> ChangeWriter::put(const CheckpointDrop& change) {
  return done(m_checkpointDrop.bind(change.task.batch, change.task.index, change.attempt).run());
}

Result<Outcome> ChangeWriter::put(const HostPut& change) {
  const Host& host = change.host;
  const HostDescription& about = host.description;
  encode(about.gpus, m_buffer);
  return done(m_host
                  .bind(host.id, host.account, host.key, about.name, about.platform, about.processor, about.agent,
                        about.processors, about.memoryBytes, about.diskBytes, about.sandbox, host.enrolled,
                        host.revoked, about.speed, about.runtimes.bits, m_buffer, host.group)
                  .run());
}

Result<Outcome> ChangeWriter::put(const AccountWeightPut& change) {
  return done(m_accountWeight.bind(change.account, change.weight).run());
}

Result<Outcome> ChangeWriter::put(const JoinTokenPut& change) {
  const JoinToken& token = change.token;
  return done(m_joinToken.bind(token.secretHash, token.account, token.usesLeft, token.expires, token.group).run());
}

Result<Outcome> ChangeWriter::put(const CountersPut& change) {
  return done(m_counters.bind(change.batches, change.hosts, change.attempts, change.groups).run());
}

Result<Outcome> ChangeWriter::put(const AccountInsert& change) {
  const Account& account = change.account;
  m_account.bind(account.id, account.name, account.roles.bits, account.created);
  return runDirectory(m_account);
}

Result<Outcome> ChangeWriter::put(const AccountRoles& change) {
  m_roles.bind(change.account, change.roles.bits);
  return runDirectory(m_roles);
}

Result<Outcome> ChangeWriter::put(const DataPut& change) {
  return done(m_data.bind(change.owner, change.digest, change.size, change.created).run());
}

Result<Outcome> ChangeWriter::put(const KeyApprovalPut& change) {
  const KeyApproval& approval = change.approval;
  return done(
      m_approval
          .bind(approval.role, approval.account, approval.key, approval.expires, approval.signer, approval.signature)
          .run());
}

Result<Outcome> ChangeWriter::put(const KeyRequestPut& change) {
  return done(m_request.bind(change.account, change.key, change.created).run());
}

Result<Outcome> ChangeWriter::put(const AppVersionInsert& change) {
  encode(change.signature, m_buffer);
  m_appVersion.bind(change.name, change.version, change.package, m_buffer, change.publisher, change.created);
  return runDirectory(m_appVersion);
}

Result<Outcome> ChangeWriter::put(const DraftPut& change) {
  const Draft& draft = change.draft;
  return done(m_draft
                  .bind(draft.id, draft.owner, draft.name, draft.manifest, draft.trial, draft.batch, draft.created,
                        draft.changed)
                  .run());
}

Result<Outcome> ChangeWriter::put(const DraftDelete& change) {
  HEARTH_TRY(m_draftDataDelete.bind(change.draft).run());
  HEARTH_TRY(m_draftFilesDelete.bind(change.draft).run());
  return done(m_draftDelete.bind(change.draft).run());
}

Result<Outcome> ChangeWriter::put(const DraftFilePut& change) {
  const FileRef& file = change.file;
  return done(m_draftFile.bind(change.draft, file.path, file.digest, file.size, file.executable).run());
}

Result<Outcome> ChangeWriter::put(const DraftFileDelete& change) {
  return done(m_draftFileDelete.bind(change.draft, change.path).run());
}

Result<Outcome> ChangeWriter::put(const UploadPut& change) {
  const UploadRecord& upload = change.upload;
  return done(m_upload
                  .bind(upload.id, upload.owner, upload.size, upload.metadata, upload.draft, upload.path,
                        upload.complete, upload.digest, upload.created)
                  .run());
}

Result<Outcome> ChangeWriter::put(const UploadDelete& change) { return done(m_uploadDelete.bind(change.upload).run()); }

Result<Outcome> ChangeWriter::put(const TallyPut& change) {
  const Tally& tally = change.tally;
  HEARTH_TRY(m_tallied.bind(tally.batch, tally.ended).run());
  HEARTH_TRY(m_tallyDelete.bind(tally.batch).run());
  for (const Contribution& one : tally.contributions) {
    HEARTH_TRY(m_tally.bind(tally.batch, one.account, one.tasks, one.processorTime).run());
  }
  return Outcome::kDone;
}

Result<Outcome> ChangeWriter::put(const ListedPut& change) {
  return done((change.listed ? m_listed : m_unlisted).bind(change.account).run());
}

Result<Outcome> ChangeWriter::put(const AuditAppend& change) {
  return done(m_audit.bind(change.at, change.actor, change.action, change.subject, change.detail).run());
}

Result<Outcome> ChangeWriter::put(const BatchRevise& change) {
  const Requirements& needs = change.requirements;
  m_batchRevise.bind(change.batch, needs.platform, needs.processors, needs.memoryBytes, needs.diskBytes, needs.sandbox,
                     needs.runtime, needs.gpus, needs.gpuApi, change.priority);
  auto revised = runOnRow(m_batchRevise, "batch", change.batch.value);
  if (!revised || change.spec.empty()) return revised;
  m_specRevise.bind(change.batch, change.spec);
  return runOnRow(m_specRevise, "text of batch", change.batch.value);
}

Result<Outcome> ChangeWriter::put(const FollowChange& change) {
  if (std::holds_alternative<ResultsRemove>(change)) HEARTH_TRY(finish());  // its records may be among the gathered
  return m_follow.write(change);
}

}  // namespace hearth::db::sqlite
