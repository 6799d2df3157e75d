// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>
#include <optional>

/// The agent's state tree (docs/agent-control.md) as plain values. What an agent does not say is empty.
namespace hearth::gui {

/// Whether something runs, as one says it of an agent and of each project.
struct Activity {
  QString state;  ///< "running", "waiting", …
  QString reason, ends;
  QDateTime until;
  bool paused = false, finish = false;
  bool operator==(const Activity&) const = default;
};

struct TaskState {
  QString key;  ///< its name in the tree
  QString project, batchName, application, owner, purpose, phase, reason;
  qint64 batch = 0, index = 0;
  bool frozen = false;
  int processors = 0;
  std::optional<double> progress;  ///< 0 to 1
  std::optional<qint64> remainingSeconds;
  QDateTime until, started;
  bool operator==(const TaskState&) const = default;
};

struct ProjectState {
  QString key;  ///< what verbs call it
  QString name, about, home, server, account;
  Activity activity;
  int share = 100, tasks = 0;
  bool reached = false;
  QString trouble;  ///< why its server was not reached
  std::optional<qint64> certified, processorSeconds;
  std::optional<double> credit;
  QStringList uses;
  bool operator==(const ProjectState&) const = default;
};

/// What stands in the way of computing, of the network or of new work.
struct Obstacle {
  QString what, reason, ends;
  QDateTime until;
  bool operator==(const Obstacle&) const = default;
};

struct HostState {
  QString name, platform, processor;
  int processors = 0;
  qint64 memoryBytes = 0, diskBytes = 0, cacheBytes = 0;
  std::optional<double> heat;  ///< degrees Celsius
  bool operator==(const HostState&) const = default;
};

struct AgentState {
  bool known = false;  ///< everything else is empty where the agent was not reached
  Activity activity;
  QString version, folder, notice;
  QDateTime started;
  bool inUse = false;
  int processors = 0;  ///< that tasks may have now
  qint64 memoryBytes = 0, diskBytes = 0;
  QList<Obstacle> computing, network, fetching;
  HostState host;
  QString sandbox, limitation;
  QStringList forbids;
  qint64 finished = 0, failed = 0;
  QList<ProjectState> projects;
  QList<TaskState> tasks;  ///< those that run first
  bool operator==(const AgentState&) const = default;
};

AgentState decodeState(const QJsonObject& tree);

}  // namespace hearth::gui
