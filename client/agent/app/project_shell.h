// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/control/state_tree.h"
#include "agent/journal/journal.h"
#include "agent/transfer/message_log.h"
#include "agent/transfer/transfers.h"
#include "agent_core/actions.h"
#include "agent_core/event.h"
#include "base/result.h"
#include "base/time.h"
#include "devices/device_pool.h"
#include "sandbox/executor.h"

namespace boost::asio {
class io_context;
}

namespace hearth::agent {

/// What the agent works with for one project. References outlive it.
struct ProjectParts {
  ServerLink& link;
  Journal& journal;
  BlobCache& cache;
  PackageStore& packages;
  std::filesystem::path tasks;
  ProjectFacts facts;
  std::filesystem::path folder = {};     ///< all that is here of the project
  const MessageLog* messages = nullptr;  ///< null: nobody notes them
  std::shared_ptr<void> owner = {};      ///< of what the references name, where nobody else owns it
  /// Keeps the project's certificate fresh as long as what it returns lives; tells when the present one ends. Called
  /// on the loop's thread. Empty: nobody does.
  std::function<std::shared_ptr<void>(boost::asio::io_context& loop, std::function<void(Instant)> expires)>
      keepCertificate = {};
};

/// Carries out what the core of one project wants: its journal, its server, its transfers, its runs. Every call is made
/// by the loop's thread and returns at once.
class ProjectShell {
 public:
  struct Outside {
    std::function<void(Event)> tell;  ///< brings an event to the project's core; any thread
    std::function<Instant()> clock;   ///< the agent's time
    std::function<void(bool warning, const std::string& text)> log;
    std::function<void()> exit;     ///< the core has done what there was to do
    std::function<void()> changed;  ///< facts() has
  };
  /// `executor` may be null: every start fails then. `devices` may be: none are lent.
  ProjectShell(boost::asio::io_context& context, ProjectParts parts, sandbox::Executor* executor, std::string platform,
               Outside outside, devices::DevicePool* devices = nullptr);
  /// Ends runs and transfers. The loop must not call any more.
  ~ProjectShell();
  ProjectShell(const ProjectShell&) = delete;
  ProjectShell& operator=(const ProjectShell&) = delete;

  /// What the journal holds; folders of tasks that are not in it are removed.
  Result<Restored> restore();
  /// Makes the rows durable as one transaction. Where the journal cannot be written the core is told, and what could
  /// not be written goes out later.
  void keep(std::vector<JournalRow> rows);
  void carryOut(Action& action);
  /// Of all runs so far.
  Duration processorTime() const;
  const ProjectFacts& facts();
  /// It is another host of the project now, or has another certificate.
  void setFacts(const ProjectFacts& facts);
  const std::filesystem::path& folder() const;
  /// The last ones from and to its server.
  std::vector<MessageLog::Message> messages() const;
  Result<std::vector<HistoryDay>> history(std::uint32_t days);

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
