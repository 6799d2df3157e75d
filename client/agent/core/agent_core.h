// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent_core/actions.h"
#include "agent_core/allowance.h"
#include "agent_core/event.h"
#include "agent_core/status.h"
#include "agent_core/work.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/time.h"

namespace hearth::agent {

/// What the agent does, as a machine without I/O: an event and the time in, rows to keep and actions out. It knows
/// neither clock, thread, file nor socket, so every policy is tested in virtual time. Owned by one thread, which makes
/// every call; never fails. The first event is HostSeen, the second Restored; nothing is done before both came.
///
/// Promises: an attempt is never run twice at once; a result is kept until the server acknowledged or refused it, or
/// ordered the attempt aborted; at most bounds::kHeld attempts are held; one sync is under way at most.
class AgentCore {
 public:
  /// `seed` should differ between hosts: it spreads their retries.
  explicit AgentCore(std::uint64_t seed);

  Actions handle(const Event& event, Instant now);
  AgentStatus status(Instant now) const;

  /// What its tasks would take, in the order in which they should be met.
  std::vector<Claim> claims(Instant now) const;
  /// It has tasks that wait or run, or its server may have some.
  bool offersWork() const;

 private:
  /// Where a run is with its checkpoints.
  struct Saving {
    Instant askAt = Instant::farFuture();     ///< the next time that it is asked for its state
    Instant freezeAt = Instant::farFuture();  ///< it was asked before it is frozen, which it is then at the latest
    Instant stopAt = Instant::farFuture();    ///< as well before it is stopped
    Checkpoint kept;                          ///< the newest, in its folder
    Checkpoint sent;                          ///< the newest that the server has
    bool sending = false;
    bool told = true;  ///< the server knows of `sent`
  };

  /// An attempt on this host.
  struct Held {
    Work work;
    Phase phase = Phase::kAssigned;
    bool busy = false;  ///< an action about it is under way: its event will come
    bool frozen = false;
    bool aborted = false;   ///< to be forgotten as soon as it is not busy
    bool stopping = false;  ///< Stop was sent
    bool sent = false;      ///< its result was in a sync that came through
    std::uint32_t losses = 0;
    std::uint32_t failures = 0;       ///< of the present step, in a row
    std::uint32_t missingRounds = 0;  ///< how often the server missed its blobs
    Instant received;
    Instant since;    ///< it has been in this phase
    Instant retryAt;  ///< the present step waits until then
    Instant started;  ///< of the run
    Duration ran;     ///< of the run, without frozen time, up to `counted`
    Instant counted;
    Instant evictAt = Instant::farFuture();  ///< it has more memory than it may, and is stopped then
    std::string waiting;                     ///< why it waits, for people
    std::optional<ResultReport> report;
    std::vector<Digest> upload;  ///< blobs to be uploaded in this phase
    Saving saving;
  };
  using Attempts = std::map<AttemptId, Held>;

  void on(const HostSeen& event);
  void on(const Restored& event);
  void on(const SyncReplied& event);
  void on(const SyncFailed& event);
  void on(const InputsReady& event);
  void on(const InputsFailed& event);
  void on(const TaskEnded& event);
  void on(const OutputsCollected& event);
  void on(const OutputsFailed& event);
  void on(const CheckpointKept& event);
  void on(const CheckpointSent& event);
  void on(const UploadDone& event);
  void on(const UploadFailed& event);
  void on(const JournalHealth& event);
  void on(const Allowed& event);
  void on(const Slept& event);
  void on(const VerbRun& event);
  void on(const VerbPause& event);
  void on(const VerbFinish& event);
  void on(const VerbQuit& event);
  void on(const Tick& event);

  // attempts.cpp: phases
  void restore(const RestoredAttempt& row);
  void take(const wire::AssignedAttempt& assigned, const std::vector<wire::Job>& jobs);
  void enter(Held& held, Phase phase);
  void giveBack(Held& held, ExitKind exit, const std::string& reason);
  void retryLater(Held& held, const std::string& reason);
  void finishReport(Held& held, std::vector<FileRef> outputs, const Digest& standardOutput,
                    const Digest& standardError);
  void abort(AttemptId attempt, const std::string& reason);
  void forget(Attempts::iterator position);
  void countFault(ExitKind exit);
  Held* find(AttemptId attempt, Phase phase);
  std::optional<std::string> cannotRun(const wire::Job& job) const;

  // advance.cpp: what time and free resources allow
  void advance();
  void endPause();
  void mendPause();
  void endDiskTrouble();
  void dropLate();
  void startFetches();
  void startUploads();
  void quitWhenDone();
  void setTimer();
  bool mayStart() const;
  bool frozenNow() const {
    return m_settings.paused || m_quitting || (m_allowance && m_allowance->computing.has_value());
  }
  bool mayCall() const { return !m_allowance || !m_allowance->network; }

  // room.cpp: which tasks run in the room that is allowed
  void settleRuns();
  void settle(Held& held, bool runs, bool mayStay);
  void start(Held& held);
  void evict();
  Duration ran(const Held& held, Instant now) const;
  double secondsLeft(const Held& held, Instant now) const;
  void markEndangered(std::vector<Claim>& claims, Instant now) const;
  bool canFinish(const Held& held) const;
  void learnKind(const Held& held);
  double availability() const;

  // saving.cpp: checkpoints
  void beginSaving(Held& held);
  Instant nextAsk(const Held& held) const;
  void saveWhenDue();
  /// True if the task was asked for its state first: it is frozen a moment later.
  bool savesBeforeFreeze(Held& held);
  void saveBeforeQuit(Held& held);
  void freeze(Held& held);
  void sendKept(Held& held);
  void stopForQuit(Held& held);
  std::vector<wire::WrittenCheckpoint> newCheckpoints();
  bool savingBusy() const;

  // syncing.cpp
  void syncWhenDue();
  bool lastSyncDue();
  Instant syncDue() const;
  bool runningDry() const;
  FreeResources wanted() const;
  std::uint32_t slots() const;
  std::uint32_t bufferTarget() const;
  std::uint32_t finishable(std::uint32_t tasks) const;
  wire::SyncRequest makeRequest();
  void applyAcks(const wire::SyncReply& reply);
  void applyAck(const wire::ResultAck& ack);
  void applyAssignments(const wire::SyncReply& reply);

  void note(bool warning, const std::string& text);
  void act(Action action) { m_out.actions.push_back(std::move(action)); }
  void keep(JournalRow row) { m_out.rows.push_back(std::move(row)); }
  void saveSettings() { keep(SaveSettings{m_settings}); }
  TaskStatus taskStatus(const Held& held, Instant now) const;
  void estimate(const Held& held, Instant now, TaskStatus& status) const;
  void explain(AgentStatus& status) const;
  bool explainHere(AgentStatus& status) const;

  RandomStream m_random;
  Instant m_now;
  Actions m_out;  ///< of the event being handled

  std::optional<HostDescription> m_host;
  std::string m_limitation;
  bool m_restored = false;
  bool m_quitting = false;
  bool m_exited = false;
  Instant m_quitBy;
  bool m_lastSyncDone = false;  ///< the sync before quitting was tried
  Settings m_settings;
  Attempts m_attempts;
  struct KnownJob {
    std::shared_ptr<const wire::Job> job;
    std::size_t attempts = 0;
    double runSeconds = 0;  ///< moving average of its tasks' running time; 0: not measured yet
  };
  std::map<BatchId, KnownJob> m_jobs;

  std::optional<std::string> m_journalTrouble;
  std::string m_diskTrouble;
  Instant m_diskRetry;

  bool m_syncing = false;
  bool m_descriptionSent = false;    ///< acknowledged
  bool m_descriptionInSync = false;  ///< in the sync under way
  std::vector<AttemptId> m_resultsInSync;
  std::vector<wire::WrittenCheckpoint> m_checkpointsInSync;
  std::uint32_t m_askedTasks = 0;
  bool m_serverHasMore = true;  ///< the last sync that asked for work got all it asked for
  Instant m_nextSync;
  Instant m_lastSyncStart;
  std::optional<Instant> m_lastSync;
  std::uint32_t m_syncFailures = 0;
  std::string m_syncReason;

  std::uint32_t m_hostFaults = 0;  ///< attempts in a row that this host could not do
  Instant m_faultsUntil;           ///< no work is asked for until then

  std::optional<Allowance> m_allowance;  ///< none: the whole machine
  bool m_allowedNow = false;             ///< the event being handled is Allowed
  double m_runSeconds = 0;               ///< moving average of a run, without frozen time; 0: not measured yet
  struct TaskKind {                      ///< of the task that was assigned last
    BatchId batch;
    double seconds = 0;     ///< of all its processors
    bool measured = false;  ///< not only what it may take at most
    Duration deadline;
    Instant seen;
  };
  std::optional<TaskKind> m_kind;
  Totals m_totals;
  Instant m_timer;
};

}  // namespace hearth::agent
