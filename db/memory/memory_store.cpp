// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/memory/memory_store.h"

#include <utility>
#include <variant>

#include "base/limits.h"
#include "db/memory/read_tables.h"
#include "db/memory/table_writer.h"

namespace hearth::db {
namespace {

using memory::BatchRow;
using memory::SharedTables;
using memory::Tables;
using memory::TableWriter;

Snapshot::Batch snapshotBatch(const BatchRow& row) {
  return {row.insert.batch, row.insert.plan, row.progress, row.insert.created, row.insert.idempotencyKey};
}

bool isOpen(const BatchRow& row) { return row.progress.state < BatchState::kDone; }

std::vector<AttemptRecord> recordsOf(const Tables& tables, const TaskPut& task) {
  std::vector<AttemptRecord> records;
  for (auto row = tables.records.lower_bound({task.task, {}}); row != tables.records.end(); ++row) {
    if (row->first.first != task.task) break;
    if (row->second.lease.revision == task.revision) records.push_back(row->second);
  }
  return records;
}

Result<Outcome> applyUnit(TableWriter& writer, const Unit& unit) {
  const std::size_t mark = writer.mark();
  for (const Change& change : unit.changes) {
    Result<Outcome> outcome = writer.write(change);
    if (outcome && *outcome == Outcome::kDone) continue;
    writer.takeBack(mark);
    return outcome;
  }
  return Outcome::kDone;
}

class MemoryWriteStore : public Store {
 public:
  explicit MemoryWriteStore(std::shared_ptr<SharedTables> tables) : m_shared(std::move(tables)) {}

  Result<std::vector<Outcome>> apply(std::span<const Unit> units) override {
    const std::unique_lock lock(m_shared->mutex);
    TableWriter writer(m_shared->tables);
    std::vector<Outcome> outcomes;
    for (const Unit& unit : units) {
      const Result<Outcome> outcome = applyUnit(writer, unit);
      if (!outcome) {
        writer.takeBack(0);
        return fail(outcome.error());
      }
      outcomes.push_back(*outcome);
    }
    return outcomes;
  }

  Result<Snapshot> restore() override {
    const std::shared_lock lock(m_shared->mutex);
    const Tables& tables = m_shared->tables;
    Snapshot snapshot;
    snapshot.counters = tables.counters;
    for (const auto& [id, row] : tables.batches) {
      if (isOpen(row)) snapshot.batches.push_back(snapshotBatch(row));
    }
    for (const auto& [attempt, lease] : tables.leases) snapshot.leases.push_back(lease);
    for (const auto& [id, task] : tables.tasks) {
      const auto batch = tables.batches.find(id.batch);
      if (task.state != TaskState::kActive || batch == tables.batches.end() || !isOpen(batch->second)) continue;
      snapshot.tasks.push_back({task, recordsOf(tables, task)});
    }
    for (const auto& [key, checkpoint] : tables.checkpoints) snapshot.checkpoints.push_back(checkpoint);
    for (const auto& [id, host] : tables.hosts) snapshot.hosts.push_back(host);
    for (const auto& [account, weight] : tables.accountWeights) snapshot.accountWeights.push_back(weight);
    for (const auto& [id, group] : tables.groups) snapshot.groups.push_back(group);
    for (const auto& [account, quota] : tables.quotas) snapshot.quotas.push_back(quota);
    for (const auto& [secret, token] : tables.joinTokens) snapshot.joinTokens.push_back(token);
    return snapshot;
  }

  Result<Loaded> load(const Load& request) override {
    const std::shared_lock lock(m_shared->mutex);
    if (const auto* failedTasks = std::get_if<LoadFailedTasks>(&request)) return loadFailedTasks(*failedTasks);
    LoadedBatch loaded{{}, std::get<LoadBatch>(request).batch};
    const auto row = m_shared->tables.batches.find(loaded.asked);
    if (row != m_shared->tables.batches.end()) loaded.batch.push_back(snapshotBatch(row->second));
    return Loaded(std::move(loaded));
  }

 private:
  Loaded loadFailedTasks(const LoadFailedTasks& request) const {
    const auto& tasks = m_shared->tables.tasks;
    LoadedFailedTasks loaded{request.batch, {}, false};
    for (auto row = tasks.lower_bound({request.batch, request.from}); row != tasks.end(); ++row) {
      if (row->first.batch != request.batch) break;
      if (row->second.state != TaskState::kFailed) continue;
      loaded.more = loaded.tasks.size() == limits::kLoadRows;
      if (loaded.more) break;
      loaded.tasks.push_back(row->second);
    }
    return loaded;
  }

  std::shared_ptr<SharedTables> m_shared;  ///< shared with the reading side
};

}  // namespace

MemoryStore makeMemoryStore() {
  auto tables = std::make_shared<SharedTables>();
  return {std::make_shared<MemoryWriteStore>(tables), memory::makeReadStore(tables)};
}

}  // namespace hearth::db
