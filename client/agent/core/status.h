// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent_core/work.h"
#include "base/ids.h"
#include "base/time.h"

/// What people are shown of the agent: each state with its reason and, where it ends by itself, when.
namespace hearth::agent {

enum class AgentState : std::uint8_t {
  kStarting,
  kRunning,
  kIdle,
  kPaused,
  kFinishing,
  kFinished,
  kBlocked,
  kQuitting,
  kWaiting,
  kUnjoined,  ///< of an agent without projects
};
const char* name(AgentState state) noexcept;

struct TaskStatus {
  AttemptId attempt;
  TaskId task;
  std::string batchName;
  Phase phase = Phase::kAssigned;
  bool frozen = false;
  std::string reason;              ///< why it does not advance; empty: it does
  std::optional<Instant> until;    ///< when that ends
  std::optional<Instant> started;  ///< when its run began
  std::uint32_t processors = 1;
  std::string application, owner, purpose;  ///< as the server says; empty: it does not
  std::optional<double> progress;           ///< 0 to 1, an estimate
  std::optional<Duration> remaining;        ///< of running, an estimate
};

struct ServerStatus {
  bool reached = false;             ///< the last sync came through
  std::uint32_t failures = 0;       ///< syncs failed since
  std::string reason;               ///< of the last failure
  std::optional<Instant> lastSync;  ///< that came through
  std::optional<Instant> nextSync;
};

struct Totals {
  std::uint64_t finished = 0;  ///< runs with exit kOk since the agent started
  std::uint64_t failed = 0;
  std::uint64_t acknowledged = 0;
};

/// A plain value, made by AgentCore::status().
struct AgentStatus {
  AgentState state = AgentState::kStarting;
  std::string reason;            ///< why it is not running; empty when it is
  std::optional<Instant> until;  ///< when that ends by itself
  std::string ends;              ///< on what condition it ends
  Settings settings;
  ServerStatus server;
  std::vector<TaskStatus> tasks;  ///< by attempt
  Totals totals;
};

}  // namespace hearth::agent
