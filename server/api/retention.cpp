// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/retention.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"

namespace hearth::server {
namespace {

constexpr std::size_t kPage = 100;

std::string warning(const MessageSettings& settings, const db::BatchRecord& batch, Instant until) {
  const std::string link = "https://" + settings.publicAddress + "/batches/" + std::to_string(batch.batch.value);
  return "The results of '" + batch.plan.name + "' will be removed on " + formatInstant(until).substr(0, 10) + "\n" +
         "The results of batch " + std::to_string(batch.batch.value) + ", '" + batch.plan.name +
         "', will be removed on " + formatInstant(until) + ".\n\nFetch them before, or have them kept longer: " + link +
         "\n";
}

}  // namespace

bool Retention::run() {
  m_slices = kSlices;
  BatchId after;
  while (m_slices > 0) {
    const auto page = m_read.follow().ended(m_clock(), after, kPage);
    if (!page || page->empty()) return false;
    for (const db::BatchRecord& batch : *page) {
      if (m_slices > 0) look(batch);
    }
    after = page->back().batch;
  }
  return true;
}

void Retention::look(const db::BatchRecord& batch) {
  const auto kept = m_read.follow().care(batch.batch);
  if (!kept) return;
  BatchCare care = kept->value_or(BatchCare{});
  care.batch = batch.batch;
  const bool chosen = care.keepUntil != Instant{};
  if (!chosen && m_settings.keep == Duration{}) return;
  const Instant until = chosen ? care.keepUntil : batch.progress.ended + m_settings.keep;
  const Instant now = m_clock();
  if (!care.warned && until - kWarning <= now) return warn(batch, care, until);
  if (care.warned && until <= now) remove(batch, care);
}

/// A warning that comes late puts the removal off.
void Retention::warn(const db::BatchRecord& batch, BatchCare care, Instant until) {
  const Instant now = m_clock();
  care.warned = true;
  if (until < now + kGrace) care.keepUntil = until = now + kGrace;
  Changes changes{FollowChange{BatchCarePut{care}}};
  const auto contact = m_read.follow().contact(batch.plan.owner);
  const bool byMail = contact && *contact && !(*contact)->mail.empty() && !m_settings.messages.mailServer.empty();
  if (byMail) {
    changes.emplace_back(FollowChange{MessagePut{{0,
                                                  MessageKind::kMail,
                                                  batch.plan.owner,
                                                  batch.batch,
                                                  "results.expire",
                                                  (*contact)->mail,
                                                  warning(m_settings.messages, batch, until),
                                                  now,
                                                  now,
                                                  0,
                                                  {}}}});
  }
  m_unnamed.keep(std::move(changes));
}

void Retention::remove(const db::BatchRecord& batch, BatchCare care) {
  TaskIndex from = 0;
  for (; from < batch.progress.cursor; from += kSliceTasks) {
    // From the first piece that is left on: the others were removed by an earlier call.
    const auto left = m_read.follow().firstRecord(batch.batch, from);
    if (!left) return;
    if (!*left) break;
    from = **left;
    if (m_slices == 0) return;
    --m_slices;
    if (!removeSlice(batch.batch, from)) return;
    if (m_candidates.size() >= kCandidates) removeBlobs();
  }
  removeBlobs();
  care.removed = true;
  m_unnamed.keep({FollowChange{BatchCarePut{care}}});
}

bool Retention::removeSlice(BatchId batch, TaskIndex from) {
  TaskId task{batch, from};
  AttemptId attempt;
  for (bool more = true; more;) {
    const auto records = m_read.follow().records(task, attempt, kSliceTasks);
    if (!records) return false;
    more = records->size() == kSliceTasks;
    for (const AttemptRecord& record : *records) {
      task = record.lease.task;
      attempt = record.lease.attempt;
      more = more && task.batch == batch && task.index < from + kSliceTasks;
      if (task.batch != batch || task.index >= from + kSliceTasks) break;
      for (const FileRef& output : record.report.outputs) m_candidates.insert(output.digest);
      m_candidates.insert(record.report.standardOutput);
      m_candidates.insert(record.report.standardError);
    }
  }
  return m_unnamed.keep({FollowChange{ResultsRemove{batch, from, from + kSliceTasks}}});
}

void Retention::removeBlobs() { m_unnamed.remove(std::exchange(m_candidates, {})); }

}  // namespace hearth::server
