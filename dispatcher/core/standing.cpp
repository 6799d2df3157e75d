// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/standing.h"

#include "core/dispatcher_impl.h"

namespace hearth::core {

Standing Dispatcher::Impl::standing(BatchId id) const {
  Standing found;
  const BatchEntry* batch = findBatch(id);
  if (batch == nullptr || batch->progress.state == BatchState::kDone) return found;
  found.known = true;
  found.offered = batch->queued.offered;
  found.live = batch->live;
  found.untouched = batch->plan.tasks - batch->progress.cursor;
  found.again = batch->again.size();
  found.resting = batch->resting;
  found.windowFull = batch->windowFull();
  found.share = m_queue.shareOf(batch->queued);
  const WorkQueue::Turn turn = m_queue.turnOf(batch->queued);
  found.accounts = turn.accounts;
  found.accountsBefore = turn.accountsBefore;
  for (const auto& [other, entry] : m_batches) {
    const bool rival = other != id && entry->plan.owner == batch->plan.owner && entry->queued.offered;
    if (rival && entry->queued.rank() < batch->queued.rank()) ++found.batchesBefore;
  }
  return found;
}

Standing standing(const Dispatcher& dispatcher, BatchId batch) { return dispatcher.m_impl->standing(batch); }

}  // namespace hearth::core
