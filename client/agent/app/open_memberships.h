// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "agent/app/memberships.h"
#include "agent/app/served_project.h"
#include "agent/app/state_folder.h"
#include "agent/transfer/proxy.h"
#include "agent_core/preferences.h"

namespace hearth::agent {

/// The memberships of the agent that runs, in its folder, whose lock it holds. Knows which of them are served, so that
/// a link that is joined once more renews and does not open twice. Owned by the daemon; thread-safe.
class OpenMemberships : public Memberships {
 public:
  using Log = std::function<void(bool warning, const std::string& text)>;
  OpenMemberships(StateFolder folder, Environment environment, Log log)
      : m_folder(std::move(folder)), m_environment(std::move(environment)), m_log(std::move(log)) {}

  /// Opens a project; `among` so many share the disk that the owner gives.
  Result<std::shared_ptr<ServedProject>> open(const Joined& joined, const Preferences& preferences, std::size_t among);

  Result<Prospect> inspect(const std::string& link) override;
  Result<JoinedProject> join(const std::string& link, const std::string& name) override;
  Result<void> erase(const std::filesystem::path& folder) override;
  const Log& log() const { return m_log; }

 private:
  Result<JoinedProject> openOrRenew(const Joined& joined);

  const StateFolder m_folder;
  const Environment m_environment;
  const Log m_log;
  std::mutex m_joining;  ///< one at a time; guards what follows
  std::map<std::filesystem::path, std::weak_ptr<ServedProject>> m_open;
};

}  // namespace hearth::agent
