// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <string>
#include <utility>

#include "db/sqlite/follow_reads.h"
#include "db/sqlite/group_rows.h"
#include "db/sqlite/identity_rows.h"
#include "db/sqlite/reader_pool.h"
#include "db/sqlite/record_codec.h"
#include "db/sqlite/rows.h"
#include "db/sqlite/sqlite_store.h"

namespace hearth::db {
namespace {

using sqlite::BatchRow;
using sqlite::join;
using sqlite::ReaderPool;
using sqlite::selectBatch;
using sqlite::Statement;

constexpr std::string_view kSelectAccount = "SELECT id, name, roles, created FROM account ";
constexpr std::string_view kSelectDraft =
    "SELECT id, owner, name, manifest, trial, batch, created, changed FROM draft ";
constexpr std::string_view kSelectDraftFile = "SELECT path, digest, size, executable FROM draft_file ";
constexpr std::string_view kSelectDraftTotals = "SELECT count(*), coalesce(sum(size), 0) FROM draft_file ";
constexpr std::string_view kSelectUpload =
    "SELECT id, owner, size, metadata, draft, path, complete, digest, created FROM upload ";
constexpr std::string_view kSelectAppVersion = "SELECT name, version, package, created, signature FROM app_version ";

void readText(Statement& row, std::string& text) { row.columns(text); }
void readBatchId(Statement& row, BatchId& batch) { row.columns(batch); }
void readTotals(Statement& row, Totals& totals) { row.columns(totals.batches, totals.certified); }
void readCount(Statement& row, std::uint64_t& count) { row.columns(count); }
void readContribution(Statement& row, Contribution& sum) { row.columns(sum.account, sum.tasks, sum.processorTime); }
void readLeader(Statement& row, Leader& leader) { row.columns(leader.name, leader.tasks, leader.processorTime); }
void readFlag(Statement& row, bool& flag) { row.columns(flag); }
void readAccount(Statement& row, Account& account) {
  row.columns(account.id, account.name, account.roles.bits, account.created);
}
void readApproval(Statement& row, KeyApproval& approval) {
  row.columns(approval.role, approval.account, approval.key, approval.expires, approval.signer, approval.signature);
}
void readRequest(Statement& row, KeyRequest& request) {
  row.columns(request.account, request.accountName, request.key, request.created);
}
void readDraft(Statement& row, Draft& draft) {
  row.columns(draft.id, draft.owner, draft.name, draft.manifest, draft.trial, draft.batch, draft.created,
              draft.changed);
}
void readDraftFile(Statement& row, FileRef& file) { row.columns(file.path, file.digest, file.size, file.executable); }
void readDraftTotals(Statement& row, DraftTotals& totals) { row.columns(totals.files, totals.bytes); }
void readUpload(Statement& row, UploadRecord& upload) {
  row.columns(upload.id, upload.owner, upload.size, upload.metadata, upload.draft, upload.path, upload.complete,
              upload.digest, upload.created);
}
void readAudit(Statement& row, AuditEntry& entry) {
  AuditAppend& audit = entry.entry;
  row.columns(entry.number, audit.at, audit.actor, audit.action, audit.subject, audit.detail);
}
void readAppVersion(Statement& row, AppVersion& version) {
  row.columns(version.name, version.version, version.package, version.created);
  constexpr int kSignatureColumn = 4;
  if (std::optional<PackageSignature> signature = sqlite::decodeSignature(row.bytes(kSignatureColumn))) {
    version.signature = std::move(*signature);
  } else {
    row.markDamaged();
  }
}
void readCertified(Statement& row, CertifiedResult& result) {
  sqlite::readResult(row, result.record);
  result.index = result.record.lease.task.index;
}

std::uint64_t key(std::uint64_t value) { return std::min(value, sqlite::kLargestKey); }

/// Tasks certified by the record that is selected: the one that their row names or, where they have none, the valid
/// one. The rest of the statement groups by task.
constexpr std::string_view kCanonicalRecords =
    "FROM result LEFT JOIN task ON task.batch = result.batch AND task.idx = result.idx "
    "WHERE result.batch = ? AND result.idx >= ? AND result.state = 2 AND "
    "(task.batch IS NULL OR (task.state = 2 AND task.canonical = result.attempt)) GROUP BY result.idx LIMIT ?";
constexpr std::string_view kSelectCertifiedTask =
    "SELECT result.batch, result.idx, 2, coalesce(task.revision, result.revision), coalesce(task.failures, 0), "
    "min(attempt), coalesce(task.reason, '') ";
constexpr std::string_view kSelectCertifiedResult =
    "SELECT result.batch, result.idx, min(attempt), result.revision, host, result.state, leased, ended, report ";

class SqliteReadStore : public ReadStore {
 public:
  explicit SqliteReadStore(std::unique_ptr<ReaderPool> readers)
      : m_readers(std::move(readers)), m_follow(sqlite::makeFollowReads(*m_readers)) {}

  Result<std::optional<BatchRecord>> batch(BatchId batch) override {
    Result<std::optional<BatchRow>> row =
        m_readers->borrow().one(selectBatch("WHERE id = ?"), sqlite::readBatch, batch);
    if (!row) return fail(std::move(row).error());
    if (!*row) return std::nullopt;
    return std::move((**row).record);
  }

  Result<std::optional<std::string>> batchSpec(BatchId batch) override {
    return m_readers->borrow().one("SELECT spec FROM batch_spec WHERE batch = ?", readText, batch);
  }

  Result<std::vector<BatchRecord>> batches(AccountId owner, BatchId before, std::size_t limit) override {
    const std::uint64_t below = before ? key(before.value) : sqlite::kLargestKey;
    Result<std::vector<BatchRow>> rows =
        owner ? m_readers->borrow().all(selectBatch("WHERE owner = ? AND id < ? ORDER BY id DESC LIMIT ?"),
                                        sqlite::readBatch, owner, below, key(limit))
              : m_readers->borrow().all(selectBatch("WHERE id < ? ORDER BY id DESC LIMIT ?"), sqlite::readBatch, below,
                                        key(limit));
    if (!rows) return fail(std::move(rows).error());
    std::vector<BatchRecord> records;
    records.reserve(rows->size());
    for (BatchRow& row : *rows) records.push_back(std::move(row.record));
    return records;
  }

  Result<std::optional<BatchId>> batchByKey(AccountId owner, std::string_view idempotencyKey) override {
    return m_readers->borrow().one(
        "SELECT id FROM batch WHERE owner = ? AND idempotency_key = ? AND idempotency_key <> ''", readBatchId, owner,
        idempotencyKey);
  }

  Result<std::optional<TaskRecord>> task(TaskId task) override {
    ReaderPool::Loan reader = m_readers->borrow();
    Result<sqlite::Transaction> oneState = reader.oneState();
    if (!oneState) return fail(std::move(oneState).error());
    Result<std::optional<BatchRow>> batch = reader.one(selectBatch("WHERE id = ?"), sqlite::readBatch, task.batch);
    if (!batch) return fail(std::move(batch).error());
    if (!*batch || task.index >= (**batch).record.plan.tasks) return std::nullopt;
    Result<std::optional<TaskPut>> row =
        reader.one(join(sqlite::kSelectTask, "WHERE batch = ? AND idx = ?"), sqlite::readTask, task.batch, task.index);
    if (!row) return fail(std::move(row).error());
    Result<std::vector<AttemptRecord>> attempts =
        reader.all(join(sqlite::kSelectResult, "WHERE batch = ? AND idx = ? ORDER BY attempt"), sqlite::readResult,
                   task.batch, task.index);
    if (!attempts) return fail(std::move(attempts).error());
    TaskPut put = *row ? std::move(**row) : taskWithoutRow(task, (**batch).record.progress.cursor, *attempts);
    return TaskRecord{std::move(put), std::move(*attempts)};
  }

  Result<std::vector<TaskPut>> tasks(BatchId batch, TaskState state, TaskIndex from, std::size_t limit) override {
    if (state == TaskState::kCertified) {
      return m_readers->borrow().all(join(kSelectCertifiedTask, kCanonicalRecords), sqlite::readTask, batch, key(from),
                                     key(limit));
    }
    return m_readers->borrow().all(
        join(sqlite::kSelectOtherTask,
             "WHERE batch = ? AND state = ? AND state <> 2 AND idx >= ? ORDER BY idx LIMIT ?"),
        sqlite::readTask, batch, state, key(from), key(limit));
  }

  Result<std::vector<CertifiedResult>> results(BatchId batch, TaskIndex from, std::size_t limit) override {
    return m_readers->borrow().all(join(kSelectCertifiedResult, kCanonicalRecords), readCertified, batch, key(from),
                                   key(limit));
  }

  Result<std::vector<Host>> hosts(AccountId account, HostId after, std::size_t limit) override {
    if (!account) {
      return m_readers->borrow().all(join(sqlite::kSelectHost, "WHERE id > ? ORDER BY id LIMIT ?"), sqlite::readHost,
                                     key(after.value), key(limit));
    }
    return m_readers->borrow().all(join(sqlite::kSelectHost, "WHERE account = ? AND id > ? ORDER BY id LIMIT ?"),
                                   sqlite::readHost, account, key(after.value), key(limit));
  }

  Result<std::optional<Account>> account(AccountId account) override {
    return m_readers->borrow().one(join(kSelectAccount, "WHERE id = ?"), readAccount, account);
  }

  Result<std::optional<Account>> accountByName(std::string_view name) override {
    return m_readers->borrow().one(join(kSelectAccount, "WHERE name = ?"), readAccount, name);
  }

  Result<Totals> totals() override {
    auto sums = m_readers->borrow().one("SELECT count(*), coalesce(sum(certified), 0) FROM batch_progress", readTotals);
    if (!sums) return fail(std::move(sums).error());
    return sums->value_or(Totals{});
  }

  Result<std::vector<Account>> accounts(AccountId after, std::size_t limit) override {
    return m_readers->borrow().all(join(kSelectAccount, "WHERE id > ? ORDER BY id LIMIT ?"), readAccount,
                                   key(after.value), key(limit));
  }

  Result<std::optional<AccessToken>> accessToken(const Digest& secretHash) override {
    return m_readers->borrow().one(join(sqlite::kSelectAccessToken, "WHERE secret_hash = ?"), sqlite::readAccessToken,
                                   secretHash);
  }

  Result<std::vector<AccessToken>> accessTokens(AccountId account, TokenKind kind, std::size_t limit) override {
    return m_readers->borrow().all(
        join(sqlite::kSelectAccessToken,
             "WHERE account = ? AND kind = ? ORDER BY created DESC, secret_hash DESC LIMIT ?"),
        sqlite::readAccessToken, account, kind, key(limit));
  }

  Result<std::optional<Credential>> credential(AccountId account) override {
    return m_readers->borrow().one("SELECT account, log_n, r, p, set_at, salt, hash FROM credential WHERE account = ?",
                                   sqlite::readCredential, account);
  }

  Result<std::optional<SecondFactor>> secondFactor(AccountId account) override {
    return m_readers->borrow().one(
        "SELECT account, confirmed, last_step, created, secret FROM second_factor WHERE account = ?",
        sqlite::readSecondFactor, account);
  }

  Result<std::size_t> recoveryCodesLeft(AccountId account) override {
    const Result<std::optional<std::uint64_t>> count =
        m_readers->borrow().one("SELECT count(*) FROM recovery_code WHERE account = ?", readCount, account);
    if (!count) return fail(count.error());
    return static_cast<std::size_t>(count->value_or(0));
  }

  Result<std::optional<Invitation>> invitation(const Digest& secretHash) override {
    return m_readers->borrow().one(join(sqlite::kSelectInvitation, "WHERE secret_hash = ?"), sqlite::readInvitation,
                                   secretHash);
  }

  Result<std::vector<Invitation>> invitations(std::size_t limit) override {
    return m_readers->borrow().all(join(sqlite::kSelectInvitation, "ORDER BY created DESC, secret_hash DESC LIMIT ?"),
                                   sqlite::readInvitation, key(limit));
  }

  Result<std::optional<PasswordLink>> passwordLink(const Digest& secretHash) override {
    return m_readers->borrow().one("SELECT secret_hash, account, expires FROM password_link WHERE secret_hash = ?",
                                   sqlite::readPasswordLink, secretHash);
  }

  Result<std::optional<Identity>> identity(std::string_view issuer, std::string_view subject) override {
    return m_readers->borrow().one(join(sqlite::kSelectIdentity, "WHERE issuer = ? AND subject = ?"),
                                   sqlite::readIdentity, issuer, subject);
  }

  Result<std::vector<Identity>> identities(AccountId account) override {
    return m_readers->borrow().all(join(sqlite::kSelectIdentity, "WHERE account = ? ORDER BY issuer, subject"),
                                   sqlite::readIdentity, account);
  }

  Result<std::optional<Group>> group(GroupId group) override { return oneGroup("WHERE id = ?", group); }

  Result<std::optional<Group>> groupByName(std::string_view name) override { return oneGroup("WHERE name = ?", name); }

  Result<std::vector<Group>> groupsOf(AccountId account) override {
    constexpr std::string_view kTheirs = "IN (SELECT host_group FROM group_member WHERE account = ?)";
    return groupsWhere(join("WHERE id ", kTheirs), join("WHERE host_group ", kTheirs), account);
  }

  Result<std::vector<Host>> groupHosts(GroupId group, HostId after, std::size_t limit) override {
    return m_readers->borrow().all(
        join(sqlite::kSelectHost, "WHERE host_group = ? AND host_group <> 0 AND id > ? ORDER BY id LIMIT ?"),
        sqlite::readHost, group, key(after.value), key(limit));
  }

  Result<std::optional<Quota>> quota(AccountId account) override {
    Result<std::optional<AccountQuotaPut>> row =
        m_readers->borrow().one(join(sqlite::kSelectQuota, "WHERE account = ?"), sqlite::readQuota, account);
    if (!row) return fail(std::move(row).error());
    if (!*row) return std::nullopt;
    return (**row).quota;
  }

  Result<std::uint64_t> dataBytes(AccountId owner) override {
    const Result<std::optional<std::uint64_t>> sum =
        m_readers->borrow().one("SELECT coalesce(sum(size), 0) FROM data WHERE owner = ?", readCount, owner);
    if (!sum) return fail(sum.error());
    return sum->value_or(0);
  }

  Result<bool> mayUse(AccountId owner, const Digest& blob) override {
    const Result<std::optional<bool>> found =
        m_readers->borrow().one("SELECT 1 FROM data WHERE owner = ? AND digest = ?", readFlag, owner, blob);
    if (!found) return fail(found.error());
    return found->has_value();
  }

  Result<std::vector<KeyApproval>> keyApprovals(std::string_view account) override {
    const auto role = account.empty() ? KeyApproval::Role::kRelease : KeyApproval::Role::kAccount;
    return m_readers->borrow().all(
        "SELECT role, account, key, expires, signer, signature FROM key_approval WHERE role = ? AND account = ? "
        "ORDER BY key",
        readApproval, role, account);
  }

  Result<std::vector<KeyRequest>> keyRequests() override {
    return m_readers->borrow().all(
        "SELECT key_request.account, account.name, key_request.key, key_request.created "
        "FROM key_request JOIN account ON account.id = key_request.account "
        "WHERE NOT EXISTS (SELECT 1 FROM key_approval WHERE role = 1 AND key_approval.account = account.name "
        "AND key_approval.key = key_request.key) ORDER BY key_request.account, key_request.key",
        readRequest);
  }

  Result<std::optional<AppVersion>> appVersion(std::string_view name, std::string_view version) override {
    return m_readers->borrow().one(
        join(kSelectAppVersion, "WHERE name = ?1 AND (?2 = '' OR version = ?2) ORDER BY created DESC, id DESC LIMIT 1"),
        readAppVersion, name, version);
  }

  Result<std::vector<AppVersion>> appVersions() override {
    return m_readers->borrow().all(join(kSelectAppVersion, "ORDER BY name, created, id"), readAppVersion);
  }

  Result<std::optional<Draft>> draft(std::string_view id) override {
    return m_readers->borrow().one(join(kSelectDraft, "WHERE id = ?"), readDraft, id);
  }

  Result<std::vector<Draft>> drafts(AccountId owner, std::size_t limit) override {
    return m_readers->borrow().all(join(kSelectDraft, "WHERE owner = ? ORDER BY changed DESC, id LIMIT ?"), readDraft,
                                   owner, key(limit));
  }

  Result<std::vector<Draft>> draftsUntouchedSince(Instant when, std::size_t limit) override {
    return m_readers->borrow().all(join(kSelectDraft, "WHERE changed < ? ORDER BY changed, id LIMIT ?"), readDraft,
                                   when, key(limit));
  }

  Result<std::vector<FileRef>> draftFiles(std::string_view draft, std::string_view afterPath,
                                          std::size_t limit) override {
    return m_readers->borrow().all(join(kSelectDraftFile, "WHERE draft = ? AND path > ? ORDER BY path LIMIT ?"),
                                   readDraftFile, draft, afterPath, key(limit));
  }

  Result<std::optional<FileRef>> draftFile(std::string_view draft, std::string_view path) override {
    return m_readers->borrow().one(join(kSelectDraftFile, "WHERE draft = ? AND path = ?"), readDraftFile, draft, path);
  }

  Result<DraftTotals> draftTotals(std::string_view draft) override {
    return totals(join(kSelectDraftTotals, "WHERE draft = ?"), draft);
  }

  Result<DraftTotals> draftTotalsOf(AccountId owner) override {
    return totals(join(kSelectDraftTotals, "JOIN draft ON draft.id = draft_file.draft WHERE owner = ?"), owner);
  }

  Result<std::optional<UploadRecord>> upload(std::string_view id) override {
    return m_readers->borrow().one(join(kSelectUpload, "WHERE id = ?"), readUpload, id);
  }

  Result<std::vector<UploadRecord>> uploadsOf(AccountId owner, std::size_t limit) override {
    return m_readers->borrow().all(
        join(kSelectUpload, "WHERE owner = ? AND complete = 0 ORDER BY created DESC, id LIMIT ?"), readUpload, owner,
        key(limit));
  }

  Result<std::vector<UploadRecord>> uploadsBefore(Instant when, std::size_t limit) override {
    return m_readers->borrow().all(join(kSelectUpload, "WHERE created < ? ORDER BY created, id LIMIT ?"), readUpload,
                                   when, key(limit));
  }

  Result<std::vector<BatchRecord>> untallied(std::size_t limit) override {
    Result<std::vector<BatchRow>> rows = m_readers->borrow().all(
        selectBatch("WHERE state >= 3 AND NOT EXISTS (SELECT 1 FROM tallied WHERE tallied.batch = id AND "
                    "tallied.ended = batch_progress.ended) ORDER BY id LIMIT ?"),
        sqlite::readBatch, key(limit));
    if (!rows) return fail(std::move(rows).error());
    std::vector<BatchRecord> records;
    for (BatchRow& row : *rows) records.push_back(std::move(row.record));
    return records;
  }

  Result<Contribution> contribution(AccountId account) override {
    auto sums = m_readers->borrow().one(
        "SELECT ?1, coalesce(sum(tasks), 0), coalesce(sum(processor_time), 0) FROM tally WHERE account = ?1",
        readContribution, account);
    if (!sums) return fail(std::move(sums).error());
    return sums->value_or(Contribution{});
  }

  Result<std::vector<Leader>> leaders(std::size_t limit) override {
    return m_readers->borrow().all(
        "SELECT account.name, sum(tally.tasks), sum(tally.processor_time) AS spent FROM listed "
        "JOIN account ON account.id = listed.account JOIN tally ON tally.account = listed.account "
        "GROUP BY account.id ORDER BY spent DESC, account.name LIMIT ?",
        readLeader, key(limit));
  }

  Result<bool> listed(AccountId account) override {
    auto found = m_readers->borrow().one("SELECT 1 FROM listed WHERE account = ?", readFlag, account);
    if (!found) return fail(std::move(found).error());
    return found->has_value();
  }

  Result<std::vector<AuditEntry>> audit(std::uint64_t after, std::size_t limit) override {
    return m_readers->borrow().all(
        "SELECT number, at, actor, action, subject, detail FROM audit WHERE number > ? ORDER BY number LIMIT ?",
        readAudit, key(after), key(limit));
  }

  FollowReads& follow() override { return *m_follow; }

 private:
  template <typename Value>
  Result<DraftTotals> totals(const std::string& sql, const Value& of) {
    Result<std::optional<DraftTotals>> found = m_readers->borrow().one(sql, readDraftTotals, of);
    if (!found) return fail(std::move(found).error());
    return found->value_or(DraftTotals{});
  }

  /// Groups with their members; both conditions take the one key.
  template <typename Key>
  Result<std::vector<Group>> groupsWhere(const std::string& ofGroup, const std::string& ofMember, const Key& by) {
    ReaderPool::Loan reader = m_readers->borrow();
    Result<sqlite::Transaction> oneState = reader.oneState();
    if (!oneState) return fail(std::move(oneState).error());
    Result<std::vector<Group>> groups =
        reader.all(join(sqlite::kSelectGroup, ofGroup + " ORDER BY id"), sqlite::readGroup, by);
    if (!groups) return groups;
    const Result<std::vector<sqlite::GroupMember>> members =
        reader.all(join(sqlite::kSelectMember, ofMember + " ORDER BY host_group, account"), sqlite::readMember, by);
    if (!members) return fail(members.error());
    sqlite::addMembers(*groups, *members);
    return groups;
  }
  template <typename Key>
  Result<std::optional<Group>> oneGroup(const std::string& where, const Key& by) {
    Result<std::vector<Group>> groups =
        groupsWhere(where, "WHERE host_group IN (SELECT id FROM host_group " + where + ")", by);
    if (!groups) return fail(std::move(groups).error());
    if (groups->empty()) return std::nullopt;
    return std::move(groups->front());
  }

  std::unique_ptr<ReaderPool> m_readers;
  std::unique_ptr<FollowReads> m_follow;
};

}  // namespace

Result<std::unique_ptr<ReadStore>> openSqliteReadStore(const std::filesystem::path& file) {
  Result<std::unique_ptr<ReaderPool>> readers = ReaderPool::open(file);
  if (!readers) return fail(std::move(readers).error());
  return std::make_unique<SqliteReadStore>(std::move(*readers));
}

}  // namespace hearth::db
