// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "core/dispatcher.h"
#include "db/store.h"

namespace hearth::sim {

/// What leaves the server, in the order in which it does, and what an independent observer may see of it. Called from
/// inside Server's members.
class ServerListener {
 public:
  virtual ~ServerListener() = default;
  virtual void replied(const core::Reply& reply) = 0;
  /// These changes are durable from now on.
  virtual void committed(const Changes& changes) = 0;
  virtual void noticed(const core::BatchNotice& notice) = 0;
};

/// Rows that were written, as a store counts them: a lease that ends is a row deleted and one appended; of the progress
/// of a batch, each round writes the last only.
struct RowCount {
  std::uint64_t leases = 0, ends = 0, tasks = 0, verdicts = 0, hosts = 0, tokens = 0, progress = 0, others = 0;
  std::uint64_t rounds = 0;

  void add(const Changes& changes);
  /// Without enrolment and submission: what the life of tasks costs.
  std::uint64_t ofTasks() const { return leases + 2 * ends + tasks + verdicts + progress; }
};

/// A server around the real Dispatcher, as the runtime of hearthd is one: events become rounds, a round is committed as
/// a whole, replies leave after that. Here a round is one event and its commit takes no time.
class Server {
 public:
  /// `store` null: changes are counted and dropped, where nothing will read them back. The listener outlives the
  /// server.
  Server(core::DispatcherOptions options, std::shared_ptr<db::Store> store, ServerListener& listener);

  void post(const core::Event& event, Instant now);
  /// When wake() is wanted next.
  Instant wakeAt() const { return m_dispatcher.nextTick(); }
  void wake(Instant now);

  const core::Dispatcher& dispatcher() const { return m_dispatcher; }
  const RowCount& rows() const { return m_rows; }

 private:
  void keep(core::Actions actions, Instant now);

  std::shared_ptr<db::Store> m_store;  ///< shared with who reads its tables in the end
  ServerListener& m_listener;
  core::Dispatcher m_dispatcher;
  RowCount m_rows;
};

}  // namespace hearth::sim
