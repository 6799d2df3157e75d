// SPDX-License-Identifier: GPL-3.0-or-later
// The life of an attempt, from assignment to acknowledgement.
#include <algorithm>
#include <set>
#include <utility>

#include "agent_core/agent_core.h"
#include "agent_core/backoff.h"
#include "agent_core/plain_text.h"
#include "base/check.h"

namespace hearth::agent {
namespace {

bool isEmpty(const Digest& digest) { return digest == Digest{}; }

/// Every blob that a report names, once.
std::vector<Digest> blobsOf(const ResultReport& report) {
  std::set<Digest> blobs;
  for (const FileRef& output : report.outputs) blobs.insert(output.digest);
  for (const Digest& stream : {report.standardOutput, report.standardError}) {
    if (!isEmpty(stream)) blobs.insert(stream);
  }
  return {blobs.begin(), blobs.end()};
}

/// The network's or the server's passing trouble, as against a refusal that trying again does not change.
bool isPassing(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kIo:
    case ErrorCode::kUnauthorized:  // a certificate is being renewed, or a clock is wrong
    case ErrorCode::kExhausted:
    case ErrorCode::kConflict:
      return true;
    default:
      return false;
  }
}

std::string bounded(const std::string& text) { return plainText(text, bounds::kReasonBytes); }

std::string label(const wire::AssignedAttempt& assigned) {
  return "attempt " + std::to_string(assigned.attempt.value) + " (batch " + std::to_string(assigned.task.batch.value) +
         ", task " + std::to_string(assigned.task.index) + ")";
}

/// Which exit codes mean success is the job's to say.
void judgeExitCode(const wire::Job& job, ResultReport& report) {
  if (report.exit != ExitKind::kOk && report.exit != ExitKind::kExitCode) return;
  const bool success = std::find(job.exitCodes.begin(), job.exitCodes.end(), report.exitCode) != job.exitCodes.end();
  if (success == (report.exit == ExitKind::kOk)) return;
  report.exit = success ? ExitKind::kOk : ExitKind::kExitCode;
  report.reason = success ? "" : "the program ended with exit code " + std::to_string(report.exitCode);
}

}  // namespace

AgentCore::Held* AgentCore::find(AttemptId attempt, Phase phase) {
  const auto position = m_attempts.find(attempt);
  if (position == m_attempts.end() || position->second.phase != phase || !position->second.busy) return nullptr;
  return &position->second;
}

void AgentCore::enter(Held& held, Phase phase) {
  held.phase = phase;
  held.busy = false;
  held.frozen = false;
  held.stopping = false;
  held.failures = 0;
  held.retryAt = m_now;
  held.since = m_now;
  held.waiting.clear();
  held.evictAt = Instant::farFuture();
}

void AgentCore::restore(const RestoredAttempt& row) {
  if (m_attempts.size() >= bounds::kHeld || m_attempts.contains(row.work.assigned.attempt)) return;
  Held& held = m_attempts[row.work.assigned.attempt];
  held.work = row.work;
  held.received = std::min(row.received, m_now);  // a clock may have been set back
  held.losses = row.losses;
  held.report = row.report;
  auto& known = m_jobs[row.work.assigned.task.batch];
  if (!known.job) known.job = row.work.job;
  ++known.attempts;

  const bool hasReport = row.report.has_value();
  if (row.phase == Phase::kRunning) {
    ++held.losses;
    if (held.losses >= bounds::kLosses) {
      giveBack(held, ExitKind::kHostFailed,
               "the agent ended " + std::to_string(held.losses) + " times while this task ran");
      return;
    }
    enter(held, Phase::kAssigned);
    keep(SavePhase{row.work.assigned.attempt, held.phase, held.losses, {}});
  } else if (row.phase >= Phase::kCollecting && hasReport) {
    enter(held, row.phase);
    if (row.phase == Phase::kUploading) held.upload = blobsOf(*held.report);
    if (row.phase == Phase::kCollecting) {
      held.busy = true;
      act(Collect{held.work, held.report->exit == ExitKind::kOk});
    }
  } else {
    held.report.reset();
    enter(held, Phase::kAssigned);
  }
}

std::optional<std::string> AgentCore::cannotRun(const wire::Job& job) const {
  const Requirements& needs = job.requirements;
  if (needs.platform != kAnyPlatform && needs.platform != m_host->platform)
    return "the task is for " + needs.platform + ", this host is " + m_host->platform;
  if (!m_host->runtimes.has(needs.runtime))
    return std::string("this host does not run tasks of the kind '") + runtimeName(needs.runtime) + "'";
  if (m_host->gpus.size() < needs.gpus) return std::string("the task needs more devices than this host lends");
  if (m_host->sandbox == SandboxTier::kNone) return "this host has no sandbox: " + m_limitation;
  if (needs.sandbox > m_host->sandbox) return std::string("the task needs a stronger sandbox than this host has");
  if (needs.processors > m_host->processors) return std::string("the task needs more processors than this host gives");
  if (needs.memoryBytes > m_host->memoryBytes) return std::string("the task needs more memory than this host gives");
  return std::nullopt;
}

void AgentCore::take(const wire::AssignedAttempt& assigned, const std::vector<wire::Job>& jobs) {
  if (m_attempts.contains(assigned.attempt)) return;  // the server repeats what it is not sure we know
  if (m_attempts.size() >= bounds::kHeld) return;
  auto& known = m_jobs[assigned.task.batch];
  if (!known.job) {
    const auto job = std::find_if(jobs.begin(), jobs.end(),
                                  [&](const wire::Job& each) { return each.batch == assigned.task.batch; });
    if (job == jobs.end()) {
      m_jobs.erase(assigned.task.batch);
      note(true, "the server gave " + label(assigned) + " without its job; ignored");
      return;
    }
    known.job = std::make_shared<const wire::Job>(*job);
    keep(SaveJob{known.job});
  }
  ++known.attempts;
  Held& held = m_attempts[assigned.attempt];
  held.work = {assigned, known.job};
  held.received = m_now;
  enter(held, Phase::kAssigned);
  keep(SaveAttempt{assigned, m_now});
  m_kind = {assigned.task.batch, secondsLeft(held, m_now) * known.job->requirements.processors, m_runSeconds > 0,
            assigned.deadline, m_now};
  if (auto reason = cannotRun(*known.job)) giveBack(held, ExitKind::kHostFailed, *reason);
}

void AgentCore::giveBack(Held& held, ExitKind exit, const std::string& reason) {
  HEARTH_CHECK(!held.busy || held.phase != Phase::kRunning, "a running task is not given back");
  ResultReport report;
  report.exit = exit;
  report.reason = bounded(reason);
  if (held.report) report.usage = held.report->usage;
  note(true, label(held.work.assigned) + " is given back: " + report.reason);
  held.report = std::move(report);
  ++m_totals.failed;
  countFault(exit);
  enter(held, Phase::kReturned);
  held.sent = false;
  keep(SavePhase{held.work.assigned.attempt, held.phase, held.losses, held.report});
}

/// A host on which everything fails must not eat up a batch: it asks for work ever more slowly until something
/// succeeds.
void AgentCore::countFault(ExitKind exit) {
  if (exit != ExitKind::kHostFailed && exit != ExitKind::kInputFailed) {
    m_hostFaults = 0;
    m_faultsUntil = m_now;
    return;
  }
  ++m_hostFaults;
  if (m_hostFaults < bounds::kFaultsInRow) return;
  m_faultsUntil = m_now + backOff(m_hostFaults - bounds::kFaultsInRow + 1, bounds::kBackOffFirst,
                                  bounds::kBackOffLongest, m_random);
}

void AgentCore::retryLater(Held& held, const std::string& reason) {
  ++held.failures;
  held.busy = false;
  held.retryAt = m_now + backOff(held.failures, bounds::kBackOffFirst, bounds::kBackOffLongest, m_random);
  held.waiting = bounded(reason);
}

void AgentCore::on(const InputsReady& event) {
  Held* held = find(event.attempt, Phase::kFetching);
  if (held == nullptr) return;
  m_diskTrouble.clear();
  if (held->aborted) return forget(m_attempts.find(event.attempt));
  enter(*held, Phase::kReady);
}

void AgentCore::on(const InputsFailed& event) {
  Held* held = find(event.attempt, Phase::kFetching);
  if (held == nullptr) return;
  if (held->aborted) return forget(m_attempts.find(event.attempt));
  held->phase = Phase::kAssigned;
  if (m_quitting) {
    held->busy = false;
    return;
  }
  if (event.error.code == ErrorCode::kExhausted) {
    if (m_diskTrouble.empty()) note(true, "no new work is fetched: " + event.error.message);
    m_diskTrouble = bounded(event.error.message);
    m_diskRetry = m_now + bounds::kDiskPause;
  }
  const bool refused = event.error.code == ErrorCode::kNotFound || event.error.code == ErrorCode::kForbidden;
  if (isPassing(event.error.code) || (refused && held->failures + 1 < bounds::kRefusedFetches)) {
    // Refused: most likely the lease ended, and the next sync brings the order to abort.
    return retryLater(*held, event.error.message);
  }
  held->busy = false;
  giveBack(*held, ExitKind::kInputFailed, event.error.message);
}

void AgentCore::on(const TaskEnded& event) {
  Held* held = find(event.attempt, Phase::kRunning);
  if (held == nullptr) return;
  if (event.usage.processor > Duration{}) keep(CountRun{0, 0, event.usage.processor});
  if (held->aborted) return forget(m_attempts.find(event.attempt));
  if (held->stopping && event.exit == ExitKind::kHostFailed) {  // quitting: it starts again next time, which is no loss
    enter(*held, Phase::kAssigned);
    keep(SavePhase{event.attempt, held->phase, held->losses, {}});
    return;
  }
  ResultReport report;
  report.exit = event.exit;
  report.exitCode = event.exitCode;
  report.reason = bounded(event.reason);
  judgeExitCode(*held->work.job, report);
  report.usage = event.usage;
  const double seconds = std::max(1e-4, ran(*held, m_now).inSeconds());
  for (double* average : {&m_runSeconds, &m_jobs[held->work.assigned.task.batch].runSeconds}) {
    *average = *average == 0 ? seconds : 0.8 * *average + 0.2 * seconds;
  }
  learnKind(*held);
  held->report = std::move(report);
  enter(*held, Phase::kCollecting);
  held->busy = true;
  keep(SavePhase{event.attempt, held->phase, held->losses, held->report});
  act(Collect{held->work, held->report->exit == ExitKind::kOk});
}

void AgentCore::finishReport(Held& held, std::vector<FileRef> outputs, const Digest& standardOutput,
                             const Digest& standardError) {
  std::sort(outputs.begin(), outputs.end());
  held.report->outputs = std::move(outputs);
  held.report->standardOutput = standardOutput;
  held.report->standardError = standardError;
  held.upload = blobsOf(*held.report);
  countFault(held.report->exit);
  const bool good = held.report->exit == ExitKind::kOk;
  ++(good ? m_totals.finished : m_totals.failed);
  keep(CountRun{good ? 1U : 0U, good ? 0U : 1U, {}});
  enter(held, held.upload.empty() ? Phase::kReturned : Phase::kUploading);
  held.sent = false;
  keep(SavePhase{held.work.assigned.attempt, held.phase, held.losses, held.report});
}

void AgentCore::on(const OutputsCollected& event) {
  Held* held = find(event.attempt, Phase::kCollecting);
  if (held == nullptr) return;
  if (held->aborted) return forget(m_attempts.find(event.attempt));
  finishReport(*held, event.outputs, event.standardOutput, event.standardError);
}

void AgentCore::on(const OutputsFailed& event) {
  Held* held = find(event.attempt, Phase::kCollecting);
  if (held == nullptr) return;
  if (held->aborted) return forget(m_attempts.find(event.attempt));
  if (held->report->exit == ExitKind::kOk) {  // otherwise the run's own failure says more
    held->report->exit = event.exit;
    held->report->reason = bounded(event.reason);
  }
  finishReport(*held, {}, event.standardOutput, event.standardError);
}

void AgentCore::on(const UploadDone& event) {
  Held* held = find(event.attempt, Phase::kUploading);
  if (held == nullptr) return;
  if (held->aborted) return forget(m_attempts.find(event.attempt));
  enter(*held, Phase::kReturned);
  held->sent = false;
  keep(SavePhase{event.attempt, held->phase, held->losses, held->report});
}

void AgentCore::on(const UploadFailed& event) {
  Held* held = find(event.attempt, Phase::kUploading);
  if (held == nullptr) return;
  if (held->aborted) return forget(m_attempts.find(event.attempt));
  if (event.lost) {
    held->busy = false;
    return giveBack(*held, ExitKind::kHostFailed, "its outputs were lost on the host: " + event.error.message);
  }
  if (m_quitting) {
    held->busy = false;
    return;
  }
  if (isPassing(event.error.code)) return retryLater(*held, event.error.message);
  if (event.error.code == ErrorCode::kNotFound || event.error.code == ErrorCode::kForbidden) {
    // The server does not think that we hold this attempt: the answer to the result says what is so.
    enter(*held, Phase::kReturned);
    held->sent = false;
    return;
  }
  held->busy = false;
  giveBack(*held, ExitKind::kHostFailed, "the server did not take its outputs: " + event.error.message);
}

void AgentCore::abort(AttemptId attempt, const std::string& reason) {
  const auto position = m_attempts.find(attempt);
  if (position == m_attempts.end() || position->second.aborted) return;
  Held& held = position->second;
  note(false, label(held.work.assigned) + " is not wanted any more: " + bounded(reason));
  if (!held.busy) return forget(position);
  held.aborted = true;
  held.waiting = bounded(reason);
  if (held.phase == Phase::kRunning) {
    held.stopping = true;
    act(Stop{attempt, bounded(reason)});
  } else if (held.phase != Phase::kCollecting) {
    act(Abandon{attempt});
  }
}

void AgentCore::forget(Attempts::iterator position) {
  const AttemptId attempt = position->first;
  const BatchId batch = position->second.work.assigned.task.batch;
  m_attempts.erase(position);
  keep(DropAttempt{attempt});
  const auto known = m_jobs.find(batch);
  if (known != m_jobs.end() && --known->second.attempts == 0) {
    m_jobs.erase(known);
    keep(DropJob{batch});
  }
  act(Forget{attempt});
}

}  // namespace hearth::agent
