// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "base/ids.h"
#include "core/dispatcher.h"
#include "sim/complaints.h"

namespace hearth::sim {

/// Watches the bound of start-time fair queuing for each pair of accounts that both have tasks nobody has had yet, for
/// hosts of every kind alike: over any interval, |W_f/r_f - W_m/r_m| <= l_f/r_f + l_m/r_m, where W are the processors
/// that were handed out, r the weights and l the processors of one attempt. For worlds whose batches ask the same of a
/// host, and whose hosts differ so little that none is kept out of a batch; priorities and `atOnce` do not occur in
/// them.
class FairnessChecker {
 public:
  explicit FairnessChecker(Complaints& complaints) : m_complaints(complaints) {}

  void handled(const core::Actions& actions);
  /// A restart forgets who was served last.
  void rebuilt() { m_pairs.clear(); }
  std::uint64_t pairs() const { return m_pairs.size(); }

 private:
  struct Batch {
    AccountId owner;
    std::uint64_t tasks = 0, cursor = 0;
    std::uint32_t processors = 1;
    bool runs = true;
    bool backlogged() const { return runs && cursor < tasks; }
  };
  struct Account {
    double weight = 1, served = 0;
    std::uint64_t backlogged = 0;  ///< batches
    std::uint32_t largest = 1;     ///< processors of one attempt
  };
  struct Range {
    double lowest = 0, highest = 0;
  };

  void setBacklogged(Batch& batch, std::uint64_t cursor, bool runs);
  void serve(Batch& batch);
  void watch(AccountId served);

  Complaints& m_complaints;
  std::map<BatchId, Batch> m_batches;
  std::map<AccountId, Account> m_accounts;
  std::map<std::pair<AccountId, AccountId>, Range> m_pairs;  ///< of the difference of normalised service
};

}  // namespace hearth::sim
