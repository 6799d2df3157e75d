// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/wall_time.h"

#include <optional>
#include <vector>

namespace hearth::agent {
namespace {

void shift(std::optional<Instant>& at, Duration by) {
  if (at && *at != Instant::farFuture()) at = *at + by;
}

void shift(AgentStatus& agent, Duration by) {
  shift(agent.until, by);
  shift(agent.server.lastSync, by);
  shift(agent.server.nextSync, by);
  for (TaskStatus& task : agent.tasks) {
    shift(task.until, by);
    shift(task.started, by);
  }
}

}  // namespace

SharingStatus onTheWall(SharingStatus status, Duration wallLessAgent) {
  if (wallLessAgent == Duration{}) return status;
  for (auto* obstacles : {&status.decision.computing, &status.decision.network, &status.decision.fetching}) {
    for (Obstacle& obstacle : *obstacles) shift(obstacle.until, wallLessAgent);
  }
  for (ProjectStatus& project : status.projects) shift(project.agent, wallLessAgent);
  return status;
}

}  // namespace hearth::agent
