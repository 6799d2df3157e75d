// SPDX-License-Identifier: GPL-3.0-or-later
// What became of the tasks of a batch, and the bytes that they left.
#include <algorithm>
#include <utility>

#include "server/api/routes.h"

namespace hearth::server {
namespace {

wire::TaskView viewOfTask(const TaskPut& task) {
  wire::TaskView view;
  view.index = task.task.index;
  view.state = task.state;
  view.revision = task.revision;
  view.failures = task.failures;
  view.canonical = task.canonical;
  view.reason = task.reason;
  return view;
}

void listTasks(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwnerOrOperator), respond);
  if (!batch) return;
  const std::string_view wanted = request->queryValue("state");
  const auto state = valueOr(parseTaskState(wanted.empty() ? "failed" : wanted), respond);
  if (!state) return;
  const auto from = valueOr(queryNumber(*request, "from", 0), respond);
  if (!from) return;
  const auto limit = valueOr(queryLimit(*request), respond);
  if (!limit) return;
  const auto rows = valueOr(context.deps.read.tasks(batch->batch, *state, *from, *limit), respond);
  if (!rows) return;
  wire::TaskPage page;
  for (const TaskPut& row : *rows) page.tasks.push_back(viewOfTask(row));
  if (rows->size() == *limit) page.next = rows->back().task.index + 1;
  respond(jsonResponse(200, wire::toJson(page)));
}

/// The task that the second capture names, of the batch that the first one names.
Result<db::TaskRecord> taskOf(ApiContext& context, const db::BatchRecord& batch, const Request& request) {
  const auto index = parseNumber(request.captures.at(1), "index");
  if (!index || *index >= batch.plan.tasks) {
    return fail(ErrorCode::kNotFound,
                "Batch " + std::to_string(batch.batch.value) + " has no task '" + request.captures.at(1) + "'.",
                "Its tasks are numbered from 0 to " + std::to_string(batch.plan.tasks - 1) + ".");
  }
  const TaskId id{batch.batch, *index};
  auto task = context.deps.read.task(id);
  if (!task) return fail(std::move(task).error());
  if (*task) return std::move(**task);
  db::TaskRecord pending;
  pending.task.task = id;
  pending.task.state = TaskState::kPending;
  return pending;
}

void showTask(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwnerOrOperator), respond);
  if (!batch) return;
  const auto task = valueOr(taskOf(context, *batch, *request), respond);
  if (!task) return;
  wire::TaskView view = viewOfTask(task->task);
  for (const AttemptRecord& record : task->attempts) {
    view.attempts.push_back({record.lease.attempt, record.lease.host, record.lease.revision, record.state,
                             record.lease.leased, record.ended, record.report});
  }
  respond(jsonResponse(200, wire::toJson(view)));
}

bool names(const ResultReport& report, const Digest& digest) {
  return report.standardOutput == digest || report.standardError == digest ||
         std::any_of(report.outputs.begin(), report.outputs.end(),
                     [&](const FileRef& output) { return output.digest == digest; });
}

void listResults(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (batch) listResultsOf(context, *batch, request, respond);
}

void fetch(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
  if (batch) fetchBlobOf(context, *batch, request, respond);
}

}  // namespace

void listResultsOf(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request,
                   const Respond& respond) {
  const auto from = valueOr(queryNumber(*request, "from", 0), respond);
  if (!from) return;
  const auto limit = valueOr(queryLimit(*request), respond);
  if (!limit) return;
  auto rows = valueOr(context.deps.read.results(batch.batch, *from, *limit), respond);
  if (!rows) return;
  wire::ResultPage page;
  if (rows->size() == *limit) page.next = rows->back().index + 1;
  for (db::CertifiedResult& row : *rows) {
    page.results.push_back(
        {row.index, row.record.lease.attempt, row.record.lease.host, row.record.ended, std::move(row.record.report)});
  }
  respond(jsonResponse(200, wire::toJson(page)));
}

void fetchBlobOf(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request, const Respond& respond) {
  const auto task = valueOr(taskOf(context, batch, *request), respond);
  if (!task) return;
  const auto digest = valueOr(captureDigest(*request, 2), respond);
  if (!digest) return;
  const bool named =
      *digest != Digest{} && std::any_of(task->attempts.begin(), task->attempts.end(),
                                         [&](const AttemptRecord& record) { return names(record.report, *digest); });
  if (!named) {
    return respondError(respond, {ErrorCode::kNotFound,
                                  "The blob " + digest->hex() + " is neither an output nor a log of task " +
                                      std::to_string(task->task.task.index) + ".",
                                  "The task's attempts and the batch's results name the digests."});
  }
  respond(blobResponse(context, context.deps.blobs, *request, *digest));
}

void addResultRoutes(Routes& routes, ApiContext& context) {
  const auto add = [&](std::string_view pattern, auto handler) {
    routes.person(Method::kGet, pattern, {Role::kScientist, Role::kOperator, Role::kAdmin},
                  [&context, handler](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                    handler(context, caller, request, respond);
                  });
  };
  add("/api/v1/batches/{batch}/tasks", listTasks);
  add("/api/v1/batches/{batch}/tasks/{index}", showTask);
  add("/api/v1/batches/{batch}/results", listResults);
  add("/api/v1/batches/{batch}/tasks/{index}/blobs/{digest}", fetch);
}

}  // namespace hearth::server
