// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <shared_mutex>
#include <utility>

#include "db/memory/read_tables.h"

namespace hearth::db::memory {
namespace {

using ReadLock = std::shared_lock<std::shared_mutex>;

std::string inLowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

class MemoryFollowReads : public FollowReads {
 public:
  explicit MemoryFollowReads(std::shared_ptr<SharedTables> tables) : m_shared(std::move(tables)) {}

  Result<std::vector<BatchRecord>> batches(const BatchFilter& filter, BatchId before, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    const std::string name = inLowerCase(filter.name);
    std::vector<BatchRecord> records;
    auto row = before ? tables().batches.lower_bound(before) : tables().batches.end();
    while (row != tables().batches.begin() && records.size() < limit) {
      BatchRecord record = recordOf((--row)->second);
      if (filter.owner && record.plan.owner != filter.owner) continue;
      if (filter.state && record.progress.state != *filter.state) continue;
      if (inLowerCase(record.plan.name).find(name) == std::string::npos) continue;
      records.push_back(std::move(record));
    }
    return records;
  }

  Result<std::optional<Share>> share(const Digest& secretHash) override {
    const ReadLock lock(m_shared->mutex);
    for (const auto& [id, share] : tables().shares) {
      if (share.secretHash == secretHash) return share;
    }
    return std::nullopt;
  }
  Result<std::vector<Share>> shares(BatchId batch) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<Share> found;
    for (const auto& [id, share] : tables().shares) {
      if (share.batch == batch) found.push_back(share);
    }
    return found;
  }
  Result<std::optional<Contact>> contact(AccountId account) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().contacts, account);
  }
  Result<std::vector<Message>> messagesDue(Instant by, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<Message> due;
    for (const auto& [id, message] : tables().messages) {
      if (message.due <= by) due.push_back(message);
    }
    std::stable_sort(due.begin(), due.end(), [](const Message& a, const Message& b) { return a.due < b.due; });
    due.resize(std::min(due.size(), limit));
    return due;
  }
  Result<std::vector<Message>> messages(BatchId batch) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<Message> found;
    for (const auto& [id, message] : tables().messages) {
      if (message.batch == batch) found.push_back(message);
    }
    return found;
  }
  Result<std::optional<BatchCare>> care(BatchId batch) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().cares, batch);
  }
  Result<std::string> points(BatchId batch) override {
    const ReadLock lock(m_shared->mutex);
    return find(tables().points, batch).value_or("");
  }
  Result<std::vector<BatchRecord>> untold(Instant since, std::size_t limit) override {
    return over(BatchId{}, limit, [&](const BatchProgress& progress, const BatchCare& care) {
      return progress.ended >= since && care.told != progress.ended;
    });
  }
  Result<std::vector<BatchRecord>> ended(Instant by, BatchId after, std::size_t limit) override {
    return over(after, limit, [&](const BatchProgress& progress, const BatchCare& care) {
      return progress.ended < by && !care.removed;
    });
  }
  Result<std::vector<AttemptRecord>> records(TaskId task, AttemptId attempt, std::size_t limit) override {
    const ReadLock lock(m_shared->mutex);
    std::vector<AttemptRecord> found;
    auto row = tables().records.upper_bound({task, attempt});
    for (; row != tables().records.end() && found.size() < limit; ++row) found.push_back(row->second);
    return found;
  }
  Result<bool> isNamed(const Digest& blob) override {
    const ReadLock lock(m_shared->mutex);
    const Tables& all = tables();
    return std::any_of(all.data.begin(), all.data.end(), [&](const auto& row) { return row.first.second == blob; }) ||
           std::any_of(all.batches.begin(), all.batches.end(), [&](const auto& row) {
             const auto& blobs = row.second.insert.blobs;
             return std::find(blobs.begin(), blobs.end(), blob) != blobs.end();
           });
  }
  Result<std::optional<TaskIndex>> firstRecord(BatchId batch, TaskIndex from) override {
    const ReadLock lock(m_shared->mutex);
    const auto row = tables().records.lower_bound({{batch, from}, {}});
    if (row == tables().records.end() || row->first.first.batch != batch) return std::nullopt;
    return row->first.first.index;
  }

 private:
  const Tables& tables() const { return m_shared->tables; }

  template <typename Map>
  static std::optional<typename Map::mapped_type> find(const Map& map, const typename Map::key_type& key) {
    const auto row = map.find(key);
    if (row == map.end()) return std::nullopt;
    return row->second;
  }

  template <typename Accept>
  std::vector<BatchRecord> over(BatchId after, std::size_t limit, Accept accept) const {
    const ReadLock lock(m_shared->mutex);
    std::vector<BatchRecord> records;
    for (auto row = tables().batches.upper_bound(after); row != tables().batches.end(); ++row) {
      const BatchProgress& progress = row->second.progress;
      const BatchCare care = find(tables().cares, row->first).value_or(BatchCare{});
      if (progress.ended == Instant{} || records.size() >= limit || !accept(progress, care)) continue;
      records.push_back(recordOf(row->second));
    }
    return records;
  }

  const std::shared_ptr<SharedTables> m_shared;
};

}  // namespace

std::unique_ptr<FollowReads> makeFollowReads(std::shared_ptr<SharedTables> tables) {
  return std::make_unique<MemoryFollowReads>(std::move(tables));
}

}  // namespace hearth::db::memory
