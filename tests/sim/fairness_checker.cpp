// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/fairness_checker.h"

#include <algorithm>
#include <string>
#include <variant>

#include "model/states.h"

namespace hearth::sim {

void FairnessChecker::handled(const core::Actions& actions) {
  for (const Change& change : actions.changes) {
    if (const auto* batch = std::get_if<BatchInsert>(&change)) {
      Batch& added = m_batches[batch->batch];
      setBacklogged(added, added.cursor, false);  // a batch of this number was lost by a crash
      added = {batch->plan.owner, batch->plan.tasks, 0, batch->plan.requirements.processors, false};
      Account& account = m_accounts[added.owner];
      account.largest = std::max(account.largest, added.processors);
      setBacklogged(added, 0, true);
    } else if (const auto* weight = std::get_if<AccountWeightPut>(&change)) {
      m_accounts[weight->account].weight = weight->weight;
      m_pairs.clear();
    } else if (const auto* lease = std::get_if<LeaseInsert>(&change)) {
      Batch& served = m_batches[lease->lease.task.batch];
      serve(served);
      setBacklogged(served, std::max(served.cursor, lease->lease.task.index + 1), served.runs);
    } else if (const auto* progress = std::get_if<BatchProgress>(&change)) {
      const bool runs = progress->state == BatchState::kOpen || progress->state == BatchState::kRunning;
      setBacklogged(m_batches[progress->batch], progress->cursor, runs);
    }
  }
}

void FairnessChecker::setBacklogged(Batch& batch, std::uint64_t cursor, bool runs) {
  const bool before = batch.backlogged();
  batch.cursor = cursor;
  batch.runs = runs;
  if (batch.backlogged() == before) return;
  Account& account = m_accounts[batch.owner];
  account.backlogged += before ? std::uint64_t(-1) : 1;
  if (account.backlogged > 0) return;
  std::erase_if(m_pairs,
                [&](const auto& pair) { return pair.first.first == batch.owner || pair.first.second == batch.owner; });
}

void FairnessChecker::serve(Batch& batch) {
  Account& account = m_accounts[batch.owner];
  account.served += batch.processors;
  if (account.backlogged > 0) watch(batch.owner);
}

void FairnessChecker::watch(AccountId served) {
  for (const auto& [id, other] : m_accounts) {
    if (id == served || other.backlogged == 0) continue;
    const auto key = std::minmax(id, served);
    const Account& first = m_accounts.at(key.first);
    const Account& second = m_accounts.at(key.second);
    const double lead = first.served / first.weight - second.served / second.weight;
    const auto [position, fresh] = m_pairs.try_emplace({key.first, key.second}, Range{lead, lead});
    Range& range = position->second;
    range.lowest = std::min(range.lowest, lead);
    range.highest = std::max(range.highest, lead);
    const double bound = first.largest / first.weight + second.largest / second.weight;
    if (range.highest - range.lowest <= bound * (1 + 1e-9)) continue;
    m_complaints.add("accounts " + std::to_string(key.first.value) + " and " + std::to_string(key.second.value) +
                     " are served unequally: " + std::to_string(range.highest - range.lowest) + " apart, and " +
                     std::to_string(bound) + " is the bound");
    range = {lead, lead};
  }
}

}  // namespace hearth::sim
