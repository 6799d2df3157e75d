// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/change.h"
#include "sim/complaints.h"

namespace hearth::sim {

struct LedgerAttempt {
  Lease lease;
  AttemptState state = AttemptState::kLeased;
  Digest output;  ///< of the one declared output of simulated tasks
  ExitKind exit = ExitKind::kOk;
  std::uint32_t entered = 0;  ///< how often a returned result was entered
};

struct LedgerTask {
  TaskState state = TaskState::kActive;
  std::uint32_t revision = 0;
  AttemptId canonical;
  bool hasRow = false;           ///< a restart knows of it even when no lease tells
  std::set<AttemptId> attempts;  ///< of all revisions
};

struct LedgerBatch {
  BatchPlan plan;
  BatchProgress progress;
  std::uint64_t certified = 0, failed = 0;  ///< recounted
  std::map<TaskIndex, LedgerTask> tasks;
  bool over() const { return progress.state >= BatchState::kDone; }
};

/// The truth, recomputed from the durable changes alone by rules of its own: which leases live, what each task came to.
/// Complains of a change that no honest dispatcher writes. Owned by the checkers of a world.
class Ledger {
 public:
  explicit Ledger(Complaints& complaints) : m_complaints(complaints) {}

  /// The changes of one transaction.
  void apply(const Changes& changes);

  /// Every task is there: decided, or live, or waiting with a row. To be called when something was rebuilt, and in the
  /// end.
  void checkNothingLost() const;

  const std::map<BatchId, LedgerBatch>& batches() const { return m_batches; }
  const std::map<AttemptId, LedgerAttempt>& attempts() const { return m_attempts; }
  const std::set<AttemptId>& live() const { return m_live; }
  const LedgerBatch* batch(BatchId batch) const;
  const LedgerTask* task(TaskId task) const;
  const LedgerAttempt* attempt(AttemptId attempt) const;
  std::size_t hosts() const { return m_hosts.size(); }
  std::size_t openBatches() const;

 private:
  void on(const BatchInsert& change);
  void on(const BatchProgress& change);
  void on(const TaskPut& change);
  void on(const LeaseInsert& change);
  void on(const AttemptEnd& change);
  void on(const AttemptVerdict& change);
  void on(const AttemptRevive& change);
  void on(const HostPut& change);
  void on(const JoinTokenPut& change);
  template <typename Other>
  void on(const Other&) {}

  void decideRowless(TaskId id, AttemptId valid);
  void decide(LedgerBatch& batch, LedgerTask& task, const TaskPut& change);
  void enter(LedgerAttempt& attempt, const AttemptRecord& record);
  void checkCertified(TaskId id) const;
  std::string historyOf(const LedgerTask& task) const;
  void checkFailed(TaskId id) const;
  bool isLost(const LedgerTask& task) const;
  void complain(const std::string& what, TaskId task) const;

  Complaints& m_complaints;
  std::map<BatchId, LedgerBatch> m_batches;
  std::map<AttemptId, LedgerAttempt> m_attempts;
  std::set<AttemptId> m_live;
  std::map<HostId, Host> m_hosts;
  std::map<Digest, std::uint32_t> m_tokenUses;
  // Of the transaction being applied
  std::set<TaskId> m_decided;
  std::map<TaskId, AttemptId> m_validEnds;
  std::set<BatchId> m_touched;
};

}  // namespace hearth::sim
