// SPDX-License-Identifier: GPL-3.0-or-later
// People's events: batches from submission to their end, join tokens.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {
namespace {

std::string batchText(BatchId batch) { return "batch " + std::to_string(batch.value); }

std::vector<TaskIndex> merged(const std::vector<TaskIndex>& left, const std::vector<TaskIndex>& right) {
  std::vector<TaskIndex> both;
  std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(both));
  return both;
}

}  // namespace

BatchEntry* Dispatcher::Impl::findBatch(BatchId batch) {
  const auto position = m_batches.find(batch);
  return position == m_batches.end() ? nullptr : position->second.get();
}

const BatchEntry* Dispatcher::Impl::findBatch(BatchId batch) const {
  const auto position = m_batches.find(batch);
  return position == m_batches.end() ? nullptr : position->second.get();
}

BatchEntry& Dispatcher::Impl::addBatch(BatchId id, const BatchPlan& plan, const std::string& idempotencyKey) {
  BatchEntry& batch = *m_batches.emplace(id, std::make_unique<BatchEntry>(m_taskPool)).first->second;
  batch.id = id;
  batch.plan = plan;
  batch.progress.batch = id;
  batch.idempotencyKey = idempotencyKey;
  if (!idempotencyKey.empty()) m_idempotencyKeys.emplace(std::pair(plan.owner, idempotencyKey), id);
  const auto next = static_cast<ApplicationIndex>(m_applicationWork.size());
  batch.application = m_applications.emplace(plan.application, next).first->second;
  if (batch.application == next) m_applicationWork.emplace_back();
  batch.queued.entry = &batch;
  batch.queued.batch = id;
  batch.queued.account = plan.owner;
  batch.queued.priority = plan.policy.priority;
  batch.queued.share.weight = std::max(1U, plan.policy.weight);
  m_queue.add(batch.queued, plan.requirements, m_groups.scopeOf(plan));
  m_accountQuotas.addBatch(plan.owner);
  if (plan.where != Where::kAnywhere) m_groupQuotas.addBatch(plan.group);
  return batch;
}

void Dispatcher::Impl::tell(BatchEntry& batch) {
  if (!batch.told) m_touched.push_back(&batch);
  batch.told = true;
}

void Dispatcher::Impl::touch(BatchEntry& batch) {
  batch.changed = true;
  tell(batch);
}

Result<BatchEntry*> Dispatcher::Impl::openBatch(BatchId id) {
  BatchEntry* batch = findBatch(id);
  // A batch that is being taken up again stands here as done until its rows have come.
  if (batch == nullptr || batch->progress.state == BatchState::kDone) {
    return fail(ErrorCode::kConflict, batchText(id) + " is over or does not exist",
                "see its state with: hearth status " + std::to_string(id.value));
  }
  return batch;
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const SubmitBatch& event) {
  const auto key = std::pair(event.plan.owner, event.idempotencyKey);
  if (!event.idempotencyKey.empty()) {
    if (const auto known = m_idempotencyKeys.find(key); known != m_idempotencyKeys.end())
      return BatchAccepted{known->second, true};
  }
  if (event.plan.tasks == 0 || event.plan.tasks > limits::kTasksPerBatch) {
    return fail(ErrorCode::kInvalid,
                "a batch has at least one task and at most " + std::to_string(limits::kTasksPerBatch),
                "check the sweep of the manifest");
  }
  HEARTH_TRY(roomForBatch(event.plan));
  const BatchId id{m_counters.batches++};
  writeCounters();
  write(BatchInsert{id, event.plan, m_now, event.spec, event.idempotencyKey, event.blobs});
  BatchEntry& batch = addBatch(id, event.plan, event.idempotencyKey);
  touch(batch);
  return BatchAccepted{id, false};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const CancelBatch& event) {
  const Result<BatchEntry*> batch = openBatch(event.batch);
  if (!batch) return fail(batch.error());
  setState(**batch, BatchState::kCancelled, "cancelled by a person");
  return Done{};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const PauseBatch& event) {
  const Result<BatchEntry*> batch = openBatch(event.batch);
  if (!batch) return fail(batch.error());
  if ((*batch)->progress.state != BatchState::kPaused) pause(**batch, event.reason);
  return Done{};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const ResumeBatch& event) {
  const Result<BatchEntry*> batch = openBatch(event.batch);
  if (!batch) return fail(batch.error());
  if ((*batch)->progress.state == BatchState::kPaused) {
    (*batch)->failuresForgiven = (*batch)->progress.failed;
    setState(**batch, BatchState::kRunning, "");
  }
  return Done{};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const RetryFailed& event) {
  if (event.only.size() > limits::kLoadRows || !std::is_sorted(event.only.begin(), event.only.end())) {
    return fail(ErrorCode::kTooLarge, "at most " + std::to_string(limits::kLoadRows) + " tasks are retried by name",
                "name fewer, in ascending order");
  }
  BatchEntry* batch = findBatch(event.batch);
  if (batch == nullptr) {
    // It may be over: taken up again when it has been read.
    const auto [asked, isNew] = m_reopening.try_emplace(event.batch, event.only);
    if (isNew) {
      m_actions.loads.push_back(LoadBatch{event.batch});
    } else if (!asked->second.empty()) {
      asked->second = event.only.empty() ? event.only : merged(asked->second, event.only);
    }
    return Done{};
  }
  retryFailed(*batch, event.only);
  return Done{};
}

void Dispatcher::Impl::retryFailed(BatchEntry& batch, const std::vector<TaskIndex>& only) {
  const bool allAsked = batch.retryFrom && batch.retryOnly.empty();
  if (allAsked && !only.empty()) return;
  if (only.empty()) {
    batch.retryOnly.clear();
    batch.retryFrom = TaskIndex{0};
  } else {
    batch.retryOnly = merged(batch.retryOnly, only);
    batch.retryFrom = std::min(only.front(), batch.retryFrom.value_or(only.front()));
  }
  loadMoreRetries(batch);
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const ReviseBatch& event) {
  if (m_reopening.contains(event.batch)) {
    return fail(ErrorCode::kConflict, batchText(event.batch) + " is being taken up again", "try again in a moment");
  }
  if (BatchEntry* batch = findBatch(event.batch)) {
    m_queue.remove(batch->queued);
    batch->plan.requirements = event.requirements;
    batch->plan.policy.priority = batch->queued.priority = event.priority;
    m_queue.add(batch->queued, event.requirements, m_groups.scopeOf(batch->plan));
    batch->horizon = {};
    // One that is over stands here until its failed tasks have been read.
    if (batch->progress.state != BatchState::kDone) tell(*batch);
  }
  write(BatchRevise{event.batch, event.requirements, event.priority, event.spec});
  return Done{};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const RowsLoaded& event) {
  if (const auto* failed = std::get_if<LoadedFailedTasks>(&event.rows)) {
    retryLoaded(*failed);
    return Done{};
  }
  const auto& loaded = std::get<LoadedBatch>(event.rows);
  if (loaded.batch.empty()) m_reopening.erase(loaded.asked);
  for (const Snapshot::Batch& row : loaded.batch) {
    if (findBatch(row.batch) == nullptr) reopen(row);
    m_reopening.erase(row.batch);
  }
  return Done{};
}

void Dispatcher::Impl::reopen(const Snapshot::Batch& row) {
  if (row.progress.state != BatchState::kDone || row.progress.failed == 0) return;
  BatchEntry& batch = addBatch(row.batch, row.plan, row.idempotencyKey);
  batch.progress = row.progress;
  const auto asked = m_reopening.find(row.batch);
  retryFailed(batch, asked == m_reopening.end() ? std::vector<TaskIndex>{} : asked->second);
}

void Dispatcher::Impl::loadMoreRetries(BatchEntry& batch) {
  if (!batch.retryFrom || batch.retryLoading || batch.windowFull()) return;
  batch.retryLoading = true;
  m_actions.loads.push_back(LoadFailedTasks{batch.id, *batch.retryFrom});
}

void Dispatcher::Impl::retryLoaded(const LoadedFailedTasks& rows) {
  BatchEntry* batch = findBatch(rows.batch);
  if (batch == nullptr) return;
  batch->retryLoading = false;
  bool any = false;
  const auto& only = batch->retryOnly;
  for (const TaskPut& row : rows.tasks) {
    // Read before an earlier event was written: the task may have been taken up again already.
    if (batch->tasks.contains(row.task.index)) continue;
    if (!only.empty() && !std::binary_search(only.begin(), only.end(), row.task.index)) continue;
    retryTask(*batch, row);
    any = true;
  }
  batch->failuresForgiven = batch->progress.failed;
  batch->retryFrom = rows.more && !rows.tasks.empty() ? std::optional(rows.tasks.back().task.index + 1) : std::nullopt;
  if (!only.empty() && batch->retryFrom) {  // straight to the next that was asked for
    const auto next = std::lower_bound(only.begin(), only.end(), *batch->retryFrom);
    batch->retryFrom = next == only.end() ? std::nullopt : std::optional(*next);
  }
  if (!batch->retryFrom) batch->retryOnly.clear();
  if (any && batch->progress.state != BatchState::kRunning) setState(*batch, BatchState::kRunning, "");
  loadMoreRetries(*batch);
  // One that is over and has nothing to do yet would be put away.
  if (batch->progress.state != BatchState::kDone || !batch->retryFrom) touch(*batch);
}

void Dispatcher::Impl::retryTask(BatchEntry& batch, const TaskPut& row) {
  HEARTH_CHECK(isLegal(row.state, TaskState::kActive), "a failed task can be retried");
  TaskEntry& task = batch.tasks[row.task.index];
  task.revision = row.revision + 1;
  batch.again.insert({row.task.index, &task});
  HEARTH_CHECK(batch.progress.failed > 0, "failed tasks are counted");
  --batch.progress.failed;
  writeActive(batch, row.task.index, task);
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const CreateJoinToken& event) {
  m_joinTokens[event.token.secretHash] = event.token;
  write(JoinTokenPut{event.token});
  return Done{};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const SetAccountWeight& event) {
  if (event.weight < 1 || event.weight > limits::kWeight) {
    return fail(ErrorCode::kInvalid, "a weight is between 1 and " + std::to_string(limits::kWeight),
                "use a number in between; 1 is what everybody has");
  }
  m_accountWeights[event.account] = event.weight;
  m_queue.setWeight(event.account, event.weight);
  write(AccountWeightPut{event.account, event.weight});
  return Done{};
}

void Dispatcher::Impl::setState(BatchEntry& batch, BatchState to, std::string reason) {
  HEARTH_CHECK(isLegal(batch.progress.state, to), "batch transition");
  batch.progress.state = to;
  batch.progress.reason = std::move(reason);
  const bool over = to == BatchState::kDone || to == BatchState::kCancelled;
  batch.progress.ended = over ? m_now : Instant{};
  touch(batch);
}

void Dispatcher::Impl::pause(BatchEntry& batch, std::string reason) {
  // A batch that never ran is paused all the same: open -> running -> paused is one step for people.
  if (batch.progress.state == BatchState::kOpen) setState(batch, BatchState::kRunning, "");
  setState(batch, BatchState::kPaused, std::move(reason));
}

bool Dispatcher::Impl::hasWork(const BatchEntry& batch) const {
  const bool canStart = batch.progress.state == BatchState::kOpen || batch.progress.state == BatchState::kRunning;
  const bool room = batch.plan.policy.atOnce == 0 || batch.live < batch.plan.policy.atOnce;
  if (batch.plan.where != Where::kAnywhere && m_groupQuotas.attemptsFull(batch.plan.group)) return false;
  const bool cursorMoves = !batch.exhausted() && !batch.windowFull();
  const bool replicas = batch.live > 0 && batch.work.results > 0 && batch.inTail();
  return canStart && room && (cursorMoves || !batch.again.empty() || replicas);
}

void Dispatcher::Impl::offer(BatchEntry& batch) {
  const bool wanted = hasWork(batch);
  if (wanted == batch.queued.offered) return;
  if (wanted) {
    m_queue.offer(batch.queued);
  } else {
    m_queue.withdraw(batch.queued);
  }
}

void Dispatcher::Impl::endIfDone(BatchEntry& batch) {
  const BatchState state = batch.progress.state;
  const bool canEnd = state == BatchState::kRunning || state == BatchState::kPaused;
  if (!canEnd || batch.progress.certified + batch.progress.failed < batch.plan.tasks) return;
  if (state == BatchState::kPaused) setState(batch, BatchState::kRunning, batch.progress.reason);
  setState(batch, BatchState::kDone, batch.progress.reason);
}

void Dispatcher::Impl::drop(BatchEntry& batch) {
  m_queue.remove(batch.queued);
  countLive(batch, -static_cast<std::int64_t>(batch.live));
  m_accountQuotas.dropBatch(batch.plan.owner);
  if (batch.plan.where != Where::kAnywhere) m_groupQuotas.dropBatch(batch.plan.group);
  if (!batch.idempotencyKey.empty()) m_idempotencyKeys.erase({batch.plan.owner, batch.idempotencyKey});
  if (!batch.tasks.empty()) m_dropped.push_back(std::move(batch.tasks));
  m_checkpoints.endBatch(batch.id);
  m_batches.erase(batch.id);  // its leases are orphans now: hosts learn of it at their next sync, or they expire
}

}  // namespace hearth::core
