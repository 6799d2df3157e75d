// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sandbox/active_run.h"
#include "sandbox/executor.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {

/// What a Run and the loop share about one run: the Run may be destroyed first, or the executor.
class RunRecord {
 public:
  explicit RunRecord(std::function<void(RunEnd)> onEnd, std::function<void()> onCheckpoint = {})
      : m_onEnd(std::move(onEnd)), m_onCheckpoint(std::move(onCheckpoint)) {}

  Usage usage() const;
  void setUsage(const Usage& usage);
  void setGone();
  void tell(RunEnd end);
  void tellCheckpoint();
  void waitUntilGone();
  void waitUntilTold();

 private:
  mutable std::mutex m_mutex;  // guards the usage and the two flags
  std::condition_variable m_changed;
  Usage m_usage;
  bool m_gone = false, m_told = false;
  std::function<void(RunEnd)> m_onEnd;   // the teller's thread only
  std::function<void()> m_onCheckpoint;  // the teller's thread only
};

/// The executor's two threads: one owns all runs under way and waits for whatever happens to them, the other calls
/// onEnd, so that a slow receiver holds up no limit.
class RunLoop {
 public:
  using Change = std::function<void(ActiveRun&, Clock::time_point)>;

  static Result<std::unique_ptr<RunLoop>> create();
  ~RunLoop() { close(); }
  RunLoop(const RunLoop&) = delete;
  RunLoop& operator=(const RunLoop&) = delete;

  /// `onOver` runs on the loop's thread before the record is told.
  std::uint64_t add(std::unique_ptr<ActiveRun> run, std::shared_ptr<RunRecord> record, std::function<void()> onOver);
  /// Does `change` to a run on the loop's thread; nothing if it is gone.
  void post(std::uint64_t run, Change change);
  /// Ends every run, waits until each was told, ends the threads. Not on the thread that calls onEnd.
  void close();
  /// Whether the caller is the thread that calls onEnd.
  bool isTeller() const { return std::this_thread::get_id() == m_tellerId; }

 private:
  struct Entry {
    std::uint64_t number = 0;
    bool finished = false;
    std::unique_ptr<ActiveRun> run;
    std::shared_ptr<RunRecord> record;
    std::function<void()> onOver;
  };
  struct Told {
    std::shared_ptr<RunRecord> record;
    std::optional<RunEnd> end;  ///< none: a checkpoint
  };
  struct Posted {
    std::uint64_t run = 0;
    Change change;
  };

  explicit RunLoop(UniqueFd wake) : m_wake(std::move(wake)) {}
  void runLoop();
  void runTeller();
  bool takeInbox(Clock::time_point now);
  /// Returns when it meant to wake at the latest.
  Clock::time_point wait(const std::vector<Entry>& entries);
  void finishRun(Entry& entry);
  void tell(Told told);
  void wakeUp();

  UniqueFd m_wake;
  std::mutex m_mutex;  // guards the five below
  std::vector<Entry> m_added;
  std::vector<Posted> m_posted;
  std::deque<Told> m_tellings;
  std::uint64_t m_next = 1;
  bool m_closing = false, m_loopEnded = false;
  std::condition_variable m_tellChanged;
  std::vector<Entry> m_runs;  ///< the loop's thread only
  std::thread m_loop, m_teller;
  std::thread::id m_tellerId;
};

}  // namespace hearth::sandbox
