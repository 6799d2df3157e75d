// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/event_hub.h"

#include <algorithm>
#include <utility>

namespace hearth::server {
namespace {

bool isOver(BatchState state) { return state == BatchState::kDone || state == BatchState::kCancelled; }

void apply(const core::BatchNotice& notice, wire::BatchView& view) {
  view.state = notice.progress.state;
  view.reason = notice.progress.reason;
  view.cursor = notice.progress.cursor;
  view.certified = notice.progress.certified;
  view.failed = notice.progress.failed;
  view.ended = notice.progress.ended;
  view.active = notice.active;
  view.tasks = notice.tasks;
}

}  // namespace

EventHub::EventHub(std::size_t watchersPerAccount) : m_watchersPerAccount(watchersPerAccount) {
  m_thread = std::thread([this] { run(); });
}

EventHub::~EventHub() {
  close();
  m_thread.join();
}

void EventHub::notice(const core::BatchNotice& notice) {
  const std::lock_guard lock(m_mutex);
  const BatchId batch = notice.progress.batch;
  if (isOver(notice.progress.state)) {
    m_active.erase(batch);
  } else {
    m_active[batch] = notice.active;
  }
  const auto found = m_watched.find(batch);
  if (found == m_watched.end()) return;
  Watched& watched = found->second;
  if (watched.known) {
    apply(notice, watched.view);
  } else {
    watched.latest = notice;
  }
  watched.changed = true;
  if (!m_changed) m_wake.notify_one();
  m_changed = true;
}

std::uint64_t EventHub::active(BatchId batch) const {
  const std::lock_guard lock(m_mutex);
  const auto found = m_active.find(batch);
  return found == m_active.end() ? 0 : found->second;
}

std::size_t EventHub::countOf(AccountId account) const {
  std::size_t count = 0;
  for (const auto& [batch, watched] : m_watched) {
    count += static_cast<std::size_t>(std::count_if(watched.watchers.begin(), watched.watchers.end(),
                                                    [&](const Watcher& one) { return one.account == account; }));
  }
  return count;
}

Result<void> EventHub::admit(AccountId watcher) {
  const std::lock_guard lock(m_mutex);
  if (m_closed) return fail(ErrorCode::kUnavailable, "The server is shutting down.", "Try again in a minute.");
  if (countOf(watcher) < m_watchersPerAccount) return {};
  sendChanges(true);  // some may be gone without our knowing
  if (countOf(watcher) < m_watchersPerAccount) return {};
  return fail(ErrorCode::kUnavailable,
              "This account watches " + std::to_string(m_watchersPerAccount) + " batches already, which is the limit.",
              "Close one of the streams, or ask for the batch now and then instead.");
}

void EventHub::watch(AccountId watcher, BatchId batch, std::shared_ptr<EventStream> stream,
                     const std::function<Result<wire::BatchView>()>& read) {
  {
    const std::lock_guard lock(m_mutex);
    if (m_closed) return stream->close();
    m_watched[batch].watchers.push_back({watcher, stream});
  }
  // Read after the watcher is in place, so that no change falls between the two.
  auto view = read();
  const std::lock_guard lock(m_mutex);
  const auto found = m_watched.find(batch);
  if (found == m_watched.end()) return;  // over, and told, in the meantime
  if (!view) {
    std::erase_if(found->second.watchers, [&](const Watcher& one) { return one.stream == stream; });
    if (found->second.watchers.empty()) m_watched.erase(found);
    return stream->close();
  }
  Watched& watched = found->second;
  if (!watched.known) {
    watched.view = std::move(*view);
    if (watched.latest) apply(*watched.latest, watched.view);
    watched.known = true;
  }
  send(watched);
  if (watched.watchers.empty()) m_watched.erase(found);
}

void EventHub::send(Watched& watched) {
  watched.changed = false;
  if (!watched.known) return;
  const std::string state = wire::toJson(watched.view);
  std::erase_if(watched.watchers, [&](const Watcher& one) { return !one.stream->push("progress", state); });
  if (!isOver(watched.view.state)) return;
  for (const Watcher& one : watched.watchers) {
    one.stream->push("end", state);
    one.stream->close();
  }
  watched.watchers.clear();
}

void EventHub::sendChanges(bool all) {
  for (auto& [batch, watched] : m_watched) {
    if (all || watched.changed) send(watched);
  }
  std::erase_if(m_watched, [](const auto& entry) { return entry.second.watchers.empty(); });
}

void EventHub::run() {
  std::unique_lock lock(m_mutex);
  auto repeated = std::chrono::steady_clock::now();
  while (!m_closed) {
    m_wake.wait_for(lock, kRepeat, [this] { return m_closed || m_changed; });
    if (m_closed) return;
    m_changed = false;
    const auto now = std::chrono::steady_clock::now();
    const bool all = now - repeated >= kRepeat;
    if (all) repeated = now;
    sendChanges(all);
    m_wake.wait_for(lock, kPause, [this] { return m_closed; });
  }
}

void EventHub::close() {
  const std::lock_guard lock(m_mutex);
  m_closed = true;
  for (auto& [batch, watched] : m_watched) {
    for (const Watcher& one : watched.watchers) one.stream->close();
  }
  m_watched.clear();
  m_wake.notify_all();
}

}  // namespace hearth::server
