// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/memory/read_tables.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace hearth::db::memory {

BatchRecord recordOf(const BatchRow& row) {
  return {row.insert.batch, row.insert.plan, row.progress, row.insert.created};
}

namespace {

using ReadLock = std::shared_lock<std::shared_mutex>;

AppVersion versionOf(const AppVersionInsert& row) {
  return {row.name, row.version, row.package, row.signature, row.created};
}

template <typename Map>
std::optional<typename Map::mapped_type> find(const Map& map, const typename Map::key_type& key) {
  const auto row = map.find(key);
  if (row == map.end()) return std::nullopt;
  return row->second;
}

/// Rows after `after` that `accept` likes, at most `limit`.
template <typename Map, typename Accept>
std::vector<typename Map::mapped_type> page(const Map& map, const typename Map::key_type& after, std::size_t limit,
                                            Accept accept) {
  std::vector<typename Map::mapped_type> rows;
  for (auto row = map.upper_bound(after); row != map.end() && rows.size() < limit; ++row) {
    if (accept(row->second)) rows.push_back(row->second);
  }
  return rows;
}

/// Those that were made last, at most so many.
template <typename Row>
std::vector<Row> newestFirst(std::vector<Row> rows, std::size_t limit) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.created != b.created ? a.created > b.created : a.secretHash > b.secretHash;
  });
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

class MemoryReadStore : public ReadStore {
 public:
  explicit MemoryReadStore(std::shared_ptr<SharedTables> tables)
      : m_shared(std::move(tables)), m_follow(makeFollowReads(m_shared)) {}

  Result<std::optional<BatchRecord>> batch(BatchId batch) override {
    const ReadLock lock(m_shared->mutex);
    const auto row = tables().batches.find(batch);
    if (row == tables().batches.end()) return std::nullopt;
    return recordOf(row->second);
  }

  Result<std::optional<std::string>> batchSpec(BatchId batch) override {
    const ReadLock lock(m_shared->mutex);
    const auto row = tables().batches.find(batch);
    if (row == tables().batches.end()) return std::nullopt;
    return row->second.insert.spec;
  }

  Result<std::vector<BatchRecord>> batches(AccountId owner, BatchId before, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<BatchRecord> records;
    auto row = before ? tables().batches.lower_bound(before) : tables().batches.end();
    while (row != tables().batches.begin() && records.size() < limit) {
      --row;
      if (!owner || row->second.insert.plan.owner == owner) records.push_back(recordOf(row->second));
    }
    return records;
  }

  Result<std::optional<BatchId>> batchByKey(AccountId owner, std::string_view idempotencyKey) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().batchKeys, {owner, std::string(idempotencyKey)});
  }

  Result<std::optional<TaskRecord>> task(TaskId task) override {
    const ReadLock lock(m_shared->mutex);
    const auto batch = tables().batches.find(task.batch);
    if (batch == tables().batches.end() || task.index >= batch->second.insert.plan.tasks) return std::nullopt;
    TaskRecord record;
    for (auto row = tables().records.lower_bound({task, {}}); row != tables().records.end(); ++row) {
      if (row->first.first != task) break;
      record.attempts.push_back(row->second);
    }
    const std::optional<TaskPut> row = find(tables().tasks, task);
    record.task = row ? *row : taskWithoutRow(task, batch->second.progress.cursor, record.attempts);
    return record;
  }

  Result<std::vector<TaskPut>> tasks(BatchId batch, TaskState state, TaskIndex from, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<TaskPut> rows;
    if (state == TaskState::kCertified) {
      eachCertified(batch, from, limit, [&](const TaskPut& task, const AttemptRecord&) { rows.push_back(task); });
      return rows;
    }
    for (auto row = tables().tasks.lower_bound({batch, from}); row != tables().tasks.end(); ++row) {
      if (row->first.batch != batch || rows.size() >= limit) break;
      if (row->second.state == state) rows.push_back(row->second);
    }
    return rows;
  }

  Result<std::vector<CertifiedResult>> results(BatchId batch, TaskIndex from, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<CertifiedResult> results;
    eachCertified(batch, from, limit, [&](const TaskPut& task, const AttemptRecord& record) {
      results.push_back({task.task.index, record});
    });
    return results;
  }

  Result<std::vector<Host>> hosts(AccountId account, HostId after, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    return page(tables().hosts, after, limit, [&](const Host& host) { return !account || host.account == account; });
  }

  Result<std::optional<Account>> account(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().accounts, account);
  }

  Result<std::optional<Account>> accountByName(std::string_view name) override {
    const ReadLock lock(m_shared->mutex);
    const auto named = tables().accountNames.find(name);
    if (named == tables().accountNames.end()) return std::nullopt;
    return find(tables().accounts, named->second);
  }

  Result<Totals> totals() override {
    const ReadLock lock(m_shared->mutex);
    Totals totals{tables().batches.size(), 0};
    for (const auto& [id, row] : tables().batches) totals.certified += row.progress.certified;
    return totals;
  }

  Result<std::vector<Account>> accounts(AccountId after, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    return page(tables().accounts, after, limit, [](const Account&) { return true; });
  }

  Result<std::optional<AccessToken>> accessToken(const Digest& secretHash) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().tokens, secretHash);
  }

  Result<std::vector<AccessToken>> accessTokens(AccountId account, TokenKind kind, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<AccessToken> rows;
    for (const auto& [secret, token] : tables().tokens) {
      if (token.account == account && token.kind == kind) rows.push_back(token);
    }
    return newestFirst(std::move(rows), limit);
  }

  Result<std::optional<Credential>> credential(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().credentials, account);
  }

  Result<std::optional<SecondFactor>> secondFactor(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().secondFactors, account);
  }

  Result<std::size_t> recoveryCodesLeft(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    const auto codes = find(tables().recoveryCodes, account);
    return codes ? codes->size() : 0;
  }

  Result<std::optional<Invitation>> invitation(const Digest& secretHash) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().invitations, secretHash);
  }

  Result<std::vector<Invitation>> invitations(std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<Invitation> rows;
    for (const auto& [secret, row] : tables().invitations) rows.push_back(row);
    return newestFirst(std::move(rows), limit);
  }

  Result<std::optional<PasswordLink>> passwordLink(const Digest& secretHash) override {
    const ReadLock lock(m_shared->mutex);
    for (const auto& [account, link] : tables().passwordLinks) {
      if (link.secretHash == secretHash) return link;
    }
    return std::nullopt;
  }

  Result<std::optional<Identity>> identity(std::string_view issuer, std::string_view subject) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().identities, {std::string(issuer), std::string(subject)});
  }

  Result<std::vector<Identity>> identities(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<Identity> rows;
    for (const auto& [key, row] : tables().identities) {
      if (row.account == account) rows.push_back(row);
    }
    return rows;
  }

  Result<std::optional<Group>> group(GroupId group) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().groups, group);
  }

  Result<std::optional<Group>> groupByName(std::string_view name) override {
    const ReadLock lock(m_shared->mutex);
    for (const auto& [id, row] : tables().groups) {
      if (row.name == name) return row;
    }
    return std::nullopt;
  }

  Result<std::vector<Group>> groupsOf(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    return page(tables().groups, {}, tables().groups.size(), [&](const Group& row) { return row.has(account); });
  }

  Result<std::vector<Host>> groupHosts(GroupId group, HostId after, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    return page(tables().hosts, after, limit, [&](const Host& host) { return group && host.group == group; });
  }

  Result<std::optional<Quota>> quota(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    const auto row = find(tables().quotas, account);
    if (!row) return std::nullopt;
    return row->quota;
  }

  Result<std::uint64_t> dataBytes(AccountId owner) override {
    const ReadLock lock(m_shared->mutex);
    std::uint64_t bytes = 0;
    for (auto row = tables().data.lower_bound({owner, {}}); row != tables().data.end(); ++row) {
      if (row->first.first != owner) break;
      bytes += row->second.size;
    }
    return bytes;
  }

  Result<bool> mayUse(AccountId owner, const Digest& blob) override {
    const ReadLock lock(m_shared->mutex);
    return tables().data.contains({owner, blob});
  }

  Result<std::vector<KeyApproval>> keyApprovals(std::string_view account) override {
    const ReadLock lock(m_shared->mutex);
    const auto role = account.empty() ? KeyApproval::Role::kRelease : KeyApproval::Role::kAccount;
    std::vector<KeyApproval> approvals;
    for (const auto& [key, approval] : tables().approvals) {
      if (approval.role == role && approval.account == account) approvals.push_back(approval);
    }
    return approvals;
  }

  Result<std::vector<KeyRequest>> keyRequests() override {
    const ReadLock lock(m_shared->mutex);
    std::vector<KeyRequest> requests;
    for (const auto& [key, request] : tables().requests) {
      const auto account = tables().accounts.find(request.account);
      if (account == tables().accounts.end()) continue;
      const std::string& name = account->second.name;
      if (tables().approvals.contains({KeyApproval::Role::kAccount, name, request.key})) continue;
      requests.push_back({request.account, name, request.key, request.created});
    }
    return requests;
  }

  Result<std::optional<AppVersion>> appVersion(std::string_view name, std::string_view version) override {
    const ReadLock lock(m_shared->mutex);
    const AppVersionInsert* newest = nullptr;
    for (const auto& [number, row] : tables().appVersions) {
      if (row.name != name || (!version.empty() && row.version != version)) continue;
      if (newest == nullptr || row.created >= newest->created) newest = &row;
    }
    if (newest == nullptr) return std::nullopt;
    return versionOf(*newest);
  }

  Result<std::vector<AppVersion>> appVersions() override {
    const ReadLock lock(m_shared->mutex);
    std::vector<AppVersion> versions;
    for (const auto& [number, row] : tables().appVersions) versions.push_back(versionOf(row));
    std::stable_sort(versions.begin(), versions.end(), [](const AppVersion& a, const AppVersion& b) {
      return std::tie(a.name, a.created) < std::tie(b.name, b.created);
    });
    return versions;
  }

  Result<std::optional<Draft>> draft(std::string_view id) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().drafts, std::string(id));
  }

  Result<std::vector<Draft>> drafts(AccountId owner, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    return sorted(
        tables().drafts, limit, [&](const Draft& draft) { return draft.owner == owner; },
        [](const Draft& a, const Draft& b) { return a.changed != b.changed ? a.changed > b.changed : a.id < b.id; });
  }

  Result<std::vector<Draft>> draftsUntouchedSince(Instant when, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    return sorted(
        tables().drafts, limit, [&](const Draft& draft) { return draft.changed < when; },
        [](const Draft& a, const Draft& b) { return a.changed != b.changed ? a.changed < b.changed : a.id < b.id; });
  }

  Result<std::vector<FileRef>> draftFiles(std::string_view draft, std::string_view afterPath,
                                          std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<FileRef> files;
    const auto& rows = tables().draftFiles;
    for (auto row = rows.upper_bound({std::string(draft), std::string(afterPath)});
         row != rows.end() && row->first.first == draft && files.size() < limit; ++row)
      files.push_back(row->second);
    return files;
  }

  Result<std::optional<FileRef>> draftFile(std::string_view draft, std::string_view path) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().draftFiles, {std::string(draft), std::string(path)});
  }

  Result<DraftTotals> draftTotals(std::string_view draft) override {
    const ReadLock lock(m_shared->mutex);
    return totalsOf(draft);
  }

  Result<DraftTotals> draftTotalsOf(AccountId owner) override {
    const ReadLock lock(m_shared->mutex);
    DraftTotals all;
    for (const auto& [id, draft] : tables().drafts) {
      if (draft.owner != owner) continue;
      const DraftTotals one = totalsOf(id);
      all.files += one.files;
      all.bytes += one.bytes;
    }
    return all;
  }

  Result<std::optional<UploadRecord>> upload(std::string_view id) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().uploads, std::string(id));
  }

  Result<std::vector<UploadRecord>> uploadsOf(AccountId owner, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    return sorted(
        tables().uploads, limit, [&](const UploadRecord& upload) { return upload.owner == owner && !upload.complete; },
        [](const UploadRecord& a, const UploadRecord& b) {
          return a.created != b.created ? a.created > b.created : a.id < b.id;
        });
  }

  Result<std::vector<UploadRecord>> uploadsBefore(Instant when, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    return sorted(
        tables().uploads, limit, [&](const UploadRecord& upload) { return upload.created < when; },
        [](const UploadRecord& a, const UploadRecord& b) {
          return a.created != b.created ? a.created < b.created : a.id < b.id;
        });
  }

  Result<std::vector<BatchRecord>> untallied(std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<BatchRecord> found;
    for (const auto& [id, row] : tables().batches) {
      if (found.size() == limit) break;
      const auto counted = tables().tallies.find(id);
      const bool over = row.progress.state == BatchState::kDone || row.progress.state == BatchState::kCancelled;
      if (!over || (counted != tables().tallies.end() && counted->second.ended == row.progress.ended)) continue;
      found.push_back({id, row.insert.plan, row.progress, row.insert.created});
    }
    return found;
  }

  Result<Contribution> contribution(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    return sumOf(account);
  }

  Result<std::vector<Leader>> leaders(std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<Leader> all;
    for (const auto& [account, listed] : tables().listed) {
      const auto person = tables().accounts.find(account);
      const Contribution sum = sumOf(account);
      if (person == tables().accounts.end() || !hasTally(account)) continue;
      all.push_back({person->second.name, sum.tasks, sum.processorTime});
    }
    std::sort(all.begin(), all.end(), [](const Leader& a, const Leader& b) {
      return a.processorTime != b.processorTime ? a.processorTime > b.processorTime : a.name < b.name;
    });
    if (all.size() > limit) all.resize(limit);
    return all;
  }

  Result<bool> listed(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    return tables().listed.contains(account);
  }

  Result<std::vector<AuditEntry>> audit(std::uint64_t after, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<AuditEntry> entries;
    for (auto row = tables().audit.upper_bound(after); row != tables().audit.end() && entries.size() < limit; ++row)
      entries.push_back({row->first, row->second});
    return entries;
  }

  FollowReads& follow() override { return *m_follow; }

 private:
  Contribution sumOf(AccountId account) const {
    Contribution sum{account, 0, {}};
    for (const auto& [batch, tally] : tables().tallies) {
      for (const Contribution& one : tally.contributions) {
        if (one.account != account) continue;
        sum.tasks += one.tasks;
        sum.processorTime = sum.processorTime + one.processorTime;
      }
    }
    return sum;
  }
  bool hasTally(AccountId account) const {
    return std::any_of(tables().tallies.begin(), tables().tallies.end(), [account](const auto& row) {
      return std::any_of(row.second.contributions.begin(), row.second.contributions.end(),
                         [account](const Contribution& one) { return one.account == account; });
    });
  }
  const Tables& tables() const { return m_shared->tables; }

  template <typename Map, typename Take, typename Before>
  static std::vector<typename Map::mapped_type> sorted(const Map& rows, std::size_t limit, Take take, Before before) {
    std::vector<typename Map::mapped_type> found;
    for (const auto& [id, row] : rows) {
      if (take(row)) found.push_back(row);
    }
    std::sort(found.begin(), found.end(), before);
    if (found.size() > limit) found.resize(limit);
    return found;
  }

  DraftTotals totalsOf(std::string_view draft) const {
    DraftTotals totals;
    const auto& rows = tables().draftFiles;
    for (auto row = rows.lower_bound({std::string(draft), {}}); row != rows.end() && row->first.first == draft; ++row) {
      ++totals.files;
      totals.bytes += row->second.size;
    }
    return totals;
  }

  /// The certified tasks of a batch from an index on, each with its canonical record.
  template <typename Take>
  void eachCertified(BatchId batch, TaskIndex from, std::size_t limit, Take take) const {
    std::optional<TaskId> last;
    for (auto row = tables().records.lower_bound({{batch, from}, {}}); row != tables().records.end(); ++row) {
      const auto& [task, attempt] = row->first;
      if (task.batch != batch || limit == 0) return;
      if (row->second.state != AttemptState::kValid || last == task) continue;
      const std::optional<TaskPut> kept = find(tables().tasks, task);
      if (kept && (kept->state != TaskState::kCertified || kept->canonical != attempt)) continue;
      take(kept ? *kept : taskWithoutRow(task, 0, {&row->second, 1}), row->second);
      last = task;
      --limit;
    }
  }

  std::shared_ptr<SharedTables> m_shared;  ///< shared: the writing side may go first
  std::unique_ptr<FollowReads> m_follow;
};

}  // namespace

std::shared_ptr<ReadStore> makeReadStore(std::shared_ptr<SharedTables> tables) {
  return std::make_shared<MemoryReadStore>(std::move(tables));
}

}  // namespace hearth::db::memory
