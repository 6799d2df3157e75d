// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "agent/control/state_tree.h"
#include "agent/journal/journal.h"
#include "agent/transfer/transfers.h"
#include "agent_core/event.h"
#include "base/result.h"
#include "base/time.h"
#include "sandbox/executor.h"

namespace boost::asio {
class io_context;
}

namespace hearth::agent {

/// What the loop works with. References outlive it.
struct LoopParts {
  ServerLink& link;
  sandbox::Executor* executor;  ///< null: there is no sandbox
  Journal& journal;
  BlobCache& cache;
  PackageStore& packages;
  std::filesystem::path tasks;
  std::filesystem::path controlSocket;  ///< empty: none
  std::function<HostSeen()> describe;   ///< asked at the start and now and then
  AgentFacts facts;                     ///< what does not change; for the status
  std::function<void(bool warning, const std::string& text)> log;
  std::uint64_t seed = 0;
};

/// Time that goes on while the machine sleeps and is never set back: the wall clock of the start and what has passed
/// since.
Instant agentClock();

/// Owns the core and feeds it: events of all threads come in by post(), each round's journal rows are made durable as
/// one transaction, then its actions are carried out. One thread calls run(); everything of the core happens on it.
class AgentLoop {
 public:
  AgentLoop(boost::asio::io_context& context, LoopParts parts);
  ~AgentLoop();
  AgentLoop(const AgentLoop&) = delete;
  AgentLoop& operator=(const AgentLoop&) = delete;

  /// Opens the control socket and takes up what the journal holds. Afterwards the context may be run.
  Result<void> start();
  /// Any thread.
  void post(Event event);
  /// On the loop's thread: the certificate was renewed.
  void setCertificateExpiry(Instant until);

 private:
  class State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
