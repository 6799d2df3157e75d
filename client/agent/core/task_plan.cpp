// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/task_plan.h"

#include "base/limits.h"
#include "model/template.h"

namespace hearth::agent {
namespace {

Result<std::string> expandPath(const std::string& text, const Parameters& parameters) {
  auto path = expandTemplate(text, parameters);
  if (!path) return path;
  HEARTH_TRY(checkRelativePath(*path));
  return path;
}

Result<std::string> expandArgument(const std::string& text, const Parameters& parameters) {
  auto argument = expandTemplate(text, parameters);
  if (!argument) return argument;
  if (argument->size() > limits::kArgumentBytes || argument->find('\0') != std::string::npos) {
    return fail(ErrorCode::kInvalid, "an argument of the task is too long or contains a NUL");
  }
  return argument;
}

Result<void> planCommand(const wire::Job& job, const Parameters& parameters, TaskPlan& plan) {
  const bool needsCommand = job.requirements.runtime != Runtime::kOci;  // an image has one of its own
  if ((needsCommand && job.command.empty()) || job.command.size() > limits::kArguments) {
    return fail(ErrorCode::kInvalid, "the task's command is empty or has too many arguments");
  }
  for (std::size_t i = 0; i < job.command.size(); ++i) {
    auto argument = expandArgument(job.command[i], parameters);
    if (!argument) return fail(std::move(argument).error());
    if (i == 0) {
      plan.program = std::move(*argument);
    } else {
      plan.arguments.push_back(std::move(*argument));
    }
  }
  for (const auto& [variable, text] : job.environment) {
    auto value = expandArgument(text, parameters);
    if (!value) return fail(std::move(value).error());
    plan.environment.emplace_back(variable, std::move(*value));
  }
  return {};
}

Result<void> planFiles(const Work& work, TaskPlan& plan) {
  const auto& job = *work.job;
  const auto& parameters = work.assigned.parameters;
  for (auto* path : {&job.standardInput, &job.standardOutput}) {
    if (path->empty()) continue;
    auto expanded = expandPath(*path, parameters);
    if (!expanded) return fail(std::move(expanded).error());
    (path == &job.standardInput ? plan.standardInput : plan.standardOutput) = std::move(*expanded);
  }
  if (job.outputs.size() > limits::kOutputsPerTask) return fail(ErrorCode::kTooLarge, "the task has too many outputs");
  for (const auto& rule : job.outputs) {
    auto path = expandPath(rule.path, parameters);
    if (!path) return fail(std::move(path).error());
    if (*path == plan.standardOutput) continue;
    (rule.optional ? plan.optional : plan.required).push_back(std::move(*path));
  }
  plan.inputs = job.inputs;
  plan.inputs.insert(plan.inputs.end(), work.assigned.inputs.begin(), work.assigned.inputs.end());
  if (plan.inputs.size() > limits::kFilesPerBundle) return fail(ErrorCode::kTooLarge, "the task has too many inputs");
  for (const auto& input : plan.inputs) HEARTH_TRY(checkRelativePath(input.path));
  return {};
}

}  // namespace

Result<TaskPlan> planTask(const Work& work) {
  TaskPlan plan;
  HEARTH_TRY(planCommand(*work.job, work.assigned.parameters, plan));
  HEARTH_TRY(planFiles(work, plan));
  return plan;
}

}  // namespace hearth::agent
