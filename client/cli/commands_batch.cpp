// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <ostream>

#include "cli/commands.h"
#include "model/states.h"
#include "wire/manifest.h"
#include "wire/people.h"

namespace hearth::cli {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

/// 109ms, 10.1s, 2m5s.
std::string spent(Duration time) {
  const std::int64_t tenths = (time.inMilliseconds() + 50) / 100;
  if (time < Duration::seconds(1)) return wire::formatDuration(time);
  if (tenths < 600) return number(static_cast<std::uint64_t>(tenths / 10)) + "." + std::to_string(tenths % 10) + "s";
  return wire::formatDuration(Duration::seconds(time.inMilliseconds() / 1000));
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : number(part * 100 / whole) + " %";
}

Result<wire::BatchPage> listBatches(ApiClient& api, const StatusOptions& options) {
  wire::BatchPage all;
  std::optional<std::uint64_t> before;
  do {
    std::string path =
        "/api/v1/batches?limit=" + number(std::min<std::uint64_t>(options.most - all.batches.size(), wire::kPageRows));
    if (options.all) path += "&all=1";
    if (before) path += "&before=" + number(*before);
    auto page = api.get(path, &wire::parseBatchPage);
    if (!page) return page;
    std::move(page->batches.begin(), page->batches.end(), std::back_inserter(all.batches));
    before = page->batches.empty() ? std::nullopt : page->next;
  } while (before && all.batches.size() < options.most);
  all.next = before;
  return all;
}

void printBatch(std::ostream& out, const wire::BatchView& batch) {
  std::vector<std::vector<std::string>> rows{
      {"batch", number(batch.id.value)}, {"name", batch.name}, {"owner", batch.owner}, {"state", name(batch.state)}};
  if (!batch.reason.empty()) rows.push_back({"reason", batch.reason});
  rows.push_back({"tasks", number(batch.tasks)});
  rows.push_back({"certified", number(batch.certified) + " (" + percent(batch.certified, batch.tasks) + ")"});
  rows.push_back({"failed", number(batch.failed)});
  rows.push_back({"running attempts", number(batch.active)});
  rows.push_back({"quorum", number(batch.quorum)});
  rows.push_back({"created", formatInstant(batch.created)});
  rows.push_back({"ended", formatInstant(batch.ended)});
  printTable(out, rows);
}

Result<int> statusOfBatch(const Context& context, ApiClient& api, BatchId id) {
  auto batch = api.get(batchPath(id), &wire::parseBatchView);
  if (!batch) return fail(std::move(batch).error());
  if (context.asJson)
    context.out << wire::toJson(*batch) << '\n';
  else
    printBatch(context.out, *batch);
  return kExitOk;
}

/// How an attempt ended, in a few words.
std::string outcome(const wire::AttemptView& attempt) {
  if (attempt.ended == Instant{}) return "running since " + formatInstant(attempt.leased);
  const ResultReport& report = attempt.report;
  if (!report.reason.empty()) return report.reason;
  if (attempt.state == AttemptState::kExpired || attempt.state == AttemptState::kAborted) return name(attempt.state);
  return name(report.exit);
}

/// Standard error of an attempt, as far as the server keeps it; the text of others, so made harmless.
void printStream(const Context& context, ApiClient& api, const std::string& heading, const std::string& task,
                 const Digest& digest) {
  if (digest == Digest{}) return;
  auto text = api.http().send({"GET", task + "/blobs/" + digest.hex(), {}, {}, true});
  context.out << "\n" << heading << ":\n";
  if (!text) {
    context.out << "  (cannot be fetched: " << printable(text.error().message) << ")\n";
    return;
  }
  constexpr std::size_t kShown = 8192;
  std::string_view tail = text->body;
  if (tail.size() > kShown) {
    context.out << "  (the last " << kShown << " of " << tail.size() << " bytes)\n";
    tail.remove_prefix(tail.size() - kShown);
  }
  context.out << printable(tail) << (tail.empty() || tail.back() == '\n' ? "" : "\n");
}

}  // namespace

Result<int> status(const Context& context, const StatusOptions& options) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  if (options.batch) return statusOfBatch(context, *api, BatchId{*options.batch});
  auto page = listBatches(*api, options);
  if (!page) return fail(std::move(page).error());
  if (context.asJson) {
    context.out << wire::toJson(*page) << '\n';
    return kExitOk;
  }
  if (page->batches.empty()) {
    context.out << "No batches yet. Submit one with: hearth submit BUNDLE\n";
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows{
      {"BATCH", "NAME", "STATE", "TASKS", "CERTIFIED", "FAILED", "RUNNING", "CREATED"}};
  if (options.all) rows[0].insert(rows[0].begin() + 2, "OWNER");
  for (const wire::BatchView& batch : page->batches) {
    std::vector<std::string> row{number(batch.id.value),
                                 batch.name,
                                 name(batch.state),
                                 number(batch.tasks),
                                 percent(batch.certified, batch.tasks),
                                 number(batch.failed),
                                 number(batch.active),
                                 formatInstant(batch.created)};
    if (options.all) row.insert(row.begin() + 2, batch.owner);
    rows.push_back(std::move(row));
  }
  printTable(context.out, rows);
  if (page->next) printWarning(context, "there are older batches: see more with --limit");
  return kExitOk;
}

Result<int> steer(const Context& context, BatchId batch, const std::string& verb) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  if (verb == "retry") {
    auto before = api->get(batchPath(batch), &wire::parseBatchView);
    if (!before) return fail(std::move(before).error());
    if (before->failed == 0) {
      if (context.asJson)
        context.out << wire::toJson(*before) << '\n';
      else
        context.out << "Batch " << batch.value << " '" << printable(before->name) << "' has no failed tasks.\n";
      return kExitOk;
    }
  }
  // cancel, pause and resume say what shall be; a second retry after a lost answer finds nothing failed to retry.
  HttpRequest request{"POST", batchPath(batch, "/" + verb), {}, {}, true};
  auto response = api->http().send(request);
  if (!response) return fail(std::move(response).error());
  auto view = wire::parseBatchView(response->body);
  if (!view) return statusOfBatch(context, *api, batch);
  if (context.asJson) {
    context.out << wire::toJson(*view) << '\n';
  } else if (verb == "retry") {
    context.out << "Batch " << batch.value << " '" << printable(view->name) << "': its failed tasks run again.\n";
  } else {
    context.out << "Batch " << batch.value << " '" << printable(view->name) << "' is " << name(view->state) << ".\n";
  }
  return kExitOk;
}

namespace {

Result<wire::TaskPage> tasksIn(ApiClient& api, const TasksOptions& options, const std::string& state) {
  wire::TaskPage all;
  std::optional<std::uint64_t> from = options.from;
  while (from && all.tasks.size() < options.most) {
    const auto limit = std::min<std::uint64_t>(options.most - all.tasks.size(), wire::kPageRows);
    const std::string query = "?from=" + number(*from) + "&limit=" + number(limit) + "&state=" + percentEncoded(state);
    auto page = api.get(batchPath(options.batch, "/tasks" + query), &wire::parseTaskPage);
    if (!page) return page;
    std::move(page->tasks.begin(), page->tasks.end(), std::back_inserter(all.tasks));
    from = page->next;
  }
  all.next = from;
  return all;
}

/// The server lists the tasks of one state; those of several are merged by their index.
Result<wire::TaskPage> tasksInAny(ApiClient& api, const TasksOptions& options, const std::vector<std::string>& states) {
  wire::TaskPage all;
  for (const std::string& state : states) {
    auto some = tasksIn(api, options, state);
    if (!some) return some;
    std::move(some->tasks.begin(), some->tasks.end(), std::back_inserter(all.tasks));
    if (some->next) all.next = std::min(*some->next, all.next.value_or(*some->next));
  }
  std::sort(all.tasks.begin(), all.tasks.end(),
            [](const auto& one, const auto& other) { return one.index < other.index; });
  if (all.tasks.size() > options.most) {
    all.tasks.resize(options.most);
    all.next = all.tasks.back().index + 1;
  }
  return all;
}

}  // namespace

Result<int> tasks(const Context& context, const TasksOptions& options) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  const std::vector<std::string> every{"pending", "active", "certified", "failed", "cancelled"};
  auto found = tasksInAny(*api, options, options.state.empty() ? every : std::vector{options.state});
  if (!found) return fail(std::move(found).error());
  const wire::TaskPage all = *std::move(found);
  if (context.asJson) {
    context.out << wire::toJson(all) << '\n';
    return kExitOk;
  }
  if (all.tasks.empty()) {
    context.out << "No tasks to list. Those that were never handed out, or run for the first time, are not listed.\n";
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows{{"TASK", "STATE", "FAILURES", "REASON"}};
  for (const wire::TaskView& task : all.tasks)
    rows.push_back({number(task.index), name(task.state), number(task.failures), task.reason});
  printTable(context.out, rows);
  if (all.next) printWarning(context, "there are more: go on with --from " + number(*all.next));
  return kExitOk;
}

Result<int> show(const Context& context, const ShowOptions& options) {
  auto api = context.connect();
  if (!api) return fail(std::move(api).error());
  const std::string path = batchPath(options.batch, "/tasks/" + number(options.index));
  auto task = api->get(path, &wire::parseTaskView);
  if (!task) return fail(std::move(task).error());
  if (context.asJson) {
    context.out << wire::toJson(*task) << '\n';
    return kExitOk;
  }
  printTable(context.out, {{"task", number(options.batch.value) + ":" + number(task->index)},
                           {"state", name(task->state)},
                           {"failures", number(task->failures)},
                           {"reason", task->reason.empty() ? "-" : task->reason}});
  std::vector<std::vector<std::string>> rows{{"ATTEMPT", "HOST", "STATE", "ENDED", "WALL", "CPU", "OUTCOME"}};
  for (const wire::AttemptView& attempt : task->attempts) {
    const Usage& usage = attempt.report.usage;
    rows.push_back({number(attempt.attempt.value), number(attempt.host.value), name(attempt.state),
                    formatInstant(attempt.ended), spent(usage.wall), spent(usage.processor), outcome(attempt)});
  }
  context.out << '\n';
  printTable(context.out, rows);
  if (task->attempts.empty()) return kExitOk;
  const ResultReport& last = task->attempts.back().report;
  printStream(context, *api, "standard output of the last attempt", path, last.standardOutput);
  printStream(context, *api, "standard error of the last attempt", path, last.standardError);
  return kExitOk;
}

}  // namespace hearth::cli
