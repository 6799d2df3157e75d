// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/run_loop.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

namespace hearth::sandbox {
namespace {

// So late the agent wakes only if the whole machine stood still and its steady clock did not, as where a hypervisor
// paused it. Where a machine sleeps by itself, that clock sleeps too.
constexpr auto kStandstill = std::chrono::minutes(1);

}  // namespace

Usage RunRecord::usage() const {
  const std::lock_guard lock(m_mutex);
  return m_usage;
}

void RunRecord::setUsage(const Usage& usage) {
  const std::lock_guard lock(m_mutex);
  m_usage = usage;
}

void RunRecord::setGone() {
  const std::lock_guard lock(m_mutex);
  m_gone = true;
  m_changed.notify_all();
}

void RunRecord::waitUntilGone() {
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [this] { return m_gone; });
}

void RunRecord::tell(RunEnd end) {
  setUsage(end.usage);
  if (m_onEnd) m_onEnd(std::move(end));
  m_onEnd = nullptr;
  m_onCheckpoint = nullptr;
  const std::lock_guard lock(m_mutex);
  m_told = true;
  m_changed.notify_all();
}

void RunRecord::tellCheckpoint() {
  if (m_onCheckpoint) m_onCheckpoint();
}

void RunRecord::waitUntilTold() {
  std::unique_lock lock(m_mutex);
  m_changed.wait(lock, [this] { return m_told; });
}

Result<std::unique_ptr<RunLoop>> RunLoop::create() {
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail(ErrorCode::kExhausted, std::string("cannot make an eventfd: ") + std::strerror(errno));
  std::unique_ptr<RunLoop> loop(new RunLoop(std::move(wake)));
  // The agent's signals are for its other threads.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  loop->m_loop = std::thread([raw = loop.get()] { raw->runLoop(); });
  loop->m_teller = std::thread([raw = loop.get()] { raw->runTeller(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  loop->m_tellerId = loop->m_teller.get_id();
  return loop;
}

void RunLoop::close() {
  if (!m_loop.joinable()) return;
  HEARTH_CHECK(!isTeller(), "an executor is destroyed within an onEnd");
  {
    const std::lock_guard lock(m_mutex);
    m_closing = true;
  }
  wakeUp();
  m_loop.join();
  m_teller.join();
}

void RunLoop::wakeUp() {
  const std::uint64_t one = 1;
  const ssize_t written = ::write(m_wake.number(), &one, sizeof one);
  static_cast<void>(written);  // full: it is awake already
}

std::uint64_t RunLoop::add(std::unique_ptr<ActiveRun> run, std::shared_ptr<RunRecord> record,
                           std::function<void()> onOver) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(m_mutex);
    number = m_next++;
    m_added.push_back({number, false, std::move(run), std::move(record), std::move(onOver)});
  }
  wakeUp();
  return number;
}

void RunLoop::post(std::uint64_t run, Change change) {
  {
    const std::lock_guard lock(m_mutex);
    if (m_loopEnded) return;
    m_posted.push_back({run, std::move(change)});
  }
  wakeUp();
}

/// Returns whether the executor is being destroyed.
bool RunLoop::takeInbox(Clock::time_point now) {
  std::uint64_t count = 0;
  const ssize_t got = ::read(m_wake.number(), &count, sizeof count);
  static_cast<void>(got);
  std::vector<Posted> posted;
  bool closing = false;
  {
    const std::lock_guard lock(m_mutex);
    std::move(m_added.begin(), m_added.end(), std::back_inserter(m_runs));
    m_added.clear();
    posted.swap(m_posted);
    closing = m_closing;
  }
  for (const Posted& change : posted) {
    const auto entry =
        std::find_if(m_runs.begin(), m_runs.end(), [&](const Entry& e) { return e.number == change.run; });
    if (entry != m_runs.end()) change.change(*entry->run, now);
  }
  return closing;
}

Clock::time_point RunLoop::wait(const std::vector<Entry>& entries) {
  const auto now = Clock::now();
  auto wake = now + std::chrono::hours(1);
  std::vector<pollfd> polls{{m_wake.number(), POLLIN, 0}};
  for (const Entry& entry : entries) {
    entry.run->addPolls(polls, now);
    wake = std::min(wake, entry.run->nextWake(now));
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - now).count();
  ::poll(polls.data(), polls.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
  return wake;
}

void RunLoop::finishRun(Entry& entry) {
  entry.finished = true;
  RunEnd end = entry.run->finish(Clock::now());
  if (entry.onOver) entry.onOver();
  entry.record->setGone();
  tell({std::move(entry.record), std::move(end)});
}

void RunLoop::tell(Told told) {
  const std::lock_guard lock(m_mutex);
  m_tellings.push_back(std::move(told));
  m_tellChanged.notify_one();
}

void RunLoop::runLoop() {
  for (bool closing = false; !closing || !m_runs.empty();) {
    const auto wake = wait(m_runs);
    const auto now = Clock::now();
    if (now - wake > kStandstill) {
      for (Entry& entry : m_runs) entry.run->forget(now - wake);
    }
    closing = takeInbox(now);
    for (Entry& entry : m_runs) {
      if (closing) entry.run->stop(ExitKind::kHostFailed, "the agent ended", now);
      entry.run->serve(now);
      if (!entry.finished) entry.record->setUsage(entry.run->usage(now));
      if (!entry.finished && entry.run->takeCheckpoint()) tell({entry.record, std::nullopt});
      if (!entry.finished && entry.run->isOver()) finishRun(entry);
    }
    std::erase_if(m_runs, [](const Entry& entry) { return entry.run->isGone(); });
  }
  const std::lock_guard lock(m_mutex);
  m_loopEnded = true;
  m_tellChanged.notify_one();
}

void RunLoop::runTeller() {
  std::unique_lock lock(m_mutex);
  for (;;) {
    m_tellChanged.wait(lock, [this] { return !m_tellings.empty() || m_loopEnded; });
    if (m_tellings.empty()) return;
    Told told = std::move(m_tellings.front());
    m_tellings.pop_front();
    lock.unlock();
    if (told.end) {
      told.record->tell(std::move(*told.end));
    } else {
      told.record->tellCheckpoint();
    }
    told = {};
    lock.lock();
  }
}

}  // namespace hearth::sandbox
