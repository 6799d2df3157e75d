// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "db/sqlite/connection.h"
#include "db/sqlite/group_rows.h"
#include "db/store.h"

/// How a row becomes one of our values: the columns to select, and the function that reads them, side by side.
namespace hearth::db::sqlite {

template <>
inline constexpr TaskState kLastOf<TaskState> = TaskState::kCancelled;
template <>
inline constexpr AttemptState kLastOf<AttemptState> = AttemptState::kError;
template <>
inline constexpr BatchState kLastOf<BatchState> = BatchState::kCancelled;
template <>
inline constexpr Distinct kLastOf<Distinct> = Distinct::kAccounts;
template <>
inline constexpr SandboxTier kLastOf<SandboxTier> = SandboxTier::kVirtualMachine;
template <>
inline constexpr Runtime kLastOf<Runtime> = Runtime::kOci;
template <>
inline constexpr DeviceApi kLastOf<DeviceApi> = DeviceApi::kCuda;
template <>
inline constexpr KeyApproval::Role kLastOf<KeyApproval::Role> = KeyApproval::Role::kAccount;

/// A batch with its progress, and the key that only a Snapshot has.
struct BatchRow {
  BatchRecord record;
  std::string idempotencyKey;
};
/// `rest` follows "… FROM batch JOIN batch_progress".
std::string selectBatch(std::string_view rest);
void readBatch(Statement& row, BatchRow& batch);

inline constexpr std::string_view kSelectTask =
    "SELECT batch, idx, state, revision, failures, canonical, reason FROM task ";
/// Tasks of one state other than certified, by their index: the planner would rather walk all tasks of the batch. The
/// condition must hold the term `state <> 2`, or the statement is refused.
inline constexpr std::string_view kSelectOtherTask =
    "SELECT batch, idx, state, revision, failures, canonical, reason FROM task INDEXED BY task_other ";
void readTask(Statement& row, TaskPut& task);

inline constexpr std::string_view kSelectResult =
    "SELECT result.batch, result.idx, attempt, result.revision, host, result.state, leased, ended, report FROM result ";
void readResult(Statement& row, AttemptRecord& record);

inline constexpr std::string_view kSelectHost =
    "SELECT id, account, key, name, platform, processor, agent, processors, memory_bytes, disk_bytes, sandbox, "
    "enrolled, revoked, speed, runtimes, host_group, gpus FROM host ";
void readHost(Statement& row, Host& host);

/// Two pieces of SQL as one.
std::string join(std::string_view select, std::string_view rest);

}  // namespace hearth::db::sqlite
