// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/memory/table_writer.h"

#include <algorithm>
#include <set>
#include <string>
#include <variant>

namespace hearth::db::memory {
namespace {

Result<Outcome> missing(const char* what, std::uint64_t id) {
  return fail(ErrorCode::kConflict, std::string("the database has no ") + what + " " + std::to_string(id));
}

Result<Outcome> taken(const char* what, std::uint64_t id) {
  return fail(ErrorCode::kConflict, std::string("the database has ") + what + " " + std::to_string(id) + " already");
}

Tables::RecordKey keyOf(const AttemptRecord& record) { return {record.lease.task, record.lease.attempt}; }

template <typename Map>
std::uint64_t nextNumber(const Map& map) {
  return map.empty() ? 1 : map.rbegin()->first + 1;
}

}  // namespace

Result<Outcome> TableWriter::write(const Change& change) {
  return std::visit([this](const auto& kind) { return put(kind); }, change);
}

void TableWriter::takeBack(std::size_t mark) {
  for (; m_undo.size() > mark; m_undo.pop_back()) m_undo.back()();
}

Result<Outcome> TableWriter::put(const BatchInsert& change) {
  BatchRow row{change, {}};
  row.progress.batch = change.batch;
  if (!add(m_tables.batches, change.batch, std::move(row))) return taken("batch", change.batch.value);
  if (change.idempotencyKey.empty()) return Outcome::kDone;
  if (!add(m_tables.batchKeys, {change.plan.owner, change.idempotencyKey}, change.batch))
    return taken("the idempotency key of batch", change.batch.value);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const BatchProgress& change) {
  const auto row = m_tables.batches.find(change.batch);
  if (row == m_tables.batches.end()) return missing("batch", change.batch.value);
  m_undo.push_back([&progress = row->second.progress, old = row->second.progress] { progress = old; });
  row->second.progress = change;
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const TaskPut& change) {
  set(m_tables.tasks, change.task, change);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const LeaseInsert& change) {
  const bool added = add(m_tables.leases, change.lease.attempt, change.lease);
  return added ? Outcome::kDone : taken("the lease of attempt", change.lease.attempt.value);
}

Result<Outcome> TableWriter::put(const AttemptEnd& change) {
  const AttemptId attempt = change.record.lease.attempt;
  if (!remove(m_tables.leases, attempt)) return missing("lease of attempt", attempt.value);
  const bool added = add(m_tables.records, keyOf(change.record), change.record);
  return added ? Outcome::kDone : taken("the record of attempt", attempt.value);
}

Result<Outcome> TableWriter::put(const AttemptVerdict& change) {
  const auto row = m_tables.records.find({change.task, change.attempt});
  if (row == m_tables.records.end()) return missing("record of attempt", change.attempt.value);
  m_undo.push_back([&state = row->second.state, old = row->second.state] { state = old; });
  row->second.state = change.state;
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AttemptRevive& revive) {
  if (change(m_tables.records, keyOf(revive.record), revive.record)) return Outcome::kDone;
  return missing("record of attempt", revive.record.lease.attempt.value);
}

Result<Outcome> TableWriter::put(const CheckpointPut& change) {
  set(m_tables.checkpoints, {change.task, change.attempt}, change);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const CheckpointDrop& change) {
  auto row = m_tables.checkpoints.lower_bound({change.task, change.attempt});
  while (row != m_tables.checkpoints.end() && row->first.first == change.task &&
         (!change.attempt || row->first.second == change.attempt)) {
    const Tables::RecordKey key = (row++)->first;
    remove(m_tables.checkpoints, key);
  }
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const HostPut& change) {
  set(m_tables.hosts, change.host.id, change.host);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AccountWeightPut& change) {
  set(m_tables.accountWeights, change.account, change);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const JoinTokenPut& change) {
  set(m_tables.joinTokens, change.token.secretHash, change.token);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const CountersPut& change) {
  m_undo.push_back([this, old = m_tables.counters] { m_tables.counters = old; });
  m_tables.counters = change;
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AccountInsert& change) {
  Account account = change.account;
  if (!account.id) account.id.value = m_tables.accounts.empty() ? 1 : m_tables.accounts.rbegin()->first.value + 1;
  if (!add(m_tables.accounts, account.id, account)) return Outcome::kConflict;
  return add(m_tables.accountNames, account.name, account.id) ? Outcome::kDone : Outcome::kConflict;
}

Result<Outcome> TableWriter::put(const AccountRoles& roles) {
  const auto row = m_tables.accounts.find(roles.account);
  if (row == m_tables.accounts.end()) return Outcome::kConflict;
  Account account = row->second;
  account.roles = roles.roles;
  change(m_tables.accounts, roles.account, std::move(account));
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const DataPut& change) {
  add(m_tables.data, {change.owner, change.digest}, change);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const KeyApprovalPut& change) {
  const KeyApproval& approval = change.approval;
  set(m_tables.approvals, {approval.role, approval.account, approval.key}, approval);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const KeyRequestPut& change) {
  add(m_tables.requests, {change.account, change.key}, change);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AppVersionInsert& change) {
  const std::uint64_t number = nextNumber(m_tables.appVersions);
  if (!add(m_tables.appVersionNumbers, {change.name, change.version}, number)) return Outcome::kConflict;
  add(m_tables.appVersions, number, change);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const DraftPut& change) {
  set(m_tables.drafts, change.draft.id, change.draft);
  return Outcome::kDone;
}

/// The data of a draft's owner that came while it was being made, or is in it, and is of no other use to them.
std::vector<std::pair<AccountId, Digest>> TableWriter::dataOnlyOf(const Draft& draft) const {
  const auto published = [&](const auto& version) { return version.second.publisher == draft.owner; };
  if (std::any_of(m_tables.appVersions.begin(), m_tables.appVersions.end(), published)) return {};
  std::set<Digest> own, others;
  for (const auto& [key, file] : m_tables.draftFiles) {
    const auto holder = m_tables.drafts.find(key.first);
    if (key.first == draft.id)
      own.insert(file.digest);
    else if (holder != m_tables.drafts.end() && holder->second.owner == draft.owner)
      others.insert(file.digest);
  }
  for (const auto& [id, row] : m_tables.batches) {
    if (row.insert.plan.owner == draft.owner) others.insert(row.insert.blobs.begin(), row.insert.blobs.end());
  }
  std::vector<std::pair<AccountId, Digest>> found;
  for (const auto& [key, data] : m_tables.data) {
    const bool isOf = own.contains(key.second) || (draft.created <= data.created && data.created <= draft.changed);
    if (key.first == draft.owner && isOf && !others.contains(key.second)) found.push_back(key);
  }
  return found;
}

Result<Outcome> TableWriter::put(const DraftDelete& change) {
  if (const auto draft = m_tables.drafts.find(change.draft); draft != m_tables.drafts.end()) {
    for (const auto& key : dataOnlyOf(draft->second)) remove(m_tables.data, key);
  }
  remove(m_tables.drafts, change.draft);
  auto row = m_tables.draftFiles.lower_bound({change.draft, {}});
  while (row != m_tables.draftFiles.end() && row->first.first == change.draft) {
    const auto key = (row++)->first;
    remove(m_tables.draftFiles, key);
  }
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const DraftFilePut& change) {
  set(m_tables.draftFiles, {change.draft, change.file.path}, change.file);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const DraftFileDelete& change) {
  remove(m_tables.draftFiles, {change.draft, change.path});
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const UploadPut& change) {
  set(m_tables.uploads, change.upload.id, change.upload);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const UploadDelete& change) {
  remove(m_tables.uploads, change.upload);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const TallyPut& change) {
  set(m_tables.tallies, change.tally.batch, change.tally);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const ListedPut& change) {
  if (change.listed) {
    add(m_tables.listed, change.account, true);
  } else {
    remove(m_tables.listed, change.account);
  }
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AuditAppend& change) {
  add(m_tables.audit, nextNumber(m_tables.audit), change);
  return Outcome::kDone;
}

}  // namespace hearth::db::memory
