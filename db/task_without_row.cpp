// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "db/store.h"

namespace hearth::db {

TaskPut taskWithoutRow(TaskId task, std::uint64_t cursor, std::span<const AttemptRecord> records) {
  TaskPut put;
  put.task = task;
  put.state = task.index < cursor ? TaskState::kActive : TaskState::kPending;
  const auto valid = std::find_if(records.begin(), records.end(),
                                  [](const AttemptRecord& record) { return record.state == AttemptState::kValid; });
  if (valid == records.end()) return put;
  put.state = TaskState::kCertified;
  put.revision = valid->lease.revision;
  put.canonical = valid->lease.attempt;
  return put;
}

}  // namespace hearth::db
