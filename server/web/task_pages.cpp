// SPDX-License-Identifier: GPL-3.0-or-later
// The tasks of a batch, and all that is known of one: what ran, where, and what it left.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/time_text.h"
#include "model/template.h"
#include "server/blob/posix_file.h"
#include "server/web/batch_model.h"
#include "server/web/pages.h"

namespace hearth::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kTasksShown = 100;
constexpr std::size_t kLogBytes = 16 * limits::kKiB;
constexpr std::array<TaskState, 4> kStates{TaskState::kCertified, TaskState::kFailed, TaskState::kActive,
                                           TaskState::kCancelled};

void showTasks(ApiContext& context, const Visitor& visitor, const Request& request, const Show& show) {
  const auto batch = batchOf(context, *visitor.caller, request, BatchAccess::kOwnerOrOperator);
  if (!batch) return show(fail(batch.error()));
  const std::string_view asked = request.queryValue("state");
  const auto state = parseTaskState(asked.empty() ? (batch->progress.failed > 0 ? "failed" : "certified") : asked);
  if (!state) return show(fail(state.error()));
  const auto from = queryNumber(request, "from", 0);
  if (!from) return show(fail(from.error()));
  const auto rows = context.deps.read.tasks(batch->batch, *state, *from, kTasksShown);
  if (!rows) return show(fail(rows.error()));
  json::array tasks;
  for (const TaskPut& row : *rows) {
    tasks.push_back(json::object{
        {"index", row.task.index}, {"revision", row.revision}, {"failures", row.failures}, {"reason", row.reason}});
  }
  json::array states;
  for (const TaskState one : kStates) states.push_back(json::object{{"value", name(one)}, {"current", one == *state}});
  json::object model{{"title", "Tasks of " + batch->plan.name},
                     {"id", batch->batch.value},
                     {"name", batch->plan.name},
                     {"total", inGroups(batch->plan.tasks)},
                     {"last", batch->plan.tasks - 1},
                     {"state", name(*state)},
                     {"isActive", *state == TaskState::kActive},
                     {"isFailed", *state == TaskState::kFailed},
                     {"states", std::move(states)},
                     {"none", tasks.empty()},
                     {"tasks", std::move(tasks)}};
  if (*from > 0) model["isLater"] = true;
  if (rows->size() == kTasksShown) model["next"] = rows->back().task.index + 1;
  show(std::move(model));
}

/// The end of a log, as text.
json::object logModel(ApiContext& context, const Digest& log, const std::string& path) {
  if (log == Digest{}) return {{"empty", true}};
  json::object model{{"href", path + "/blobs/" + log.hex()}};
  const auto size = context.deps.blobs.size(log);
  auto file = size ? context.deps.blobs.open(log) : Result<int>(fail(ErrorCode::kNotFound, "gone"));
  if (!file) return {{"gone", true}};
  const Descriptor descriptor(*file);
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(*size, kLogBytes)), '\0');
  const auto got = readAt(descriptor.number(), std::as_writable_bytes(std::span(text)), *size - text.size());
  text.resize(got.value_or(0));
  model["text"] = cleanText(text);
  model["cut"] = *size > kLogBytes;
  return model;
}

json::array outputsModel(const ResultReport& report, const std::string& path) {
  json::array outputs;
  for (const FileRef& output : report.outputs) {
    json::object row{{"file", output.path},
                     {"size", inBytes(output.size)},
                     {"digest", output.digest.hex()},
                     {"href", path + "/blobs/" + output.digest.hex()}};
    if (looksLikePicture(output.path)) row["picture"] = path + "/pictures/" + output.digest.hex();
    outputs.push_back(std::move(row));
  }
  return outputs;
}

json::object attemptModel(ApiContext& context, const AttemptRecord& record, const TaskPut& task, bool owner,
                          const std::string& path) {
  const ResultReport& report = record.report;
  json::object row{{"attempt", record.lease.attempt.value},
                   {"host", record.lease.host.value},
                   {"state", name(record.state)},
                   {"revision", record.lease.revision},
                   {"isCanonical", record.lease.attempt == task.canonical},
                   {"leased", formatInstant(record.lease.leased)},
                   {"ended", formatInstant(record.ended)},
                   {"exit", name(report.exit)},
                   {"exitCode", report.exitCode},
                   {"reason", report.reason},
                   {"wall", inWords(report.usage.wall)},
                   {"processor", inWords(report.usage.processor)},
                   {"memory", inBytes(report.usage.memoryPeakBytes)}};
  if (!owner) return row;
  row["isShown"] = true;
  row["outputs"] = outputsModel(report, path);
  row["hasOutputs"] = !report.outputs.empty();
  row["standardOutput"] = logModel(context, report.standardOutput, path);
  row["standardError"] = logModel(context, report.standardError, path);
  return row;
}

void addCommand(json::object& model, ApiContext& context, TaskId task) {
  const auto prepared = context.prepared.find(task.batch);
  if (!prepared) return;
  const auto parameters = parametersOf(**prepared, task.index, context.deps.lines);
  if (!parameters) return;
  json::array shown;
  for (const Parameter& one : *parameters) shown.push_back(json::object{{"name", one.first}, {"value", one.second}});
  model["parameters"] = std::move(shown);
  std::string command;
  for (const std::string& word : (*prepared)->spec.command) {
    const auto expanded = expandTemplate(word, *parameters);
    const std::string text = expanded ? *expanded : word;
    const bool plain = text.find_first_of(" \t\n'\"\\$&|;<>()*?") == std::string::npos && !text.empty();
    command += (command.empty() ? "" : " ") + (plain ? text : "'" + text + "'");
  }
  model["command"] = command;
}

void showTask(ApiContext& context, const Visitor& visitor, const RequestPtr& request, const Show& show) {
  const auto batch = batchOf(context, *visitor.caller, *request, BatchAccess::kOwnerOrOperator);
  if (!batch) return show(fail(batch.error()));
  const auto index = parseNumber(request->captures.at(1), "index");
  if (!index || *index >= batch->plan.tasks) {
    return show(fail(ErrorCode::kNotFound, "This batch has no such task.",
                     "Its tasks are numbered from 0 to " + std::to_string(batch->plan.tasks - 1) + "."));
  }
  const bool owner = batch->plan.owner == visitor.caller->account.id;
  if (context.calls.post([&context, batch = *batch, index = *index, owner, show] {
        const TaskId id{batch.batch, index};
        const auto found = context.deps.read.task(id);
        if (!found) return show(fail(found.error()));
        db::TaskRecord record = found->value_or(db::TaskRecord{});
        const std::string path =
            "/api/v1/batches/" + std::to_string(batch.batch.value) + "/tasks/" + std::to_string(index);
        json::array attempts;
        for (auto one = record.attempts.rbegin(); one != record.attempts.rend(); ++one)
          attempts.push_back(attemptModel(context, *one, record.task, owner, path));
        json::object model{{"title", "Task " + inGroups(index) + " of " + batch.plan.name},
                           {"id", batch.batch.value},
                           {"name", batch.plan.name},
                           {"index", index},
                           {"number", inGroups(index)},
                           {"total", inGroups(batch.plan.tasks)},
                           {"state", name(record.task.state)},
                           {"reason", record.task.reason},
                           {"isOwner", owner},
                           {"none", attempts.empty()},
                           {"attempts", std::move(attempts)}};
        if (index > 0) model["before"] = json::object{{"index", index - 1}};
        if (index + 1 < batch.plan.tasks) model["after"] = json::object{{"index", index + 1}};
        if (owner) addCommand(model, context, id);
        show(std::move(model));
      })) {
    return;
  }
  show(
      fail(ErrorCode::kUnavailable, "The server has too much to do at the moment.", "Load the page again in a while."));
}

}  // namespace

void addTaskPages(Pages& pages, ApiContext& context) {
  pages.add("/batches/{batch}/tasks", "tasks", Access::kScientist,
            [&context](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              showTasks(context, visitor, *request, show);
            });
  pages.add("/batches/{batch}/tasks/{index}", "task", Access::kScientist,
            [&context](const Visitor& visitor, const RequestPtr& request, const Show& show) {
              showTask(context, visitor, request, show);
            });
}

}  // namespace hearth::server
