// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/agent/core_world.h"

#include <algorithm>
#include <stdexcept>
#include <type_traits>

namespace hearth::agent::test {

World::World(std::uint64_t seed, HostDescription description) : m_random(seed), m_host(std::move(description)) {}

void World::require(bool holds, const std::string& what) const {
  if (!holds) throw std::logic_error(what);
}

void World::boot() {
  core = std::make_unique<AgentCore>(m_random.next());
  m_timer.reset();
  m_syncing = false;
  m_machine.clear();
  exited = false;
  send(HostSeen{m_host, ""});
  Restored restored;
  restored.settings = m_settings;
  std::map<BatchId, std::shared_ptr<const wire::Job>> jobs;
  for (const auto& [batch, body] : m_jobs) jobs[batch] = std::make_shared<const wire::Job>(body);
  for (const auto& [attempt, row] : m_journal) {
    require(jobs.contains(row.assigned.task.batch), "the journal holds the job of each attempt");
    restored.attempts.push_back(
        {{row.assigned, jobs[row.assigned.task.batch]}, row.phase, row.losses, row.received, row.report});
  }
  send(restored);
}

void World::crash() {
  ++crashes;
  ++m_life;
  boot();
}

void World::at(Duration delay, Event event) {
  if (!hold) m_queue.emplace(now + delay, Scheduled{m_life, std::move(event)});
}

void World::send(const Event& event) {
  if (!core) boot();
  Actions out = core->handle(event, now);
  for (const JournalRow& row : out.rows) apply(row);
  for (const Action& action : out.actions) {
    if (hold) actions.push_back(action);
    act(action);
  }
  const AgentStatus shown = core->status(now);
  maxHeld = std::max<std::uint64_t>(maxHeld, shown.tasks.size());
  require(shown.tasks.size() <= bounds::kHeld, "no more attempts than the bound");
  std::uint64_t processors = 0;
  for (const TaskStatus& task : shown.tasks) processors += task.phase == Phase::kRunning ? task.processors : 0;
  require(processors <= m_host.processors, "running tasks fit the host");
  maxRunning = std::max(maxRunning, processors);
}

void World::apply(const JournalRow& row) {
  std::visit(
      [this](const auto& each) {
        using Kind = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<Kind, SaveJob>) m_jobs[each.job->batch] = *each.job;
        if constexpr (std::is_same_v<Kind, DropJob>) m_jobs.erase(each.batch);
        if constexpr (std::is_same_v<Kind, SaveAttempt>)
          m_journal[each.assigned.attempt] = {each.assigned, each.received, Phase::kAssigned, 0, {}};
        if constexpr (std::is_same_v<Kind, SavePhase>) {
          require(m_journal.contains(each.attempt), "a phase is kept of an attempt that is kept");
          Row& kept = m_journal[each.attempt];
          kept.phase = each.phase;
          kept.losses = each.losses;
          kept.report = each.report;
          if (each.report && each.phase == Phase::kReturned) m_finished.insert(each.attempt);
        }
        if constexpr (std::is_same_v<Kind, DropAttempt>) {
          require(!m_finished.contains(each.attempt) || m_released.contains(each.attempt),
                  "a result is not forgotten before the server released it");
          m_journal.erase(each.attempt);
        }
        if constexpr (std::is_same_v<Kind, SaveSettings>) m_settings = each.settings;
        if constexpr (std::is_same_v<Kind, SaveLedger>) require(false, "a core alone keeps no ledger");
      },
      row);
}

void World::act(const Action& action) {
  std::visit(
      [this](const auto& each) {
        using Kind = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<Kind, Sync>) {
          require(!m_syncing, "one sync at a time");
          m_syncing = true;
          ++syncs;
          syncTimes.push_back(now);
          require(each.request.results.size() <= limits::kSyncResults, "results of a sync are bounded");
          require(each.request.free.tasks <= limits::kSyncAttempts, "work asked for is bounded");
          requests.emplace_back(now, each.request);
          if (!hold) serve(each.request);
        }
        if constexpr (std::is_same_v<Kind, Fetch>) {
          const AttemptId attempt = each.work.assigned.attempt;
          Machine& machine = m_machine[attempt];
          require(
              machine == Machine{} || !(machine.fetching || machine.running || machine.collecting || machine.uploading),
              "a fetch is alone");
          machine = {};
          machine.fetching = true;
          m_folders.insert(attempt);
          Event reply = InputsReady{attempt};
          if (chance(chances.fetchFails)) {
            const ErrorCode codes[] = {ErrorCode::kUnavailable, ErrorCode::kTimeout, ErrorCode::kIntegrity,
                                       ErrorCode::kForbidden};
            reply = InputsFailed{attempt, {codes[m_random.below(4)], "no", ""}};
          } else if (chance(chances.diskFull)) {
            reply = InputsFailed{attempt, {ErrorCode::kExhausted, "disk full", ""}};
          }
          at(some(50), reply);
        }
        if constexpr (std::is_same_v<Kind, Start>) {
          const AttemptId attempt = each.work.assigned.attempt;
          Machine& machine = m_machine[attempt];
          require(!machine.running && !machine.fetching && !machine.collecting && !machine.uploading,
                  "an attempt is never run twice at once");
          require(m_journal.at(attempt).phase == Phase::kRunning, "a start is in the journal before it happens");
          require(m_folders.contains(attempt), "a task has its folder when it starts");
          require(!machine.done, "a task that ended well is not run again");
          machine.running = true;
          machine.run = ++m_runs;
          ++starts;
          const bool failed = chance(chances.taskFails);
          at(some(2 * taskTime.inMilliseconds()),
             TaskEnded{attempt, failed ? ExitKind::kExitCode : endsAs, failed ? 1 : exitCode, "", {}});
        }
        if constexpr (std::is_same_v<Kind, Freeze>) {
          require(m_machine[each.attempt].running && !m_machine[each.attempt].frozen, "what runs is frozen");
          freezes.push_back(now);
          m_machine[each.attempt].frozen = true;
        }
        if constexpr (std::is_same_v<Kind, Thaw>) {
          require(m_machine[each.attempt].frozen, "what is frozen is thawed");
          m_machine[each.attempt].frozen = false;
        }
        if constexpr (std::is_same_v<Kind, Stop>) {
          require(m_machine[each.attempt].running, "what runs is stopped");
          stops.push_back(now);
          at(Duration::milliseconds(5), TaskEnded{each.attempt, ExitKind::kHostFailed, 0, each.reason, {}});
        }
        if constexpr (std::is_same_v<Kind, AskCheckpoint>) {
          require(m_machine[each.attempt].running && !m_machine[each.attempt].frozen,
                  "what runs is asked for its state");
          const Checkpoint written{digestOf(1'000'000 + ++checkpointsAsked), checkpointsAsked};
          if (writesCheckpoints) at(Duration::milliseconds(10), CheckpointKept{each.attempt, written});
        }
        if constexpr (std::is_same_v<Kind, SendCheckpoint>) {
          require(m_folders.contains(each.attempt), "what is sent lies in the attempt's folder");
          ++checkpointsSent;
          std::optional<Error> error;
          if (serverDown) error = Error{ErrorCode::kUnavailable, "down", ""};
          at(Duration::milliseconds(20), CheckpointSent{each.attempt, each.checkpoint, error});
        }
        if constexpr (std::is_same_v<Kind, Collect>) {
          const AttemptId attempt = each.work.assigned.attempt;
          Machine& machine = m_machine[attempt];
          require(!machine.running && !machine.collecting, "what ended is collected, once");
          require(m_folders.contains(attempt), "the folder of what is collected is there");
          machine.collecting = true;
          OutputsCollected collected{attempt, {}, {}, {}};
          if (each.outputs) collected.outputs = {{"out", digestOf(attempt.value), 10, false}};
          at(some(10), collected);
        }
        if constexpr (std::is_same_v<Kind, Upload>) {
          Machine& machine = m_machine[each.attempt];
          require(!machine.uploading && !machine.running && !machine.collecting, "one upload at a time");
          machine.uploading = true;
          Event reply = UploadDone{each.attempt};
          if (chance(chances.uploadFails) || serverDown) {
            reply = UploadFailed{each.attempt, {ErrorCode::kUnavailable, "no", ""}, false};
          }
          at(some(30), reply);
        }
        if constexpr (std::is_same_v<Kind, Forget>) {
          const Machine& machine = m_machine[each.attempt];
          require(!machine.running && !machine.fetching && !machine.uploading && !machine.collecting,
                  "what is forgotten is at rest");
          m_folders.erase(each.attempt);
          m_machine.erase(each.attempt);
        }
        if constexpr (std::is_same_v<Kind, SetTimer>) {
          require(each.at > now, "a timer is in the future");
          m_timer = each.at;
        }
        if constexpr (std::is_same_v<Kind, Note>) notes.push_back(each.text);
        if constexpr (std::is_same_v<Kind, Exit>) exited = true;
      },
      action);
}

void World::serve(const wire::SyncRequest& request) {
  if (serverDown || chance(chances.syncFails)) {
    at(some(100), SyncFailed{{ErrorCode::kUnavailable, "down", ""}, std::nullopt});
    return;
  }
  wire::SyncReply reply = answer(request);
  if (chance(chances.replyLost)) {
    at(some(100), SyncFailed{{ErrorCode::kTimeout, "lost", ""}, std::nullopt});
  } else {
    at(some(100), SyncReplied{std::move(reply)});
  }
}

/// The dispatcher's side of the reconciliation, in small.
wire::SyncReply World::answer(const wire::SyncRequest& request) {
  wire::SyncReply reply;
  reply.nextSync = nextSync;
  std::set<AttemptId> listed(request.held.begin(), request.held.end());
  require(listed.size() == request.held.size(), "no attempt is listed twice");
  for (const wire::ReturnedResult& result : request.results) {
    require(listed.insert(result.attempt).second, "a result is not among the held");
    wire::ResultAck ack{result.attempt, wire::AckVerdict::kAccepted, "", {}};
    if (!m_leased.contains(result.attempt)) {
      ack.verdict = wire::AckVerdict::kNotWanted;
    } else if (!result.report.outputs.empty() && chance(chances.missing)) {
      ack.verdict = wire::AckVerdict::kBlobsMissing;
      ack.missing = {result.report.outputs.front().digest};
    } else {
      m_leased.erase(result.attempt);
      ++acknowledged;
      hostFailed += result.report.exit == ExitKind::kHostFailed;
      succeeded += result.report.exit == ExitKind::kOk;
    }
    if (ack.verdict != wire::AckVerdict::kBlobsMissing) m_released.insert(result.attempt);
    reply.acks.push_back(ack);
  }
  for (const wire::WrittenCheckpoint& written : request.checkpoints) {
    require(listed.contains(written.attempt), "what has a checkpoint is held");
    checkpoints[written.attempt] = written.checkpoint;
  }
  for (const AttemptId attempt : request.held) {
    if (m_leased.contains(attempt) && !chance(chances.abort)) continue;
    aborted += m_leased.erase(attempt);
    m_released.insert(attempt);
    reply.aborts.push_back({attempt, "not wanted"});
  }
  for (const auto& [attempt, assigned] : m_leased) {
    if (!listed.contains(attempt)) reply.attempts.push_back(assigned);
  }
  for (std::uint32_t i = 0; i < request.free.tasks && tasksLeft > 0; ++i, --tasksLeft) {
    const AttemptId attempt{m_nextAttempt++};
    const BatchId batch{1 + attempt.value % 3};
    wire::AssignedAttempt assigned{attempt, {batch, attempt.value}, 0, Duration::minutes(10), Duration::hours(240), {},
                                   {}};
    m_leased[attempt] = assigned;
    reply.attempts.push_back(assigned);
  }
  for (std::uint64_t batch = 1; batch <= 3; ++batch) {
    reply.jobs.push_back(job(BatchId{batch}, taskProcessors));
    reply.jobs.back().requirements.gpus = taskGpus;
    reply.jobs.back().exitCodes = exitCodes;
    reply.jobs.back().checkpoint = checkpoint;
  }
  return reply;
}

void World::run(Duration length) {
  if (!core) boot();
  const Instant end = now + length;
  for (std::uint64_t steps = 0; steps < 2'000'000; ++steps) {
    Instant next = m_queue.empty() ? Instant::farFuture() : m_queue.begin()->first;
    const bool tick = m_timer && *m_timer <= next;
    if (tick) next = *m_timer;
    if (next >= end || exited) break;
    now = std::max(now, next);
    if (tick) {
      m_timer.reset();
      send(Tick{});
    } else {
      const Scheduled scheduled = std::move(m_queue.begin()->second);
      m_queue.erase(m_queue.begin());
      if (scheduled.life != m_life) continue;
      std::visit(
          [this, &scheduled](const auto& event) {
            using Kind = std::decay_t<decltype(event)>;
            if constexpr (std::is_same_v<Kind, SyncReplied> || std::is_same_v<Kind, SyncFailed>) m_syncing = false;
            if constexpr (std::is_same_v<Kind, InputsReady> || std::is_same_v<Kind, InputsFailed>) {
              m_machine[event.attempt].fetching = false;
            }
            if constexpr (std::is_same_v<Kind, TaskEnded>) {
              Machine& machine = m_machine[event.attempt];
              if (!machine.running) return;  // it was stopped meanwhile
              if (machine.frozen && event.exit != ExitKind::kHostFailed) {
                at(Duration::seconds(1), event);  // it does not get on
                return;
              }
              machine.running = machine.frozen = false;
              machine.done = event.exit == ExitKind::kOk;
            }
            if constexpr (std::is_same_v<Kind, OutputsCollected>) m_machine[event.attempt].collecting = false;
            if constexpr (std::is_same_v<Kind, UploadDone> || std::is_same_v<Kind, UploadFailed>) {
              m_machine[event.attempt].uploading = false;
            }
            send(scheduled.event);
          },
          scheduled.event);
    }
    if (chance(chances.crash)) crash();
    if (chance(chances.verb)) {
      const Event verbs[] = {VerbRun{}, VerbRun{}, VerbPause{some(60'000)}, VerbPause{std::nullopt}, VerbFinish{}};
      send(verbs[m_random.below(5)]);
    }
    if (chance(chances.journalFails)) {
      send(JournalHealth{Error{ErrorCode::kExhausted, "journal full", ""}});
      at(some(5000), JournalHealth{});
    }
  }
  if (!exited && now < end) now = end;
}

}  // namespace hearth::agent::test
