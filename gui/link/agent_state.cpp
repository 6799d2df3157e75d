// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/agent_state.h"

#include <QJsonArray>
#include <QStringView>
#include <algorithm>

namespace hearth::gui {
namespace {

// What others wrote is shown as text of one line at most so long.
constexpr qsizetype kTextCharacters = 400;
constexpr qsizetype kMostRows = 1000;

QString text(const QJsonObject& object, QLatin1StringView member) {
  QString text = object.value(member).toString().left(kTextCharacters).simplified();
  // Signs that turn the direction of what follows would let a task's name dress up as our own words.
  text.removeIf(
      [](QChar sign) { return sign.category() == QChar::Other_Format || sign.category() == QChar::Other_Control; });
  return text;
}

QDateTime instant(const QJsonObject& object, QLatin1StringView member) {
  return QDateTime::fromString(object.value(member).toString(), Qt::ISODateWithMs);
}

QStringList texts(const QJsonObject& object, QLatin1StringView member) {
  QStringList list;
  for (const QJsonValue each : object.value(member).toArray()) {
    if (list.size() == kMostRows) break;
    list.append(text({{"text", each}}, QLatin1StringView("text")));
  }
  return list;
}

std::optional<double> number(const QJsonObject& object, QLatin1StringView member) {
  const QJsonValue value = object.value(member);
  return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

std::optional<qint64> whole(const QJsonObject& object, QLatin1StringView member) {
  const QJsonValue value = object.value(member);
  return value.isDouble() ? std::optional(value.toInteger()) : std::nullopt;
}

using L = QLatin1StringView;

Activity activityOf(const QJsonObject& object) {
  return {text(object, L("state")),    text(object, L("reason")),          text(object, L("ends")),
          instant(object, L("until")), object.value(L("paused")).toBool(), object.value(L("finish")).toBool()};
}

TaskState taskOf(const QString& key, const QJsonObject& object) {
  TaskState task;
  task.key = key;
  task.project = text(object, L("project"));
  task.batchName = text(object, L("batchName"));
  task.application = text(object, L("application"));
  task.owner = text(object, L("owner"));
  task.purpose = text(object, L("purpose"));
  task.phase = text(object, L("phase"));
  task.reason = text(object, L("reason"));
  task.batch = object.value(L("batch")).toInteger();
  task.index = object.value(L("index")).toInteger();
  task.frozen = object.value(L("frozen")).toBool();
  task.processors = object.value(L("processors")).toInt();
  task.progress = number(object, L("progress"));
  if (task.progress) task.progress = std::clamp(*task.progress, 0.0, 1.0);
  task.remainingSeconds = whole(object, L("remainingSeconds"));
  task.until = instant(object, L("until"));
  task.started = instant(object, L("started"));
  return task;
}

ProjectState projectOf(const QString& key, const QJsonObject& object) {
  ProjectState project;
  project.key = key;
  project.name = text(object, L("name"));
  if (project.name.isEmpty()) project.name = key.left(kTextCharacters);
  project.about = text(object, L("about"));
  project.home = text(object, L("home"));
  project.server = text(object, L("server"));
  project.account = text(object, L("account"));
  project.activity = activityOf(object);
  project.share = object.value(L("share")).toInt(100);
  project.tasks = object.value(L("tasks")).toInt();
  const QJsonObject calls = object.value(L("calls")).toObject();
  project.reached = calls.value(L("reached")).toBool();
  project.trouble = text(calls, L("reason"));
  const QJsonObject given = object.value(L("contribution")).toObject();
  project.certified = whole(given, L("tasks"));
  project.processorSeconds = whole(given, L("processorSeconds"));
  project.credit = number(given, L("credit"));
  project.uses = texts(object, L("uses"));
  return project;
}

QList<Obstacle> obstaclesOf(const QJsonObject& object, QLatin1StringView member) {
  QList<Obstacle> list;
  for (const QJsonValue each : object.value(member).toArray()) {
    const QJsonObject one = each.toObject();
    list.append({text(one, L("what")), text(one, L("reason")), text(one, L("ends")), instant(one, L("until"))});
  }
  return list;
}

HostState hostOf(const QJsonObject& object) {
  HostState host;
  host.name = text(object, L("name"));
  host.platform = text(object, L("platform"));
  host.processor = text(object, L("processor"));
  host.processors = object.value(L("processors")).toInt();
  host.memoryBytes = object.value(L("memoryBytes")).toInteger();
  host.diskBytes = object.value(L("diskBytes")).toInteger();
  host.cacheBytes = object.value(L("cacheBytes")).toInteger();
  host.heat = number(object, L("heat"));
  return host;
}

void decodeAgent(const QJsonObject& agent, AgentState& state) {
  state.activity = activityOf(agent);
  state.version = text(agent, L("version"));
  state.folder = text(agent, L("folder"));
  state.notice = text(agent, L("notice"));
  state.started = instant(agent, L("started"));
}

void decodePolicy(const QJsonObject& policy, AgentState& state) {
  state.inUse = policy.value(L("inUse")).toBool();
  state.processors = policy.value(L("processors")).toInt();
  state.memoryBytes = policy.value(L("memoryBytes")).toInteger();
  state.diskBytes = policy.value(L("diskBytes")).toInteger();
  state.computing = obstaclesOf(policy, L("computing"));
  state.network = obstaclesOf(policy, L("network"));
  state.fetching = obstaclesOf(policy, L("fetching"));
}

int rank(const TaskState& task) {
  if (task.phase == L("running")) return task.frozen ? 1 : 0;
  if (task.phase == L("collecting") || task.phase == L("uploading")) return 2;
  return task.phase == L("returned") ? 4 : 3;
}

}  // namespace

AgentState decodeState(const QJsonObject& tree) {
  AgentState state;
  state.known = tree.contains(L("agent"));
  decodeAgent(tree.value(L("agent")).toObject(), state);
  decodePolicy(tree.value(L("policy")).toObject(), state);
  state.host = hostOf(tree.value(L("host")).toObject());
  const QJsonObject sandbox = tree.value(L("sandbox")).toObject();
  state.sandbox = text(sandbox, L("tier"));
  state.limitation = text(sandbox, L("limitation"));
  state.forbids = texts(sandbox, L("forbids"));
  const QJsonObject totals = tree.value(L("totals")).toObject();
  state.finished = totals.value(L("finished")).toInteger();
  state.failed = totals.value(L("failed")).toInteger();
  const QJsonObject projects = tree.value(L("projects")).toObject();
  for (auto each = projects.begin(); each != projects.end(); ++each) {
    state.projects.append(projectOf(each.key(), each->toObject()));
  }
  const QJsonObject tasks = tree.value(L("tasks")).toObject();
  for (auto each = tasks.begin(); each != tasks.end() && state.tasks.size() < kMostRows; ++each) {
    state.tasks.append(taskOf(each.key(), each->toObject()));
    // An agent with one project does not say whose a task is.
    TaskState& task = state.tasks.last();
    if (task.project.isEmpty() && projects.size() == 1) task.project = projects.begin().key();
  }
  std::stable_sort(state.tasks.begin(), state.tasks.end(),
                   [](const TaskState& a, const TaskState& b) { return rank(a) < rank(b); });
  return state;
}

}  // namespace hearth::gui
