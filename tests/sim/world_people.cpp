// SPDX-License-Identifier: GPL-3.0-or-later
// People: they submit, ask again when no answer comes, and look after their batches once an hour.
#include <utility>
#include <variant>

#include "sim/distributions.h"
#include "sim/world_impl.h"

namespace hearth::sim {
namespace {

constexpr Duration kAskAgain = Duration::minutes(1);

}  // namespace

void World::Impl::postAsPerson(decltype(core::Event::what) what, core::RequestId request) {
  m_server.post({kPerson | request, std::move(what)}, m_now);
  planServer();
}

void World::Impl::submit(std::uint32_t number) {
  if (m_accepted[number]) return;
  core::SubmitBatch submission{m_options.submissions[number].plan, {}, {}, {}};
  submission.plan.name = std::to_string(number);
  submission.idempotencyKey = submission.plan.name;
  postAsPerson(std::move(submission), number + 1);
  if (!m_accepted[number]) m_queue.add(m_now + kAskAgain, number, kPersonSubmits);
}

void World::Impl::cancel(std::uint32_t number) {
  if (m_accepted[number]) {
    const BatchProgress& progress = m_progress[m_accepted[number].value];
    if (progress.state >= BatchState::kDone) return;
    postAsPerson(core::CancelBatch{m_accepted[number]}, 0);
  }
  m_queue.add(m_now + kAskAgain, number, kPersonCancels);
}

void World::Impl::answerPerson(const core::Reply& reply) {
  if (!reply.body) return;
  const auto* accepted = std::get_if<core::BatchAccepted>(&*reply.body);
  if (accepted != nullptr) m_accepted[(reply.request & ~kPerson) - 1] = accepted->batch;
}

void World::Impl::resume(BatchId batch) { postAsPerson(core::ResumeBatch{batch}, 0); }

/// What failed is retried, what paused itself is resumed; in the fault phase people also pause batches and revoke
/// hosts.
void World::Impl::look() {
  m_queue.add(m_now + Duration::hours(1), 0, kPersonLooks);
  for (std::size_t id = 1; id < m_progress.size(); ++id) {
    const BatchProgress progress = m_progress[id];
    if (!progress.batch || m_options.submissions[m_submissionOf[id]].cancelAt || !m_options.faults) continue;
    if (progress.state == BatchState::kPaused) resume(progress.batch);
    if (progress.state == BatchState::kDone && progress.failed > 0) postAsPerson(core::RetryFailed{progress.batch}, 0);
    if (!faulty() || !chance(m_random, m_options.faults->pauses)) continue;
    postAsPerson(core::PauseBatch{progress.batch, "a person paused it"}, 0);
    m_queue.add(m_now + between(m_random, {}, Duration::hours(2)), static_cast<std::uint32_t>(id), kPersonResumes);
  }
  if (!faulty() || !chance(m_random, m_options.faults->revocations)) return;
  const SimHost& host = m_hosts[m_random.below(static_cast<std::uint32_t>(m_hosts.size()))];
  if (host.id) postAsPerson(core::RevokeHost{host.id}, 0);
}

}  // namespace hearth::sim
