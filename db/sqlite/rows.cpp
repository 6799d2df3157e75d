// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/rows.h"

#include <utility>

#include "db/sqlite/record_codec.h"

namespace hearth::db::sqlite {

std::string join(std::string_view select, std::string_view rest) {
  std::string sql;
  sql.reserve(select.size() + rest.size());
  sql += select;
  sql += rest;
  return sql;
}

std::string selectBatch(std::string_view rest) {
  return join(
      "SELECT id, owner, name, tasks, platform, processors, memory_bytes, disk_bytes, sandbox, quorum, retries, "
      "deadline, "
      "at_once, stop_after_failures, priority, weight, distinct_from, application, created, idempotency_key, batch, "
      "state, reason, cursor, certified, "
      "failed, "
      "ended, runtime, gpus, gpu_api, runs, runs_group FROM batch JOIN batch_progress ON batch_progress.batch = "
      "batch.id ",
      rest);
}

void readBatch(Statement& row, BatchRow& batch) {
  BatchPlan& plan = batch.record.plan;
  Requirements& needs = plan.requirements;
  BatchPolicy& policy = plan.policy;
  BatchProgress& progress = batch.record.progress;
  row.columns(batch.record.batch, plan.owner, plan.name, plan.tasks, needs.platform, needs.processors,
              needs.memoryBytes, needs.diskBytes, needs.sandbox, policy.quorum, policy.retries, policy.deadline,
              policy.atOnce, policy.stopAfterFailures, policy.priority, policy.weight, policy.distinct,
              plan.application, batch.record.created, batch.idempotencyKey, progress.batch, progress.state,
              progress.reason, progress.cursor, progress.certified, progress.failed, progress.ended, needs.runtime,
              needs.gpus, needs.gpuApi, plan.where, plan.group);
}

void readTask(Statement& row, TaskPut& task) {
  row.columns(task.task.batch, task.task.index, task.state, task.revision, task.failures, task.canonical, task.reason);
}

void readResult(Statement& row, AttemptRecord& record) {
  Lease& lease = record.lease;
  row.columns(lease.task.batch, lease.task.index, lease.attempt, lease.revision, lease.host, record.state, lease.leased,
              record.ended);
  constexpr int kReportColumn = 8;
  if (std::optional<ResultReport> report = decodeReport(row.bytes(kReportColumn))) {
    record.report = std::move(*report);
  } else {
    row.markDamaged();
  }
}

void readHost(Statement& row, Host& host) {
  HostDescription& about = host.description;
  row.columns(host.id, host.account, host.key, about.name, about.platform, about.processor, about.agent,
              about.processors, about.memoryBytes, about.diskBytes, about.sandbox, host.enrolled, host.revoked,
              about.speed, about.runtimes.bits, host.group);
  constexpr int kGpusColumn = 16;
  if (std::optional<std::vector<Gpu>> gpus = decodeGpus(row.bytes(kGpusColumn))) {
    about.gpus = std::move(*gpus);
  } else {
    row.markDamaged();
  }
}

}  // namespace hearth::db::sqlite
