// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "agent/platform/peer.h"
#include "agent/transfer/worker_pool.h"
#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace hearth::agent {

/// Who may control the agent.
struct Permission {
  Peer own;  ///< who the agent is
  /// Whether that user has the active local session. Asked on a thread of its own; may block. Empty: nobody has.
  std::function<bool(std::uint32_t user)> hasSession = {};
  /// Afterwards it is asked again: sessions end and others become active.
  Duration trusted = Duration::minutes(1);
};

/// Answers whether a user has the active session, from memory while that is fresh. However many ask, one question is
/// under way at a time and few wait. Lives on the loop's thread.
class SessionRights {
 public:
  using Answer = std::function<void(bool may)>;

  SessionRights(boost::asio::io_context& loop, Permission permission);

  /// True: known and fresh, no need to ask.
  bool known(std::uint32_t user) const;
  /// `answer` comes now or later, on the loop's thread, unless this is gone by then. False: too many wait already.
  bool ask(std::uint32_t user, Answer answer);

 private:
  struct Known {
    bool may = false;
    Duration at;
  };
  const Known* fresh(std::uint32_t user) const;
  void askNext();
  void take(std::uint32_t user, bool may);

  boost::asio::io_context& m_loop;
  const Permission m_permission;
  std::map<std::uint32_t, Known> m_known;
  std::map<std::uint32_t, std::vector<Answer>> m_waiting;
  bool m_asking = false;
  std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
  std::unique_ptr<WorkerPool> m_thread;
};

}  // namespace hearth::agent
