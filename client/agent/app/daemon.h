// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "agent/app/host_offer.h"
#include "agent/app/state_folder.h"
#include "agent/transfer/proxy.h"
#include "agent_core/preferences.h"
#include "base/result.h"

namespace hearth::agent {

struct DaemonOptions {
  StateFolder folder;
  Offer offer;
  Environment environment;
  std::function<void(bool warning, const std::string& text)> log;
  /// What packaging/vm/build-guest made: tasks that demand a virtual machine get one.
  std::filesystem::path machine = {};
  bool emulate = false;                           ///< also where its processors have to be emulated
  bool lendGpus = false, lendProcessors = false;  ///< as devices for computing
  /// Where it is controlled; empty: in the folder.
  std::filesystem::path control = {};
  bool dedicated = false;  ///< tasks get a share of busy processors too, not only what nobody else wants
};

/// What the owner allows where agent.toml says nothing.
Preferences usualPreferences(bool dedicated);

/// Runs the agent until it is told to quit, by its socket or by SIGTERM or SIGINT (a second one ends it at once).
Result<void> runDaemon(const DaemonOptions& options);

}  // namespace hearth::agent
