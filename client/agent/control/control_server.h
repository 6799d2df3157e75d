// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "agent/control/control_message.h"
#include "agent/control/permission.h"
#include "base/result.h"
#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace hearth::agent {

/// Why a request was not taken. `code` is the protocol's own word where it has one; empty: the error's.
struct ControlError {
  Error error;
  std::string code = {};
};

/// What the control socket needs of the agent. Called on the loop's thread.
class ControlTarget {
 public:
  /// Members of the reply as the text of an object, or why it was not taken.
  using Outcome = tl::expected<std::string, ControlError>;
  using Answer = std::function<void(Outcome)>;

  virtual ~ControlTarget() = default;
  virtual std::string state() = 0;
  /// Every verb but status and subscribe. `answer` is called once, on the loop's thread, now or later.
  virtual void obey(std::uint64_t client, const ControlRequest& request, Answer answer) = 0;
  /// The client has ended its connection: what it said of its user ends with it.
  virtual void gone(std::uint64_t client) = 0;
};

inline constexpr std::size_t kControlClients = 16;

/// The control socket (docs/agent-control.md): lines of JSON for the tray and the command line. Everybody may connect;
/// who may not control the agent is told so and cut off. Lives on the loop's thread.
class ControlServer {
 public:
  /// Replaces a socket that a dead agent left behind. Changes are pushed at most every `pace`.
  static Result<std::unique_ptr<ControlServer>> start(boost::asio::io_context& loop,
                                                      const std::filesystem::path& socket, ControlTarget& target,
                                                      Permission permission,
                                                      Duration pace = Duration::milliseconds(100));
  virtual ~ControlServer() = default;
  /// The state may have changed: subscribers are told soon.
  virtual void changed() = 0;
};

}  // namespace hearth::agent
