// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent_core/policy.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/time.h"
#include "model/attempt.h"
#include "wire/agent.h"

namespace hearth::agent {

/// Where an attempt stands on this host. The numbers are kept in the journal.
enum class Phase : std::uint8_t {
  kAssigned = 0,    ///< known, nothing fetched yet (or to be prepared again)
  kFetching = 1,    ///< package and inputs are being fetched, checked and laid out
  kReady = 2,       ///< waits for processors and memory
  kRunning = 3,     ///< in the sandbox, perhaps frozen
  kCollecting = 4,  ///< ended; its outputs are being taken out and hashed
  kUploading = 5,   ///< its outputs travel to the server
  kReturned = 6,    ///< everything is there; the report is sent with each sync until it is acknowledged
};
const char* name(Phase phase) noexcept;

/// An attempt with the job it belongs to. The job is immutable and shared by all attempts of a batch and by the threads
/// that fetch and run them.
struct Work {
  wire::AssignedAttempt assigned;
  std::shared_ptr<const wire::Job> job;
};

/// What the owner asked for; survives a restart.
struct Settings {
  bool finish = false;  ///< takes no new work
  bool paused = false;
  Instant pausedUntil = Instant::farFuture();  ///< farFuture: until `run`
  Instant pausedAt = {};                       ///< of a pause that ends by itself
  bool operator==(const Settings&) const = default;
};

/// What the sharing of the machine must not forget over a restart.
struct Ledger {
  Duration charged;  ///< processor time that the project has had, counted for a share of 100
  Availability availability;
  bool operator==(const Ledger&) const = default;
};

/// What the journal holds of an attempt.
struct RestoredAttempt {
  Work work;
  Phase phase = Phase::kAssigned;
  std::uint32_t losses = 0;  ///< how often the agent died while the task ran
  Instant received;
  std::optional<ResultReport> report;
};

/// Every bound of the agent's core, in one place.
namespace bounds {
inline constexpr std::size_t kHeld = limits::kHostAttempts;
inline constexpr std::size_t kFetches = 8;            ///< attempts being fetched at once
inline constexpr std::size_t kUploads = 8;            ///< attempts being uploaded at once
inline constexpr std::uint32_t kLosses = 3;           ///< lost runs after which the attempt is given back
inline constexpr std::uint32_t kRefusedFetches = 3;   ///< fetches the server refused before the attempt is given back
inline constexpr std::uint32_t kFaultsInRow = 4;      ///< of this host, after which it asks for work more slowly
inline constexpr std::size_t kBufferedTasks = 256;    ///< tasks the agent wants to hold at most
inline constexpr std::size_t kOutputsPerSync = 4096;  ///< outputs named in one sync, over all results
inline constexpr std::size_t kReasonBytes = 500;      ///< of a reason that is kept or sent
inline constexpr Duration kBufferAhead = Duration::milliseconds(1500);  ///< work to hold beyond what runs
inline constexpr Duration kSyncSpacing = Duration::milliseconds(100);   ///< between the starts of two syncs
inline constexpr Duration kResultDelay = Duration::seconds(1);          ///< a result waits so long for company
inline constexpr Duration kSyncLongest = Duration::minutes(30);         ///< whatever the server says
inline constexpr Duration kBackOffFirst = Duration::seconds(1);
inline constexpr Duration kBackOffLongest = Duration::minutes(5);
inline constexpr Duration kRetryAfterLongest = Duration::hours(1);
inline constexpr Duration kDiskPause = Duration::minutes(1);    ///< no fetch so long after the disk was full
inline constexpr Duration kMemoryGrace = Duration::minutes(1);  ///< frozen tasks may keep too much memory so long
inline constexpr Duration kEstimateKept = Duration::hours(6);   ///< what is known of a project's tasks, without any
inline constexpr Duration kFreezeGrace =
    Duration::milliseconds(100);                              ///< for a task to write its state before it is frozen
inline constexpr Duration kStopGrace = Duration::seconds(2);  ///< and before it is stopped
inline constexpr Duration kDeadlineGrace =
    Duration::minutes(2);  ///< before its deadline a task is asked for its state once more
inline constexpr Duration kQuitGrace = Duration::seconds(5);  ///< for tasks to stop and a last sync
}  // namespace bounds

}  // namespace hearth::agent
