// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/ledger.h"

#include <algorithm>
#include <variant>

namespace hearth::sim {
namespace {

bool countsAsResult(AttemptState state) {
  return state == AttemptState::kReturned || state == AttemptState::kValid || state == AttemptState::kInvalid;
}

std::string text(AttemptId attempt) { return "attempt " + std::to_string(attempt.value); }

}  // namespace

void Ledger::complain(const std::string& what, TaskId task) const {
  m_complaints.add("task " + std::to_string(task.batch.value) + "/" + std::to_string(task.index) + ": " + what);
}

const LedgerBatch* Ledger::batch(BatchId batch) const {
  const auto position = m_batches.find(batch);
  return position == m_batches.end() ? nullptr : &position->second;
}

const LedgerTask* Ledger::task(TaskId task) const {
  const LedgerBatch* of = batch(task.batch);
  if (of == nullptr) return nullptr;
  const auto position = of->tasks.find(task.index);
  return position == of->tasks.end() ? nullptr : &position->second;
}

const LedgerAttempt* Ledger::attempt(AttemptId attempt) const {
  const auto position = m_attempts.find(attempt);
  return position == m_attempts.end() ? nullptr : &position->second;
}

std::size_t Ledger::openBatches() const {
  return static_cast<std::size_t>(
      std::count_if(m_batches.begin(), m_batches.end(), [](const auto& each) { return !each.second.over(); }));
}

void Ledger::apply(const Changes& changes) {
  m_decided.clear();
  m_touched.clear();
  m_validEnds.clear();
  for (const Change& change : changes) std::visit([this](const auto& kind) { on(kind); }, change);
  for (const auto& [id, valid] : m_validEnds) decideRowless(id, valid);
  for (const TaskId& id : m_decided) {
    const LedgerTask* decided = task(id);
    if (decided->state == TaskState::kCertified) checkCertified(id);
    if (decided->state == TaskState::kFailed) checkFailed(id);
  }
  for (const BatchId id : m_touched) {
    const LedgerBatch& batch = m_batches.at(id);
    if (batch.certified != batch.progress.certified || batch.failed != batch.progress.failed) {
      complain("its batch says " + std::to_string(batch.progress.certified) + " certified and " +
                   std::to_string(batch.progress.failed) + " failed, but there are " + std::to_string(batch.certified) +
                   " and " + std::to_string(batch.failed),
               {id, 0});
    }
    if (batch.certified + batch.failed > batch.plan.tasks) complain("more tasks decided than there are", {id, 0});
    if (batch.progress.state == BatchState::kDone && batch.certified + batch.failed != batch.plan.tasks)
      complain("its batch is done and tasks are not decided", {id, 0});
  }
}

void Ledger::on(const BatchInsert& change) {
  if (m_batches.contains(change.batch)) complain("its batch was there before", {change.batch, 0});
  m_batches[change.batch].plan = change.plan;
}

void Ledger::on(const BatchProgress& change) {
  LedgerBatch& batch = m_batches[change.batch];
  if (change.cursor < batch.progress.cursor || change.cursor > batch.plan.tasks)
    complain("its batch's cursor went from " + std::to_string(batch.progress.cursor) + " to " +
                 std::to_string(change.cursor),
             {change.batch, 0});
  if (batch.progress.state == BatchState::kCancelled && change.state != BatchState::kCancelled)
    complain("its batch was cancelled and runs again", {change.batch, 0});
  batch.progress = change;
  m_touched.insert(change.batch);
}

void Ledger::on(const TaskPut& change) {
  LedgerBatch& batch = m_batches[change.task.batch];
  LedgerTask& task = batch.tasks[change.task.index];
  if (change.task.index >= batch.plan.tasks) complain("it is beyond its batch", change.task);
  if (task.state == TaskState::kCertified) {
    complain(change.state == TaskState::kCertified ? "it is certified twice" : "it was certified and changes its state",
             change.task);
    return;
  }
  decide(batch, task, change);
}

void Ledger::decide(LedgerBatch& batch, LedgerTask& task, const TaskPut& change) {
  if (task.state == TaskState::kFailed) {
    if (change.state != TaskState::kActive || change.revision != task.revision + 1)
      complain("it had failed and goes on without a new revision", change.task);
    --batch.failed;
  } else if (change.revision != task.revision) {
    complain("its revision changes though it had not failed", change.task);
  }
  task.hasRow = true;
  task.state = change.state;
  task.revision = change.revision;
  task.canonical = change.canonical;
  batch.certified += change.state == TaskState::kCertified ? 1 : 0;
  batch.failed += change.state == TaskState::kFailed ? 1 : 0;
  if (change.state != TaskState::kActive) m_decided.insert(change.task);
}

void Ledger::on(const LeaseInsert& change) {
  const Lease& lease = change.lease;
  if (m_attempts.contains(lease.attempt)) complain("the id of " + text(lease.attempt) + " was used before", lease.task);
  LedgerBatch& batch = m_batches[lease.task.batch];
  LedgerTask& task = batch.tasks[lease.task.index];
  if (batch.over()) complain("it is given out though its batch is over", lease.task);
  if (lease.task.index >= batch.plan.tasks) complain("it is beyond its batch", lease.task);
  if (task.state != TaskState::kActive) complain("it is given out though it was decided", lease.task);
  if (lease.revision != task.revision) complain("it is given out under another revision", lease.task);
  if (!m_hosts.contains(lease.host)) complain("it is given to a host that is not enrolled", lease.task);
  for (const AttemptId other : task.attempts) {
    const LedgerAttempt& known = m_attempts.at(other);
    if (known.lease.host != lease.host || known.lease.revision != lease.revision) continue;
    if (known.state == AttemptState::kLeased || known.state == AttemptState::kReturned)
      complain("a host is given it that holds or returned it already", lease.task);
  }
  task.attempts.insert(lease.attempt);
  m_attempts[lease.attempt].lease = lease;
  m_live.insert(lease.attempt);
}

void Ledger::enter(LedgerAttempt& attempt, const AttemptRecord& record) {
  attempt.state = record.state;
  attempt.exit = record.report.exit;
  if (countsAsResult(record.state)) {
    ++attempt.entered;
    if (!record.report.outputs.empty()) attempt.output = record.report.outputs.front().digest;
  }
}

void Ledger::on(const AttemptEnd& change) {
  const Lease& lease = change.record.lease;
  const auto position = m_attempts.find(lease.attempt);
  if (position == m_attempts.end() || m_live.erase(lease.attempt) == 0) {
    complain(text(lease.attempt) + " ends and is not alive", lease.task);
    return;
  }
  if (position->second.lease != lease) complain(text(lease.attempt) + " ends as another's", lease.task);
  enter(position->second, change.record);
  if (change.record.state == AttemptState::kValid) m_validEnds[lease.task] = lease.attempt;
}

/// A task that is certified by the first attempt that ends has no row: its valid record says it.
void Ledger::decideRowless(TaskId id, AttemptId valid) {
  LedgerBatch& batch = m_batches[id.batch];
  LedgerTask& task = batch.tasks[id.index];
  if (task.state != TaskState::kActive) return;
  if (task.hasRow) complain("a result of it is valid, and its row does not say that it is certified", id);
  task.state = TaskState::kCertified;
  task.canonical = valid;
  ++batch.certified;
  m_decided.insert(id);
}

void Ledger::on(const AttemptVerdict& change) {
  const auto position = m_attempts.find(change.attempt);
  if (position == m_attempts.end() || !countsAsResult(position->second.state)) {
    complain("a verdict on " + text(change.attempt) + ", which returned nothing", change.task);
    return;
  }
  position->second.state = change.state;
}

void Ledger::on(const AttemptRevive& change) {
  const Lease& lease = change.record.lease;
  const auto position = m_attempts.find(lease.attempt);
  if (position == m_attempts.end() || position->second.state != AttemptState::kExpired) {
    complain(text(lease.attempt) + " is revived and had not expired", lease.task);
    return;
  }
  enter(position->second, change.record);
}

void Ledger::on(const HostPut& change) { m_hosts[change.host.id] = change.host; }

void Ledger::on(const JoinTokenPut& change) {
  const auto [position, fresh] = m_tokenUses.emplace(change.token.secretHash, change.token.usesLeft);
  if (fresh) return;
  if (change.token.usesLeft + 1 != position->second) m_complaints.add("a join token's uses do not go down by one");
  position->second = change.token.usesLeft;
}

void Ledger::checkCertified(TaskId id) const {
  const LedgerBatch& batch = m_batches.at(id.batch);
  const LedgerTask& task = batch.tasks.at(id.index);
  const LedgerAttempt* canonical = attempt(task.canonical);
  if (canonical == nullptr || canonical->lease.task != id)
    return complain("its canonical result is not one of its own", id);
  std::set<HostId> agree;
  for (const AttemptId other : task.attempts) {
    const LedgerAttempt& known = m_attempts.at(other);
    if (known.lease.revision != task.revision) continue;
    if (known.state == AttemptState::kLeased) complain("it is certified and still runs somewhere", id);
    if (known.state == AttemptState::kReturned) complain("it is certified and a result of it has no verdict", id);
    const bool same = countsAsResult(known.state) && known.output == canonical->output;
    if (same != (known.state == AttemptState::kValid)) complain("the verdict on " + text(other) + " is wrong", id);
    if (same) agree.insert(known.lease.host);
  }
  if (agree.size() < batch.plan.policy.quorum)
    complain("it is certified by " + std::to_string(agree.size()) + " hosts, fewer than its quorum:" + historyOf(task),
             id);
}

std::string Ledger::historyOf(const LedgerTask& task) const {
  std::string all;
  for (const AttemptId id : task.attempts) {
    const LedgerAttempt& known = m_attempts.at(id);
    all += " " + text(id) + " on host " + std::to_string(known.lease.host.value) + " " + name(known.state) + ",";
  }
  return all;
}

void Ledger::checkFailed(TaskId id) const {
  for (const AttemptId other : m_batches.at(id.batch).tasks.at(id.index).attempts) {
    if (m_live.contains(other)) complain("it failed and still runs somewhere", id);
  }
}

bool Ledger::isLost(const LedgerTask& task) const {
  if (task.hasRow || task.state != TaskState::kActive) return false;
  return std::none_of(task.attempts.begin(), task.attempts.end(), [this](AttemptId id) { return m_live.contains(id); });
}

void Ledger::checkNothingLost() const {
  for (const auto& [id, batch] : m_batches) {
    if (batch.over()) continue;
    TaskIndex expected = 0;
    for (const auto& [index, task] : batch.tasks) {
      if (index != expected || isLost(task)) break;
      ++expected;
    }
    if (expected < batch.progress.cursor)
      complain("it is lost: below the cursor, with neither lease nor row", {id, expected});
  }
}

}  // namespace hearth::sim
