// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent_core/agent_core.h"
#include "base/random.h"

/// A world in virtual time around one AgentCore: a journal, a server, a machine that runs tasks. It checks at every
/// action what the core promises. One thread.
namespace hearth::agent::test {

inline HostDescription host(std::uint32_t processors = 2) {
  return {"attic", "linux-x86_64", "a processor", "0", processors, 8ULL << 30, 100ULL << 30, SandboxTier::kNamespaces};
}

inline wire::Job job(BatchId batch, std::uint32_t processors = 1) {
  wire::Job made;
  made.batch = batch;
  made.batchName = "batch";
  made.command = {"program", "{index}"};
  made.outputs = {{"out", false}};
  made.requirements.processors = processors;
  made.requirements.memoryBytes = 64 << 20;
  made.requirements.diskBytes = 1 << 20;
  return made;
}

inline Digest digestOf(std::uint64_t number) {
  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) digest.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  digest.bytes[31] = 1;
  return digest;
}

class World {
 public:
  struct Chances {  ///< of a thousand
    std::uint32_t syncFails = 0, replyLost = 0, fetchFails = 0, uploadFails = 0, taskFails = 0, diskFull = 0,
                  missing = 0, abort = 0, crash = 0, verb = 0, journalFails = 0;
  };

  explicit World(std::uint64_t seed, HostDescription description = host());

  /// Until this much virtual time has passed, or nothing happens any more.
  void run(Duration length);
  void crash();
  void send(const Event& event);

  Chances chances;
  Duration taskTime = Duration::seconds(5);
  std::uint64_t tasksLeft = 0;  ///< of the server
  std::uint32_t taskProcessors = 1, taskGpus = 0;
  bool serverDown = false;
  Duration checkpoint;                        ///< what jobs ask for
  bool writesCheckpoints = true;              ///< when they are asked, after 10 ms
  std::vector<std::int32_t> exitCodes = {0};  ///< that mean success
  std::int32_t exitCode = 0;                  ///< of every task that ends well
  ExitKind endsAs = ExitKind::kOk;            ///< as the executor sees it
  Duration nextSync = Duration::seconds(30);

  Instant now = Instant::ofUnixSeconds(1'000'000);
  std::unique_ptr<AgentCore> core;

  // What was seen
  std::uint64_t syncs = 0, starts = 0, maxHeld = 0, maxRunning = 0, crashes = 0;
  std::uint64_t acknowledged = 0, succeeded = 0, hostFailed = 0, aborted = 0;
  std::vector<std::pair<Instant, wire::SyncRequest>> requests;
  std::vector<Instant> syncTimes;
  std::vector<std::string> notes;
  std::uint64_t checkpointsAsked = 0, checkpointsSent = 0;
  std::map<AttemptId, Checkpoint> checkpoints;  ///< that the server was told of
  std::vector<Instant> freezes, stops;
  bool exited = false;
  bool hold = false;            ///< replies to actions are not scheduled: the test sends them itself
  std::vector<Action> actions;  ///< all, when `hold`

  std::size_t leased() const { return m_leased.size(); }
  std::size_t folders() const { return m_folders.size(); }
  std::size_t journalRows() const { return m_journal.size(); }
  AgentStatus status() const { return core->status(now); }

 private:
  struct Row {
    wire::AssignedAttempt assigned;
    Instant received;
    Phase phase = Phase::kAssigned;
    std::uint32_t losses = 0;
    std::optional<ResultReport> report;
  };
  struct Machine {
    bool fetching = false, uploading = false, collecting = false, running = false, frozen = false;
    bool done = false;  ///< ran to its end with kOk
    std::uint64_t run = 0;
    bool operator==(const Machine&) const = default;
  };
  struct Scheduled {
    std::uint64_t life;  ///< events of a dead agent do not come
    Event event;
  };

  void boot();
  void apply(const JournalRow& row);
  void act(const Action& action);
  void at(Duration delay, Event event);
  void serve(const wire::SyncRequest& request);
  wire::SyncReply answer(const wire::SyncRequest& request);
  bool chance(std::uint32_t ofThousand) { return m_random.below(1000) < ofThousand; }
  Duration some(std::int64_t mostMillis) {
    return Duration::milliseconds(1 + m_random.below(static_cast<std::uint32_t>(mostMillis)));
  }
  void require(bool holds, const std::string& what) const;

  RandomStream m_random;
  HostDescription m_host;
  std::uint64_t m_life = 0;
  std::multimap<Instant, Scheduled> m_queue;
  std::optional<Instant> m_timer;
  std::map<AttemptId, Row> m_journal;
  std::map<BatchId, wire::Job> m_jobs;
  Settings m_settings;
  std::map<AttemptId, Machine> m_machine;  ///< of this life
  std::set<AttemptId> m_folders;
  bool m_syncing = false;
  std::uint64_t m_nextAttempt = 1;
  std::uint64_t m_runs = 0;
  std::map<AttemptId, wire::AssignedAttempt> m_leased;  ///< as the server sees it
  std::set<AttemptId> m_released;                       ///< acknowledged, refused or ordered aborted
  std::set<AttemptId> m_finished;                       ///< a report was made durable
};

}  // namespace hearth::agent::test
