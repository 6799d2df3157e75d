// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "agent/control/control_message.h"
#include "agent/platform/peer.h"
#include "base/result.h"
#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace hearth::agent {

/// What the control socket needs of the agent. Called on the loop's thread.
class ControlTarget {
 public:
  virtual ~ControlTarget() = default;
  virtual std::string state() = 0;
  /// run, pause, finish, quit or set. An error: it was not taken.
  virtual Result<void> obey(const ControlRequest& request) = 0;
  virtual std::string preferences() = 0;
};

inline constexpr std::size_t kControlClients = 16;

/// The control socket (docs/agent-control.md): lines of JSON for the tray and the command line. Everybody may connect;
/// who may not control the agent is told so and cut off. Lives on the loop's thread.
class ControlServer {
 public:
  /// `own` is who the agent is. Replaces a socket that a dead agent left behind. Changes are pushed at most every
  /// `pace`.
  static Result<std::unique_ptr<ControlServer>> start(boost::asio::io_context& loop,
                                                      const std::filesystem::path& socket, ControlTarget& target,
                                                      Peer own, Duration pace = Duration::milliseconds(100));
  virtual ~ControlServer() = default;
  /// The state may have changed: subscribers are told soon.
  virtual void changed() = 0;
};

}  // namespace hearth::agent
