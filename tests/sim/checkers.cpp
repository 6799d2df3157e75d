// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/checkers.h"

#include <cstring>
#include <string>
#include <variant>

#include "base/limits.h"
#include "sim/distributions.h"

namespace hearth::sim {
namespace {

std::string text(AttemptId attempt) { return "attempt " + std::to_string(attempt.value); }

}  // namespace

void Checkers::handled(const core::Event& event, const core::Actions& actions, Instant now, Instant nextTick) {
  if (const auto* sync = std::get_if<core::SyncHost>(&event.what)) {
    for (const wire::ReturnedResult& result : sync->request.results) {
      const auto& outputs = result.report.outputs;
      m_sent[result.attempt] = {sync->host, outputs.empty() ? Digest{} : outputs.front().digest, result.task,
                                result.revision};
    }
  }
  m_leases.handled(event, actions, now);
  m_leases.checkTimer(nextTick, now);
  if (m_checksFairness) m_fairness.handled(actions);
}

void Checkers::left(const core::Reply& reply) {
  if (!reply.body) return;
  const auto* outcome = std::get_if<core::SyncOutcome>(&*reply.body);
  if (outcome == nullptr) return;
  for (const wire::ResultAck& ack : outcome->acks) checkAck(ack);
  for (const core::SyncOutcome::Assigned& assigned : outcome->assigned) {
    const LedgerAttempt* known = m_ledger.attempt(assigned.lease.attempt);
    if (known == nullptr || known->lease != assigned.lease)
      m_complaints.add(text(assigned.lease.attempt) + " was given to a host and is not durable");
  }
}

void Checkers::checkAck(const wire::ResultAck& ack) {
  const auto sent = m_sent.find(ack.attempt);
  if (sent == m_sent.end()) return m_complaints.add(text(ack.attempt) + " is acknowledged and nobody returned it");
  switch (ack.verdict) {
    case wire::AckVerdict::kAccepted:
      return checkAccepted(ack, sent->second);
    case wire::AckVerdict::kNotWanted:
      if (missed(ack, sent->second))
        m_complaints.add("the result of " + text(ack.attempt) + " is not wanted and is missed");
      return;
    case wire::AckVerdict::kRefused: {
      const LedgerAttempt* known = m_ledger.attempt(ack.attempt);
      if (known != nullptr && m_ledger.live().contains(ack.attempt) && known->lease.host == sent->second.host)
        m_complaints.add(text(ack.attempt) + " is refused and its host holds it");
      return;
    }
    case wire::AckVerdict::kBlobsMissing:
      return;
  }
}

void Checkers::checkAccepted(const wire::ResultAck& ack, const Sent& sent) {
  const LedgerAttempt* known = m_ledger.attempt(ack.attempt);
  if (known == nullptr || m_ledger.live().contains(ack.attempt))
    return m_complaints.add("the result of " + text(ack.attempt) + " was accepted and is not durable");
  if (known->state == AttemptState::kError) return;  // the run failed: its record is the count of it
  if (known->entered != 1)
    m_complaints.add("the result of " + text(ack.attempt) + " was accepted and counted " +
                     std::to_string(known->entered) + " times");
  if (known->output != sent.output)
    m_complaints.add("the result of " + text(ack.attempt) + " is not what the host sent");
}

/// Whether a result that was thrown away could have helped: its task is of that revision, undecided, and the attempt
/// left no result.
bool Checkers::missed(const wire::ResultAck& ack, const Sent& sent) const {
  const LedgerBatch* batch = m_ledger.batch(sent.task.batch);
  const LedgerTask* task = m_ledger.task(sent.task);
  const LedgerAttempt* attempt = m_ledger.attempt(ack.attempt);
  if (batch == nullptr || batch->over() || task == nullptr || attempt == nullptr) return false;
  if (task->state != TaskState::kActive || task->revision != sent.revision) return false;
  return attempt->state == AttemptState::kLeased;
}

void Checkers::rebuilt(Instant now) {
  m_leases.rebuilt(now);
  m_fairness.rebuilt();
  m_ledger.checkNothingLost();
}

void Checkers::look(const Server& server, Duration at) {
  if (!chance(m_random, 0.005)) return;
  checkMemory(server.dispatcher().stats());
  if (!chance(m_random, 0.2)) return;
  const auto rebuilt = server.rebuiltFromStore(at);
  if (rebuilt) checkHash(server.dispatcher().durableHash(), rebuilt->durableHash());
}

void Checkers::checkMemory(const core::DispatcherStats& stats) {
  const auto expect = [this](const char* what, std::uint64_t has, std::uint64_t needs) {
    if (has > needs)
      m_complaints.add(std::string("the dispatcher holds ") + std::to_string(has) + " " + what + ", and needs " +
                       std::to_string(needs));
  };
  std::uint64_t active = 0;
  for (const auto& [id, batch] : m_ledger.batches()) {
    if (!batch.over()) active += batch.progress.cursor - batch.certified - batch.failed;
  }
  const std::uint64_t live = stats.liveAttempts + stats.lapsedAttempts;
  expect("live attempts", live, m_ledger.live().size());
  expect("hosts", stats.hosts, m_ledger.hosts());
  expect("open batches", stats.openBatches, m_ledger.openBatches());
  expect("waiting tasks", stats.tasksWaitingAgain, active);
  if (live < m_ledger.live().size()) m_complaints.add("the dispatcher forgot a live lease");
}

void Checkers::checkHash(std::uint64_t running, std::uint64_t rebuilt) {
  if (running != rebuilt)
    m_complaints.add("a dispatcher made from the store has another durable hash than the running one");
}

void Checkers::finish() {
  m_ledger.checkNothingLost();
  for (const auto& [id, batch] : m_ledger.batches()) {
    if (m_exempt.contains(batch.plan.name) || batch.certified == batch.plan.tasks) continue;
    m_complaints.add("batch " + std::to_string(id.value) + " does not end: " + std::to_string(batch.certified) +
                     " of " + std::to_string(batch.plan.tasks) + " tasks are certified");
  }
}

std::uint64_t Checkers::certifiedSet() const {
  std::uint64_t sum = 0;
  for (const auto& [id, batch] : m_ledger.batches()) {
    if (m_exempt.contains(batch.plan.name)) continue;
    for (const auto& [index, task] : batch.tasks) {
      if (task.state != TaskState::kCertified) continue;
      std::uint64_t output = 0;
      std::memcpy(&output, m_ledger.attempt(task.canonical)->output.bytes.data(), sizeof output);
      RandomStream mixed = streamOf(std::stoull(batch.plan.name), index, output);
      sum += mixed.next();
    }
  }
  return sum;
}

}  // namespace hearth::sim
