// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/snapshot.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "db/sqlite/attempt_rows.h"
#include "db/sqlite/group_rows.h"
#include "db/sqlite/rows.h"

namespace hearth::db::sqlite {
namespace {

/// Appends.
template <typename Record, typename Records>
Result<void> readInto(Connection& connection, std::string_view sql, void (*read)(Statement&, Record&), Records& out) {
  Result<Statement> statement = connection.prepare(sql);
  if (!statement) return fail(std::move(statement).error());
  Result<bool> row = statement->step();
  for (; row && *row; row = statement->step()) read(*statement, out.emplace_back());
  if (!row) return fail(std::move(row).error());
  return {};
}

Result<void> readLeases(Connection& connection, std::deque<Lease>& leases) {
  Result<Statement> statement = connection.prepare(join(kSelectLeaseBlock, "ORDER BY first"));
  if (!statement) return fail(std::move(statement).error());
  Result<bool> row = statement->step();
  for (LeaseBlock block; row && *row; row = statement->step()) {
    readLeaseBlock(*statement, block);
    Lease lease = block.first;
    for (std::uint64_t live = block.live; live != 0; live >>= 1, ++lease.attempt.value, ++lease.task.index) {
      if ((live & 1U) != 0) leases.push_back(lease);
    }
  }
  if (!row) return fail(std::move(row).error());
  HEARTH_TRY(statement->finish());
  const auto byAttempt = [](const Lease& a, const Lease& b) { return a.attempt < b.attempt; };
  if (!std::is_sorted(leases.begin(), leases.end(), byAttempt)) std::sort(leases.begin(), leases.end(), byAttempt);
  return {};
}

void readJoinToken(Statement& row, JoinToken& token) {
  row.columns(token.secretHash, token.account, token.usesLeft, token.expires, token.group);
}

void readAccountWeight(Statement& row, AccountWeightPut& weight) { row.columns(weight.account, weight.weight); }

void readCheckpoint(Statement& row, CheckpointPut& kept) {
  row.columns(kept.task.batch, kept.task.index, kept.attempt, kept.checkpoint.digest, kept.checkpoint.size,
              kept.passedOn);
}

void readCounters(Statement& row, CountersPut& counters) {
  row.columns(counters.batches, counters.hosts, counters.attempts, counters.groups);
}

Snapshot::Batch snapshotBatch(BatchRow&& row) {
  return {row.record.batch, std::move(row.record.plan), std::move(row.record.progress), row.record.created,
          std::move(row.idempotencyKey)};
}

Result<void> readCountersInto(Connection& connection, CountersPut& counters) {
  std::vector<CountersPut> rows;
  HEARTH_TRY(readInto(connection, "SELECT batches, hosts, attempts, groups FROM counters", readCounters, rows));
  if (rows.size() != 1) {
    return fail(ErrorCode::kIntegrity, "the database has lost its counters",
                "restore the database from its last backup");
  }
  counters = rows.front();
  return {};
}

Result<void> readActiveTasks(Connection& connection, Snapshot& snapshot) {
  Result<Statement> tasks =
      connection.prepare(join(kSelectOtherTask, "WHERE batch = ? AND state = 1 AND state <> 2 ORDER BY idx"));
  if (!tasks) return fail(std::move(tasks).error());
  Result<Statement> records =
      connection.prepare(join(kSelectResult, "WHERE batch = ? AND idx = ? AND revision = ? ORDER BY attempt"));
  if (!records) return fail(std::move(records).error());

  for (const Snapshot::Batch& batch : snapshot.batches) {
    tasks->bind(batch.batch);
    Result<std::vector<TaskPut>> active = readAll(*tasks, readTask);
    if (!active) return fail(std::move(active).error());
    for (TaskPut& task : *active) {
      records->bind(task.task.batch, task.task.index, task.revision);
      Result<std::vector<AttemptRecord>> ended = readAll(*records, readResult);
      if (!ended) return fail(std::move(ended).error());
      snapshot.tasks.push_back({std::move(task), std::move(*ended)});
    }
  }
  return {};
}

Result<Loaded> loadFailedTasks(Connection& connection, const LoadFailedTasks& request) {
  Result<Statement> statement = connection.prepare(
      join(kSelectOtherTask, "WHERE batch = ? AND state = 3 AND state <> 2 AND idx >= ? ORDER BY idx LIMIT ?"));
  if (!statement) return fail(std::move(statement).error());
  statement->bind(request.batch, std::min(request.from, kLargestKey), limits::kLoadRows + 1);
  Result<std::vector<TaskPut>> rows = readAll(*statement, readTask);
  if (!rows) return fail(std::move(rows).error());
  LoadedFailedTasks loaded{request.batch, std::move(*rows), false};
  loaded.more = loaded.tasks.size() > limits::kLoadRows;
  if (loaded.more) loaded.tasks.pop_back();
  return Loaded(std::move(loaded));
}

Result<Loaded> loadBatch(Connection& connection, const LoadBatch& request) {
  Result<Statement> statement = connection.prepare(selectBatch("WHERE id = ?"));
  if (!statement) return fail(std::move(statement).error());
  statement->bind(request.batch);
  Result<std::optional<BatchRow>> row = readOne(*statement, readBatch);
  if (!row) return fail(std::move(row).error());
  LoadedBatch loaded{{}, request.batch};
  if (*row) loaded.batch.push_back(snapshotBatch(std::move(**row)));
  return Loaded(std::move(loaded));
}

}  // namespace

Result<Snapshot> readSnapshot(Connection& connection) {
  Result<Transaction> oneState = Transaction::begin(connection, Transaction::Kind::kRead);
  if (!oneState) return fail(std::move(oneState).error());
  Snapshot snapshot;
  HEARTH_TRY(readCountersInto(connection, snapshot.counters));
  std::vector<BatchRow> batches;
  HEARTH_TRY(readInto(connection, selectBatch("WHERE state < 3 ORDER BY batch_progress.batch"), readBatch, batches));
  for (BatchRow& row : batches) snapshot.batches.push_back(snapshotBatch(std::move(row)));
  HEARTH_TRY(readLeases(connection, snapshot.leases));
  HEARTH_TRY(readActiveTasks(connection, snapshot));
  HEARTH_TRY(readInto(connection, join(kSelectHost, "ORDER BY id"), readHost, snapshot.hosts));
  HEARTH_TRY(readInto(
      connection, "SELECT secret_hash, account, uses_left, expires, host_group FROM join_token ORDER BY secret_hash",
      readJoinToken, snapshot.joinTokens));
  HEARTH_TRY(readInto(connection, "SELECT account, weight FROM account_weight ORDER BY account", readAccountWeight,
                      snapshot.accountWeights));
  std::vector<GroupMember> members;
  HEARTH_TRY(readInto(connection, join(kSelectGroup, "ORDER BY id"), readGroup, snapshot.groups));
  HEARTH_TRY(readInto(connection, join(kSelectMember, "ORDER BY host_group, account"), readMember, members));
  addMembers(snapshot.groups, members);
  HEARTH_TRY(readInto(connection, join(kSelectQuota, "ORDER BY account"), readQuota, snapshot.quotas));
  HEARTH_TRY(readInto(
      connection, "SELECT batch, idx, attempt, digest, size, passed_on FROM checkpoint ORDER BY batch, idx, attempt",
      readCheckpoint, snapshot.checkpoints));
  return snapshot;
}

Result<Loaded> readLoad(Connection& connection, const Load& request) {
  if (const auto* failedTasks = std::get_if<LoadFailedTasks>(&request))
    return loadFailedTasks(connection, *failedTasks);
  return loadBatch(connection, std::get<LoadBatch>(request));
}

}  // namespace hearth::db::sqlite
