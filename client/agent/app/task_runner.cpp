// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/task_runner.h"

#include <system_error>
#include <utility>

#include "agent/platform/files.h"
#include "agent/transfer/task_folder.h"
#include "base/limits.h"
#include "image/image.h"

namespace hearth::agent {
namespace {

constexpr unsigned kThreads = 2;

/// Whose fault it is that outputs could not be taken.
ExitKind exitOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kInvalid:
      return ExitKind::kOutputMissing;
    case ErrorCode::kTooLarge:
      return ExitKind::kDiskLimit;
    default:
      return ExitKind::kHostFailed;
  }
}

TaskEnded failedStart(AttemptId attempt, std::string reason) {
  return {attempt, ExitKind::kHostFailed, 0, std::move(reason), {}};
}

/// What is to be run: a program of the package, or what its image says.
Result<void> setProgram(const Prepared& prepared, sandbox::RunSpec& spec) {
  const TaskPlan& plan = prepared.plan;
  if (!prepared.package->image) {
    spec.program = "/" + prepared.package->programs.at(plan.program);
    spec.arguments = plan.arguments;
    spec.environment = plan.environment;
    return {};
  }
  std::vector<std::string> command = plan.arguments;
  if (!plan.program.empty()) command.insert(command.begin(), plan.program);
  auto run = image::planRun(*prepared.package->image, command, plan.environment);
  if (!run) return fail(std::move(run).error());
  spec.program = std::move(run->program);
  spec.arguments = std::move(run->arguments);
  spec.environment = std::move(run->environment);
  spec.workingFolder = std::move(run->workingFolder);
  spec.user = run->user;
  spec.group = run->group;
  return {};
}

/// A stream that is kept for people: nothing where it is empty.
Digest keepStream(const TaskFolder& folder, const std::filesystem::path& file, std::uint64_t most) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  if (error || size == 0 || size > most) return {};
  const auto kept = folder.keep(file, "");
  return kept ? kept->digest : Digest{};
}

}  // namespace

TaskRunner::TaskRunner(sandbox::Executor* executor, Transfers& transfers, std::filesystem::path tasks,
                       std::function<void(std::function<void()>)> post, std::function<void(Event)> tell,
                       devices::DevicePool* devices)
    : m_executor(executor),
      m_transfers(transfers),
      m_tasks(std::move(tasks)),
      m_post(std::move(post)),
      m_tell(std::move(tell)),
      m_devices(devices),
      m_pool(std::make_unique<WorkerPool>(kThreads)) {}

TaskRunner::~TaskRunner() {
  m_pool.reset();    // no start is under way from here on
  m_active.clear();  // each waits until its last process is gone
  m_started.clear();
}

void TaskRunner::start(Work work) {
  const AttemptId attempt = work.assigned.attempt;
  m_active[attempt] = {};
  m_pool->post([this, attempt, work = std::move(work)] {
    Started started = startNow(work);
    {
      const std::lock_guard lock(m_mutex);
      m_started.insert_or_assign(attempt, std::move(started));
    }
    m_post([this, attempt] { onStarted(attempt); });
  });
}

TaskRunner::Started TaskRunner::startNow(const Work& work) {
  const AttemptId attempt = work.assigned.attempt;
  const auto prepared = m_transfers.prepared(attempt);
  if (m_executor == nullptr || prepared == nullptr) {
    return fail(ErrorCode::kUnsupported, "this host has no sandbox to run the task in");
  }
  const TaskFolder folder(m_tasks, attempt);
  const TaskPlan& plan = prepared->plan;
  sandbox::RunSpec spec;
  spec.packageRoot = prepared->package->root;
  spec.work = folder.work();
  HEARTH_TRY(setProgram(*prepared, spec));
  spec.standardInput = plan.standardInput;
  spec.standardOutput = folder.standardOutput();
  spec.standardError = folder.standardError();
  if (!plan.standardOutput.empty()) spec.standardOutputBytes = work.job->limits.outputBytes;
  spec.processors = work.job->requirements.processors;
  spec.memoryBytes = work.job->requirements.memoryBytes;
  spec.diskBytes = work.job->requirements.diskBytes;
  spec.processes = work.job->limits.processes;
  spec.time = work.job->limits.time;
  spec.least = work.job->requirements.sandbox;
  std::shared_ptr<const devices::DevicePool::Loan> loan;
  if (const std::uint32_t wanted = work.job->requirements.gpus; wanted > 0) {
    loan = m_devices != nullptr ? m_devices->take(wanted, work.job->requirements.gpuApi) : nullptr;
    if (loan == nullptr) return fail(ErrorCode::kUnavailable, "the devices that it needs are not free on this host");
    spec.devices = loan->nodes();
    spec.environment.emplace_back("HEARTH_DEVICES", loan->inWords());
  }
  spec.checkpoints = work.job->checkpoint > Duration{};
  if (spec.checkpoints) {
    const wire::AssignedAttempt& assigned = work.assigned;
    spec.environment.emplace_back("HEARTH_TASK", std::to_string(assigned.task.batch.value) + "/" +
                                                     std::to_string(assigned.task.index) + "/" +
                                                     std::to_string(assigned.revision));
    spec.onCheckpoint = [this, attempt] { m_post([this, attempt] { onWritten(attempt); }); };
  }
  return m_executor->start(std::move(spec), [this, attempt, loan = std::move(loan)](sandbox::RunEnd end) mutable {
    loan.reset();  // before anybody can want it
    m_post([this, ended = TaskEnded{attempt, end.exit, end.exitCode, std::move(end.reason), end.usage}]() mutable {
      onEnd(std::move(ended));
    });
  });
}

void TaskRunner::onStarted(AttemptId attempt) {
  auto started = [&] {
    const std::lock_guard lock(m_mutex);
    return m_started.extract(attempt);
  }();
  if (started.empty()) return;
  Started& run = started.mapped();
  const auto position = m_active.find(attempt);
  if (position == m_active.end()) return;
  Active& active = position->second;
  if (!run) {
    active.ended = failedStart(attempt, "the task could not be started: " + run.error().message);
    return finish(position);
  }
  active.run = std::move(*run);
  if (active.ended) return finish(position);
  if (active.stop) return active.run->stop(*active.stop);
  if (active.frozen) active.run->freeze();
}

void TaskRunner::onEnd(TaskEnded end) {
  const auto position = m_active.find(end.attempt);
  if (position == m_active.end()) return;
  position->second.ended = std::move(end);
  if (position->second.run) finish(position);
}

void TaskRunner::finish(std::map<AttemptId, Active>::iterator position) {
  TaskEnded ended = std::move(*position->second.ended);
  m_endedTime = m_endedTime + ended.usage.processor;
  m_active.erase(position);
  m_tell(std::move(ended));
}

Duration TaskRunner::processorTime() const {
  Duration time = m_endedTime;
  for (const auto& [attempt, active] : m_active) {
    if (active.run) time = time + active.run->usage().processor;
  }
  return time;
}

void TaskRunner::freeze(AttemptId attempt) {
  const auto position = m_active.find(attempt);
  if (position == m_active.end()) return;
  position->second.frozen = true;
  if (position->second.run) position->second.run->freeze();
}

void TaskRunner::thaw(AttemptId attempt) {
  const auto position = m_active.find(attempt);
  if (position == m_active.end()) return;
  position->second.frozen = false;
  if (position->second.run) position->second.run->thaw();
}

void TaskRunner::checkpoint(AttemptId attempt) {
  const auto position = m_active.find(attempt);
  if (position != m_active.end() && position->second.run) position->second.run->checkpoint();
}

void TaskRunner::onWritten(AttemptId attempt) {
  const auto position = m_active.find(attempt);
  if (position == m_active.end()) return;
  position->second.written = true;
  if (std::exchange(position->second.keeping, true)) return;
  position->second.written = false;
  m_pool->post([this, attempt] {
    m_post([this, attempt, kept = TaskFolder(m_tasks, attempt).keepCheckpoint()]() mutable {
      onKept(attempt, std::move(kept));
    });
  });
}

/// One that could not be kept leaves the one before: the next may fit again.
void TaskRunner::onKept(AttemptId attempt, Result<Checkpoint> kept) {
  if (kept) m_tell(CheckpointKept{attempt, *kept});
  const auto position = m_active.find(attempt);
  if (position == m_active.end()) return;
  position->second.keeping = false;
  if (position->second.written) onWritten(attempt);
}

void TaskRunner::stop(AttemptId attempt, std::string reason) {
  const auto position = m_active.find(attempt);
  if (position == m_active.end()) return;
  if (position->second.run) return position->second.run->stop(std::move(reason));
  position->second.stop = std::move(reason);
}

void TaskRunner::collect(Work work, bool outputs) {
  m_pool->post([this, work = std::move(work), outputs] { m_tell(collectNow(work, outputs)); });
}

Event TaskRunner::collectNow(const Work& work, bool outputs) const {
  const AttemptId attempt = work.assigned.attempt;
  const TaskFolder folder(m_tasks, attempt);
  const auto plan = planTask(work);
  if (!plan) return OutputsFailed{attempt, ExitKind::kHostFailed, plan.error().message, {}, {}};
  if (auto cleared = folder.clearResults(); !cleared) {
    return OutputsFailed{attempt, ExitKind::kHostFailed, cleared.error().message, {}, {}};
  }
  const Digest errors = keepStream(folder, folder.standardError(), limits::kStreamBytes);
  const bool declaredOutput = outputs && !plan->standardOutput.empty();
  const Digest output = declaredOutput ? Digest{} : keepStream(folder, folder.standardOutput(), limits::kStreamBytes);
  OutputsCollected done{attempt, {}, output, errors};
  if (!outputs) return done;

  const auto failed = [&](const Error& error) -> Event {
    return OutputsFailed{attempt, exitOf(error.code), error.message, output, errors};
  };
  std::uint64_t most = work.job->limits.outputBytes;
  if (declaredOutput) {
    auto kept = folder.keep(folder.standardOutput(), plan->standardOutput);
    if (!kept) return failed(kept.error());
    most -= std::min(most, kept->size);
    done.outputs.push_back(std::move(*kept));
  }
  auto collected = sandbox::collectOutputs(folder.work(), plan->required, plan->optional, folder.results(), most);
  if (!collected) return failed(collected.error());
  for (const sandbox::Collected& each : *collected) {
    auto kept = folder.keep(each.file, each.path);
    if (!kept) return failed(kept.error());
    done.outputs.push_back(std::move(*kept));
  }
  return done;
}

void TaskRunner::forget(AttemptId attempt) {
  m_transfers.forget(attempt);
  m_pool->post([this, attempt] {
    // What cannot be removed now is swept at the next start.
    (void)sandbox::removeWork(TaskFolder(m_tasks, attempt).folder());
  });
}

}  // namespace hearth::agent
