// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/runtime/inbox.h"

#include <type_traits>
#include <utility>

#include "base/check.h"

namespace hearth::server {
namespace {

constexpr std::size_t kItemBytes = 512;    // an item without what it points at
constexpr std::size_t kResultBytes = 512;  // a returned result with some outputs
constexpr std::size_t kOutputBytes = 160;

std::size_t bytesOfSync(const core::SyncHost& sync) {
  std::size_t bytes = sync.request.held.size() * sizeof(AttemptId);
  for (const auto& result : sync.request.results) bytes += kResultBytes + result.report.outputs.size() * kOutputBytes;
  for (const auto& missing : sync.missing) bytes += missing.size() * sizeof(Digest);
  return bytes;
}

}  // namespace

std::size_t bytesOf(const Item& item) {
  if (const auto* commit = std::get_if<DirectoryCommit>(&item)) {
    return kItemBytes + commit->unit.changes.size() * sizeof(Change);
  }
  const auto& what = std::get<Posted>(item).event->what;
  if (const auto* submit = std::get_if<core::SubmitBatch>(&what)) {
    return kItemBytes + submit->spec.size() + submit->blobs.size() * sizeof(Digest);
  }
  if (const auto* sync = std::get_if<core::SyncHost>(&what)) return kItemBytes + bytesOfSync(*sync);
  return kItemBytes;
}

std::optional<Error> Inbox::put(Item&& item) {
  const std::size_t bytes = bytesOf(item);
  bool wake = false;
  {
    const std::lock_guard lock(m_mutex);
    if (m_closed) {
      return Error{ErrorCode::kUnavailable, "the server is shutting down", "Try again when it is back."};
    }
    if (m_refusal) return m_refusal;
    if (m_items.size() >= m_itemLimit || m_bytes + bytes > m_byteLimit) {
      return Error{ErrorCode::kUnavailable, "the server has more to do than it can keep up with",
                   "Try again in some seconds."};
    }
    m_items.push_back(std::move(item));
    m_bytes += bytes;
    wake = m_wakeAt > 0 && m_items.size() >= m_wakeAt;
    if (wake) m_wakeAt = 0;  // told once
  }
  if (wake) m_wake.notify_one();
  return std::nullopt;
}

bool Inbox::look(Look&& look) {
  {
    const std::lock_guard lock(m_mutex);
    if (m_finished) return false;
    m_looks.push_back(std::move(look));
  }
  m_wake.notify_one();
  return true;
}

void Inbox::report(Writer::Report report) {
  {
    const std::lock_guard lock(m_mutex);
    HEARTH_CHECK(!m_report, "a report of the writer is taken before its next job");
    m_report = std::move(report);
  }
  m_wake.notify_one();
}

void Inbox::refuse(std::optional<Error> why) {
  const std::lock_guard lock(m_mutex);
  m_refusal = std::move(why);
}

std::optional<Error> Inbox::refusal() const {
  const std::lock_guard lock(m_mutex);
  return m_refusal;
}

void Inbox::close() {
  {
    const std::lock_guard lock(m_mutex);
    m_closed = true;
  }
  m_wake.notify_one();
}

std::vector<Look> Inbox::finish() {
  const std::lock_guard lock(m_mutex);
  m_finished = true;
  return std::exchange(m_looks, {});
}

std::size_t Inbox::waiting() const {
  const std::lock_guard lock(m_mutex);
  return m_items.size();
}

Inbox::Taken Inbox::take(const Wanted& wanted) {
  Taken taken;
  std::unique_lock lock(m_mutex);
  m_wakeAt = wanted.items ? wanted.atOnce : 0;
  m_wake.wait_until(lock, wanted.until, [&] {
    return (wanted.items && m_items.size() >= wanted.atOnce) || !m_looks.empty() || m_report ||
           (m_closed && !m_closeTold);
  });
  m_wakeAt = 0;
  if (wanted.items) {
    taken.items.swap(m_items);
    m_bytes = 0;
  }
  taken.looks.swap(m_looks);
  taken.report.swap(m_report);
  taken.closed = m_closeTold = m_closed;
  return taken;
}

}  // namespace hearth::server
