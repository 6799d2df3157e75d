// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/model_json.h"
#include "wire/people.h"

/// The views: what the server shows of batches, tasks, results, hosts and accounts.
namespace hearth::wire {
namespace {

constexpr std::size_t kTextBytes = 4 * limits::kKiB;  // names and sentences, repaired or not
constexpr std::size_t kAttemptsShown = 10'000;

void writeInstant(JsonWriter& json, std::string_view member, Instant instant) {
  if (instant != Instant{}) json.member(member, instant);
}

void writeText(JsonWriter& json, std::string_view member, std::string_view text) {
  if (!text.empty()) json.member(member, clipped(text, kReasonBytes));
}

void write(JsonWriter& json, const BatchView& batch) {
  json.beginObject()
      .member("id", batch.id)
      .member("name", batch.name)
      .member("owner", batch.owner)
      .member("state", name(batch.state));
  writeText(json, "reason", batch.reason);
  json.member("tasks", batch.tasks)
      .member("cursor", batch.cursor)
      .member("certified", batch.certified)
      .member("failed", batch.failed)
      .member("active", batch.active)
      .member("quorum", batch.quorum)
      .member("created", batch.created);
  writeInstant(json, "ended", batch.ended);
  json.endObject();
}

void read(JsonReader& json, BatchView& batch) {
  batch.id = json.id<BatchId>("id");
  batch.name = json.text("name", kTextBytes);
  batch.owner = json.text("owner", kTextBytes);
  batch.state = json.word<BatchState>("state", parseBatchState);
  batch.reason = json.textOr("reason", "", kReadReasonBytes);
  batch.tasks = json.number("tasks");
  batch.cursor = json.numberOr("cursor", 0);
  batch.certified = json.number("certified");
  batch.failed = json.number("failed");
  batch.active = json.numberOr("active", 0);
  batch.quorum = json.number32Or("quorum", 1);
  batch.created = json.instant("created");
  batch.ended = json.instantOr("ended");
}

bool hasReport(AttemptState state) {
  return state != AttemptState::kLeased && state != AttemptState::kExpired && state != AttemptState::kAborted;
}

void write(JsonWriter& json, const AttemptView& attempt) {
  json.beginObject()
      .member("attempt", attempt.attempt)
      .member("host", attempt.host)
      .member("revision", attempt.revision)
      .member("state", name(attempt.state))
      .member("leased", attempt.leased);
  writeInstant(json, "ended", attempt.ended);
  if (hasReport(attempt.state)) writeMembers(json, attempt.report);
  json.endObject();
}

void read(JsonReader& json, AttemptView& attempt) {
  attempt.attempt = json.id<AttemptId>("attempt");
  attempt.host = json.id<HostId>("host");
  attempt.revision = json.number32Or("revision", 0);
  attempt.state = json.word<AttemptState>("state", parseAttemptState);
  attempt.leased = json.instant("leased");
  attempt.ended = json.instantOr("ended");
  if (json.has("exit")) readMembers(json, attempt.report);
}

void write(JsonWriter& json, const TaskView& task) {
  json.beginObject()
      .member("index", task.index)
      .member("state", name(task.state))
      .member("revision", task.revision)
      .member("failures", task.failures);
  if (task.canonical) json.member("canonical", task.canonical);
  writeText(json, "reason", task.reason);
  if (!task.attempts.empty()) {
    json.key("attempts").beginArray();
    for (const AttemptView& attempt : task.attempts) write(json, attempt);
    json.endArray();
  }
  json.endObject();
}

void read(JsonReader& json, TaskView& task) {
  task.index = json.number("index");
  task.state = json.word<TaskState>("state", parseTaskState);
  task.revision = json.number32Or("revision", 0);
  task.failures = json.number32Or("failures", 0);
  task.canonical = json.idOr<AttemptId>("canonical");
  task.reason = json.textOr("reason", "", kReadReasonBytes);
  json.objects("attempts", kAttemptsShown, [&](JsonReader& inner) { read(inner, task.attempts.emplace_back()); });
}

void write(JsonWriter& json, const ResultView& result) {
  json.beginObject()
      .member("index", result.index)
      .member("attempt", result.attempt)
      .member("host", result.host)
      .member("ended", result.ended);
  writeMembers(json, result.report);
  json.endObject();
}

void read(JsonReader& json, ResultView& result) {
  result.index = json.number("index");
  result.attempt = json.id<AttemptId>("attempt");
  result.host = json.id<HostId>("host");
  result.ended = json.instant("ended");
  readMembers(json, result.report);
}

void write(JsonWriter& json, const HostView& host) {
  json.beginObject().member("id", host.id).member("account", host.account);
  writeMembers(json, host.description);
  json.member("enrolled", host.enrolled).member("revoked", host.revoked);
  if (host.group) json.member("group", host.group);
  json.endObject();
}

void read(JsonReader& json, HostView& host) {
  host.id = json.id<HostId>("id");
  host.account = json.text("account", kTextBytes);
  readMembers(json, host.description);
  host.enrolled = json.instant("enrolled");
  host.revoked = json.flagOr("revoked", false);
  host.group = json.idOr<GroupId>("group");
}

void write(JsonWriter& json, const AccountView& account) {
  json.beginObject().member("id", account.id).member("name", account.name).key("roles");
  writeValue(json, account.roles);
  json.member("created", account.created).endObject();
}

void read(JsonReader& json, AccountView& account) {
  account.id = json.id<AccountId>("id");
  account.name = json.text("name", kTextBytes);
  account.roles = readRoles(json, "roles");
  account.created = json.instantOr("created");
}

void write(JsonWriter& json, const AuditView& entry) {
  json.beginObject()
      .member("number", entry.number)
      .member("at", entry.at)
      .member("actor", entry.actor)
      .member("actorName", entry.actorName)
      .member("action", entry.action)
      .member("subject", entry.subject)
      .member("detail", clipped(entry.detail, kReasonBytes))
      .endObject();
}

void read(JsonReader& json, AuditView& entry) {
  entry.number = json.number("number");
  entry.at = json.instant("at");
  entry.actor = AccountId{json.numberOr("actor", 0)};
  entry.actorName = json.textOr("actorName", "", kTextBytes);
  entry.action = json.text("action", kTextBytes);
  entry.subject = json.textOr("subject", "", kTextBytes);
  entry.detail = json.textOr("detail", "", kReadReasonBytes);
}

template <typename View>
std::string viewJson(const View& view) {
  JsonWriter json;
  write(json, view);
  return json.take();
}

template <typename View>
Result<View> parseView(std::string_view text) {
  return readJson<View>(text, [](JsonReader& json, View& view) { read(json, view); });
}

template <typename View>
std::string pageJson(std::string_view member, const std::vector<View>& rows, std::optional<std::uint64_t> next) {
  JsonWriter json(64 + 384 * rows.size());
  json.beginObject().key(member).beginArray();
  for (const View& row : rows) write(json, row);
  json.endArray();
  if (next) json.member("next", *next);
  return json.endObject().take();
}

template <typename Page, typename View>
Result<Page> parsePage(std::string_view text, std::string_view member, std::vector<View> Page::*rows) {
  return readJson<Page>(text, [&](JsonReader& json, Page& page) {
    json.objects(member, kPageRows, [&](JsonReader& inner) { read(inner, (page.*rows).emplace_back()); });
    if (json.has("next")) page.next = json.number("next");
  });
}

}  // namespace

std::string toJson(const BatchView& batch) { return viewJson(batch); }
std::string toJson(const BatchPage& page) { return pageJson("batches", page.batches, page.next); }
std::string toJson(const TaskView& task) { return viewJson(task); }
std::string toJson(const TaskPage& page) { return pageJson("tasks", page.tasks, page.next); }
std::string toJson(const ResultView& result) { return viewJson(result); }
std::string toJson(const ResultPage& page) { return pageJson("results", page.results, page.next); }
std::string toJson(const HostView& host) { return viewJson(host); }
std::string toJson(const HostPage& page) { return pageJson("hosts", page.hosts, page.next); }
std::string toJson(const AccountView& account) { return viewJson(account); }
std::string toJson(const AccountPage& page) { return pageJson("accounts", page.accounts, page.next); }
std::string toJson(const AuditPage& page) { return pageJson("entries", page.entries, page.next); }

std::string toJson(const FiguresView& figures) {
  return JsonWriter()
      .beginObject()
      .member("hosts", figures.hosts)
      .member("running", figures.running)
      .member("silent", figures.silent)
      .member("again", figures.again)
      .member("open", figures.open)
      .member("certified", figures.certified)
      .endObject()
      .take();
}

std::string toJson(const AccountCreated& created) {
  JsonWriter json;
  json.beginObject().key("account");
  write(json, created.account);
  return json.member("token", created.token).endObject().take();
}

Result<BatchView> parseBatchView(std::string_view json) { return parseView<BatchView>(json); }
Result<BatchPage> parseBatchPage(std::string_view json) { return parsePage(json, "batches", &BatchPage::batches); }
Result<TaskView> parseTaskView(std::string_view json) { return parseView<TaskView>(json); }
Result<TaskPage> parseTaskPage(std::string_view json) { return parsePage(json, "tasks", &TaskPage::tasks); }
Result<ResultPage> parseResultPage(std::string_view json) { return parsePage(json, "results", &ResultPage::results); }
Result<HostPage> parseHostPage(std::string_view json) { return parsePage(json, "hosts", &HostPage::hosts); }
Result<AccountView> parseAccountView(std::string_view json) { return parseView<AccountView>(json); }
Result<AccountPage> parseAccountPage(std::string_view json) {
  return parsePage(json, "accounts", &AccountPage::accounts);
}
Result<AuditPage> parseAuditPage(std::string_view json) { return parsePage(json, "entries", &AuditPage::entries); }

Result<AccountCreated> parseAccountCreated(std::string_view text) {
  return readJson<AccountCreated>(text, [](JsonReader& json, AccountCreated& created) {
    json.object("account", [&](JsonReader& inner) { read(inner, created.account); });
    created.token = json.text("token", kTextBytes);
  });
}

}  // namespace hearth::wire
