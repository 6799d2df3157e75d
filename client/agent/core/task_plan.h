// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent_core/work.h"
#include "base/result.h"
#include "wire/agent.h"

namespace hearth::agent {

/// A task with every template expanded and every path checked. Plain value.
struct TaskPlan {
  std::string program;                 ///< a name among the package's programs; of an image: a program of it, or empty
  std::vector<std::string> arguments;  ///< without the program
  std::vector<std::pair<std::string, std::string>> environment;
  std::string standardInput;                    ///< path in the task's directory, or empty
  std::string standardOutput;                   ///< the declared output that standard output becomes, or empty
  std::vector<std::string> required, optional;  ///< declared outputs that are files the task writes
  std::vector<wire::PlacedBlob> inputs;
};

/// Fails when the server sent a template or path that must not be used.
Result<TaskPlan> planTask(const Work& work);

}  // namespace hearth::agent
