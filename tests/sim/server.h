// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "core/dispatcher.h"
#include "db/store.h"

namespace hearth::sim {

inline constexpr Duration kNever = Duration::days(36'500);

/// What leaves the server, in the order in which it does, and what an independent observer may see of it. Called from
/// inside Server's members.
class ServerListener {
 public:
  virtual ~ServerListener() = default;
  virtual void replied(const core::Reply& reply) = 0;
  /// These changes are durable from now on.
  virtual void committed(const Changes& changes) = 0;
  virtual void noticed(const core::BatchNotice& notice) = 0;
  /// The Dispatcher decided this; it may be lost yet.
  virtual void handled(const core::Event& event, const core::Actions& actions, Instant now) = 0;
  /// The Dispatcher was made from what the store has.
  virtual void rebuilt(Instant now) = 0;
  /// The process is gone: somebody has to start() it again.
  virtual void crashed() = 0;
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

struct ServerOptions {
  core::DispatcherOptions dispatcher;
  Duration commitTakes;      ///< zero: a round is one event and durable at once
  double crashAtCommit = 0;  ///< chance of a crash at a commit, just before or just after it is durable
  std::uint64_t seed = 1;    ///< of its crashes
};

/// A server around the real Dispatcher, as the runtime of hearthd is one: events become rounds, a round is committed as
/// a whole while the next one fills, replies leave after that. When a commit fails, both rounds are discarded and
/// refused, and the Dispatcher is rebuilt once the store works. Times are the world's; its clock may be set.
class Server {
 public:
  /// `store` null: changes are counted and dropped, where nothing will read them back. `tokens` are there from the
  /// beginning. The listener outlives the server.
  Server(ServerOptions options, std::shared_ptr<db::Store> store, const std::vector<JoinToken>& tokens,
         ServerListener& listener);

  void post(const core::Event& event, Duration at);
  /// When wake() is wanted next; kNever: not before something is posted.
  Duration wakeAt() const;
  void wake(Duration at);

  /// Everything that is not durable is lost. `flightIsDurable`: the round in flight just made it, but its replies did
  /// not leave.
  void crash(bool flightIsDurable);
  /// After a crash; its clock stands this much ahead of the world's from now on. False: the store cannot be read.
  bool start(Duration at, Duration clockAhead);

  /// Crashes at commits end.
  void heal() { m_options.crashAtCommit = 0; }

  bool down() const { return m_down; }
  bool inTrouble() const { return m_trouble.has_value(); }
  /// Nothing waits for a commit: the Dispatcher's state is what the store has.
  bool quiet() const { return !m_down && !m_trouble && !m_flight && m_open.empty(); }
  const core::Dispatcher& dispatcher() const { return m_dispatcher; }
  const RowCount& rows() const { return m_rows; }
  /// As a restart would make it now.
  Result<core::Dispatcher> rebuiltFromStore(Duration at) const;
  Instant clock(Duration at) const;

 private:
  struct Round {
    Changes changes;
    std::vector<core::Reply> replies;
    std::vector<core::BatchNotice> notices;
    std::vector<Load> loads;
    Duration ends;  ///< of its commit
    bool empty() const { return changes.empty() && replies.empty() && notices.empty() && loads.empty(); }
  };

  void handle(const core::Event& event, Duration at);
  void take(core::Actions actions, Duration at);
  void fly(Duration at);
  void commit(Round round, Duration at);
  void release(Round round, Duration at);
  void load(const Load& request, Duration at);
  void fallBack(const Error& cause, Duration at);
  void refuse(const Round& round, const Error& cause);
  void probe(Duration at);

  ServerOptions m_options;
  std::shared_ptr<db::Store> m_store;  ///< shared with who reads its tables in the end
  ServerListener& m_listener;
  core::Dispatcher m_dispatcher;
  RandomStream m_random;
  Round m_open;
  std::optional<Round> m_flight;
  std::optional<Error> m_trouble;
  Duration m_probeAt = kNever;
  Duration m_clockAhead;
  Duration m_lastTick;
  std::vector<Load> m_loads;  ///< that failed, for the next try
  bool m_down = false;
  RowCount m_rows;
};

}  // namespace hearth::sim
