// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/random.h"
#include "core/dispatcher.h"
#include "sim/complaints.h"
#include "sim/fairness_checker.h"
#include "sim/lease_checker.h"
#include "sim/ledger.h"
#include "sim/server.h"

namespace hearth::sim {

/// Holds everything that the server says and keeps against the truth that the ledger recomputes:
///  - an accepted result is durable when its acknowledgement leaves, is counted once, and is what the host sent; a
///  result
///    that is not wanted is one that nobody misses; a refused one is no live attempt of that host;
///  - the Dispatcher's memory is what the open work needs: live leases, waiting tasks, hosts, open batches, no more;
///  - when nothing is under way, a Dispatcher made from the store has the same durable hash as the running one;
///  - and all that Ledger, LeaseChecker and, where it is asked for, FairnessChecker hold.
class Checkers {
 public:
  Checkers(core::DispatcherOptions options, std::uint64_t seed, bool fairness = false)
      : m_ledger(m_complaints),
        m_leases(options, m_ledger, m_complaints),
        m_fairness(m_complaints),
        m_checksFairness(fairness),
        m_random(seed) {}
  Checkers(const Checkers&) = delete;
  Checkers& operator=(const Checkers&) = delete;

  void handled(const core::Event& event, const core::Actions& actions, Instant now, Instant nextTick);
  void committed(const Changes& changes) { m_ledger.apply(changes); }
  void left(const core::Reply& reply);
  void rebuilt(Instant now);
  /// Looks at a server that is quiet; cheap on most calls.
  void look(const Server& server, Duration at);

  void checkMemory(const core::DispatcherStats& stats);
  void checkHash(std::uint64_t running, std::uint64_t rebuilt);
  /// Batches of this name need not end: a person cancels them at some time.
  void exempt(std::string name) { m_exempt.insert(std::move(name)); }
  /// In the end: every task of every other batch is certified.
  void finish();

  /// Sum over (batch's name, index, output) of the certified tasks of batches that were not cancelled: equal sets,
  /// equal sums.
  std::uint64_t certifiedSet() const;

  const Ledger& ledger() const { return m_ledger; }
  Complaints& complaints() { return m_complaints; }

 private:
  struct Sent {
    HostId host;
    Digest output;
    TaskId task;
    std::uint32_t revision = 0;
  };

  void checkAck(const wire::ResultAck& ack);
  void checkAccepted(const wire::ResultAck& ack, const Sent& sent);
  bool missed(const wire::ResultAck& ack, const Sent& sent) const;

  Complaints m_complaints;
  Ledger m_ledger;
  LeaseChecker m_leases;
  FairnessChecker m_fairness;
  bool m_checksFairness;
  RandomStream m_random;
  std::set<std::string> m_exempt;
  std::map<AttemptId, Sent> m_sent;  ///< the last result that came for an attempt
};

}  // namespace hearth::sim
