// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/transfer/transfers.h"
#include "agent/transfer/worker_pool.h"
#include "agent_core/event.h"
#include "agent_core/work.h"
#include "base/ids.h"
#include "devices/device_pool.h"
#include "sandbox/executor.h"

namespace hearth::agent {

/// Carries out Start, Freeze, Thaw, Stop, Collect and Forget of the core with an executor, and answers with events.
/// Every call is made by the loop's thread and returns at once; what blocks happens on threads of its own.
class TaskRunner {
 public:
  /// `post` brings a call to the loop's thread, `tell` an event to the core; both from any thread. `executor` may be
  /// null: every start fails then.
  TaskRunner(sandbox::Executor* executor, Transfers& transfers, std::filesystem::path tasks,
             std::function<void(std::function<void()>)> post, std::function<void(Event)> tell,
             devices::DevicePool* devices = nullptr);
  /// Ends all runs. The loop must not call any more.
  ~TaskRunner();

  void start(Work work);
  void freeze(AttemptId attempt);
  void thaw(AttemptId attempt);
  /// The kept state is told with CheckpointKept.
  void checkpoint(AttemptId attempt);
  void stop(AttemptId attempt, std::string reason);
  void collect(Work work, bool outputs);
  /// Removes the attempt's folder.
  void forget(AttemptId attempt);
  /// Of all runs so far, as far as it is known of those that still run.
  Duration processorTime() const;

 private:
  /// A run that was asked for. Orders that come before it exists wait here.
  struct Active {
    std::unique_ptr<sandbox::Run> run;
    bool frozen = false;
    std::optional<std::string> stop;
    std::optional<TaskEnded> ended;
    bool keeping = false;  ///< its state is being copied
    bool written = false;  ///< and it has written another one since
  };
  using Started = Result<std::unique_ptr<sandbox::Run>>;

  Started startNow(const Work& work);
  void onStarted(AttemptId attempt);
  void onEnd(TaskEnded end);
  void onWritten(AttemptId attempt);
  void onKept(AttemptId attempt, Result<Checkpoint> kept);
  void finish(std::map<AttemptId, Active>::iterator position);
  Event collectNow(const Work& work, bool outputs) const;

  sandbox::Executor* m_executor;
  Transfers& m_transfers;
  const std::filesystem::path m_tasks;
  const std::function<void(std::function<void()>)> m_post;
  const std::function<void(Event)> m_tell;
  devices::DevicePool* m_devices;  ///< null: none are lent
  std::map<AttemptId, Active> m_active;
  Duration m_endedTime;  ///< processor time of runs that ended
  std::mutex m_mutex;
  /// On their way from the pool to the loop; guarded by m_mutex. Here and not in the call to the loop, which may
  /// outlive this object without ever being made.
  std::map<AttemptId, Started> m_started;
  std::unique_ptr<WorkerPool> m_pool;
};

}  // namespace hearth::agent
