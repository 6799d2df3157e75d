// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/runtime/runtime.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/check.h"
#include "server/runtime/inbox.h"
#include "server/runtime/round.h"
#include "server/runtime/writer.h"

namespace hearth::server {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kItemsAWake = 16;              // while the writer is busy anyway
constexpr std::size_t kItemsAPass = 256;             // between two looks at the writer
constexpr std::chrono::seconds kLongestSleep{1};     // so that a clock that was set is noticed
constexpr std::chrono::milliseconds kTickApart{10};  // a tick that changes nothing is not repeated at once
constexpr const char* kNotKeptHint =
    "Nothing of this request was changed. Send it again in some seconds; if it goes on, the server's administrator "
    "finds "
    "the cause in its log and under /readyz.";

Error notKept(const Error& cause) {
  const ErrorCode code = cause.code == ErrorCode::kExhausted ? ErrorCode::kExhausted : ErrorCode::kUnavailable;
  return {code, "the server could not keep the request: " + cause.message, kNotKeptHint};
}

std::chrono::microseconds toChrono(Duration duration) { return std::chrono::microseconds(duration.micros); }

/// See Runtime. Members without a remark belong to the Dispatcher's thread.
class ThreadedRuntime final : public Runtime {
 public:
  ThreadedRuntime(Options options, std::shared_ptr<db::Store> store, Snapshot snapshot)
      : m_options(std::move(options)),
        m_inbox(m_options.inbox, m_options.inboxBytes),
        m_counters(snapshot.counters),
        m_dispatcher(m_options.dispatcher, std::move(snapshot), m_options.clock()),
        m_writer(std::move(store), [this](Writer::Report report) { m_inbox.report(std::move(report)); }),
        m_thread([this] { run(); }) {}
  ~ThreadedRuntime() override { drain(); }

  using Runtime::post;
  void post(std::shared_ptr<core::Event> event, std::function<void(ReplyBody)> done) override {
    Item item = Posted{std::move(event), std::move(done)};
    if (auto refused = m_inbox.put(std::move(item))) {
      ++m_refused;
      if (auto& callback = std::get<Posted>(item).done) callback(fail(std::move(*refused)));
    }
  }

  void commit(db::Unit unit, std::function<void(Result<db::Outcome>)> done) override {
    Item item = DirectoryCommit{std::move(unit), std::move(done)};
    if (auto refused = m_inbox.put(std::move(item))) {
      ++m_refused;
      if (auto& callback = std::get<DirectoryCommit>(item).done) callback(fail(std::move(*refused)));
    }
  }

  void query(Look look) override {
    if (m_inbox.look(std::move(look))) return;
    const std::lock_guard lock(m_lateLooks);  // the Dispatcher's thread is done with it
    look(m_dispatcher);
  }

  void onNotice(std::function<void(const core::BatchNotice&)> listener) override {
    const std::lock_guard lock(m_listenerMutex);
    m_listener = std::move(listener);
  }

  std::optional<Error> trouble() const override { return m_inbox.refusal(); }

  Stats stats() const override {
    return {m_events.load(), m_refused.load(), m_rounds.load(), m_failedRounds.load(), m_inbox.waiting()};
  }

  void drain() override {
    m_inbox.close();
    const std::lock_guard lock(m_joinMutex);
    if (m_thread.joinable()) m_thread.join();
  }

 private:
  /// kServing: all is well. kRestoring: a commit failed, what the store has is to be read. kProbing: read, and waiting
  /// for a commit to succeed.
  enum class Mode : std::uint8_t { kServing, kRestoring, kProbing };

  void run();
  bool finished() const;
  Steady::time_point sleepUntil() const;

  void handleBacklog();
  void handle(Item item);
  void handleEvent(const core::Event& event);
  void tick();
  void refuseBacklog();

  std::size_t itemsAWake() const;
  void startWork();
  void startWriter();
  void give(Writer::Job job);
  void release(Round round, const std::vector<db::Outcome>& outcomes);
  void answer(core::Reply reply);

  void onReport(Writer::Report report);
  void onApplied(Result<std::vector<db::Outcome>> outcomes);
  void onLoaded(Result<Loaded> loaded);
  void onRestored(Result<Snapshot> snapshot);
  void fallBack(const Error& cause, bool probeFirst);
  void discard(const Error& cause);
  void setTrouble(const Error& cause);
  void recovered();

  const Options m_options;
  Inbox m_inbox;  // any thread
  std::atomic<std::uint64_t> m_events{0}, m_refused{0}, m_rounds{0}, m_failedRounds{0};
  std::mutex m_listenerMutex;
  std::function<void(const core::BatchNotice&)> m_listener;  // guarded by m_listenerMutex
  std::mutex m_lateLooks;
  std::mutex m_joinMutex;

  CountersPut m_counters;  // as last read from the store: what a probe writes
  core::Dispatcher m_dispatcher;
  std::deque<Item> m_backlog;
  std::unordered_map<core::RequestId, std::function<void(ReplyBody)>> m_waiting;
  core::RequestId m_lastRequest = 0;
  bool m_more = false;
  Steady::time_point m_tickNotBefore{};

  Mode m_mode = Mode::kServing;
  bool m_probeFirst = true;  // after restoring: whether the store must show that it can write
  Steady::time_point m_retryAt{};
  bool m_writerBusy = false;
  std::optional<Round> m_inFlight;
  Round m_next;
  std::deque<Load> m_loads;
  Steady::time_point m_loadNotBefore{};
  bool m_loadsTurn = false;  // a round was committed since the last load
  bool m_closed = false;

  Writer m_writer;
  std::thread m_thread;
};

void ThreadedRuntime::run() {
  while (!finished()) {
    const bool wantItems = m_backlog.empty() && (m_next.hasRoom() || m_mode != Mode::kServing);
    Inbox::Taken taken = m_inbox.take({wantItems, itemsAWake(), sleepUntil()});
    m_closed = taken.closed;
    for (Item& item : taken.items) m_backlog.push_back(std::move(item));
    for (const Look& look : taken.looks) look(m_dispatcher);
    if (taken.report) onReport(std::move(*taken.report));
    if (m_mode == Mode::kServing) {
      handleBacklog();
      tick();
    } else {
      refuseBacklog();
    }
    startWork();
  }
  discard({ErrorCode::kUnavailable, "the server is shutting down", ""});
  const std::lock_guard lock(m_lateLooks);
  for (const Look& look : m_inbox.finish()) look(m_dispatcher);
}

bool ThreadedRuntime::finished() const {
  if (!m_closed || m_writerBusy) return false;
  return m_mode != Mode::kServing || (m_backlog.empty() && m_next.empty() && m_inbox.waiting() == 0);
}

Steady::time_point ThreadedRuntime::sleepUntil() const {
  const auto now = Steady::now();
  auto until = now + kLongestSleep;
  if (m_mode != Mode::kServing) return m_writerBusy ? until : std::min(until, m_retryAt);
  if (m_closed && m_writerBusy && m_backlog.empty()) return until;  // only its report is waited for
  if (!m_loads.empty() && !m_writerBusy) until = std::min(until, m_loadNotBefore);
  if (!m_next.hasRoom()) return until;
  if (!m_backlog.empty() || m_more) return now;
  const Instant due = m_dispatcher.nextTick();
  const Instant clock = m_options.clock();
  const auto wait = due <= clock                          ? std::chrono::microseconds(0)
                    : due >= clock + Duration::seconds(1) ? std::chrono::microseconds(kLongestSleep)
                                                          : toChrono(due - clock);
  return std::min(until, std::max(now + wait, m_tickNotBefore));
}

void ThreadedRuntime::handleBacklog() {
  for (std::size_t n = 0; n < kItemsAPass && !m_backlog.empty() && m_next.hasRoom(); ++n) {
    Item item = std::move(m_backlog.front());
    m_backlog.pop_front();
    handle(std::move(item));
  }
}

void ThreadedRuntime::handle(Item item) {
  ++m_next.items;
  m_next.bytes += bytesOf(item);
  if (auto* commit = std::get_if<DirectoryCommit>(&item)) {
    m_next.commits.push_back(std::move(*commit));
    return;
  }
  auto& posted = std::get<Posted>(item);
  core::Event& event = *posted.event;
  event.request = 0;
  if (posted.done) {
    event.request = ++m_lastRequest;
    m_waiting.emplace(event.request, std::move(posted.done));
  }
  handleEvent(event);
}

void ThreadedRuntime::handleEvent(const core::Event& event) {
  ++m_events;
  core::Actions actions = m_dispatcher.handle(event, m_options.clock());
  m_more = m_more || actions.more;
  m_next.add(std::move(actions));
}

void ThreadedRuntime::tick() {
  if (!m_next.hasRoom() || m_closed) return;
  const auto now = Steady::now();
  const bool due = now >= m_tickNotBefore && m_dispatcher.nextTick() <= m_options.clock();
  if (!m_more && !due) return;
  m_more = false;
  m_tickNotBefore = now + kTickApart;
  handleEvent({0, core::Tick{}});
}

void ThreadedRuntime::refuseBacklog() {
  const Error why = m_inbox.refusal().value_or(notKept({ErrorCode::kUnavailable, "the store was read again", ""}));
  while (!m_backlog.empty()) {
    Item item = std::move(m_backlog.front());
    m_backlog.pop_front();
    ++m_refused;
    std::visit(
        [&](auto& refused) {
          if (refused.done) refused.done(fail(why));
        },
        item);
  }
}

void ThreadedRuntime::startWork() {
  if (m_mode == Mode::kServing) {
    if (!m_inFlight && !m_next.needsCommit() && !m_next.empty()) release(std::exchange(m_next, {}), {});
    return startWriter();
  }
  if (m_writerBusy || Steady::now() < m_retryAt) return;
  if (m_mode == Mode::kRestoring) return give(Writer::Restore{});
  if (const auto may = m_options.mayTryAgain ? m_options.mayTryAgain() : Result<void>(); !may) {
    m_retryAt = Steady::now() + toChrono(m_options.probeEvery);
    return setTrouble(may.error());
  }
  give(std::vector{db::Unit{{m_counters}}});
}

/// While a round is being written nothing of the next can go out: a few more may come before the thread wakes up. What
/// queued up meanwhile is the next round; nothing waits for more to come when the writer is free.
std::size_t ThreadedRuntime::itemsAWake() const { return m_mode == Mode::kServing && m_writerBusy ? kItemsAWake : 1; }

/// Rounds and loads take turns while there are both.
void ThreadedRuntime::startWriter() {
  if (m_writerBusy) return;
  const bool mayLoad = !m_loads.empty() && !m_closed && Steady::now() >= m_loadNotBefore;
  if (m_next.needsCommit() && !(mayLoad && m_loadsTurn)) {
    auto units = m_next.takeUnits();
    m_inFlight = std::exchange(m_next, {});
    m_loadsTurn = true;
    give(std::move(units));
  } else if (mayLoad) {
    m_loadsTurn = false;
    give(m_loads.front());
  }
}

void ThreadedRuntime::give(Writer::Job job) {
  m_writerBusy = true;
  m_writer.start(std::move(job));
}

void ThreadedRuntime::release(Round round, const std::vector<db::Outcome>& outcomes) {
  for (Load& load : round.loads) m_loads.push_back(std::move(load));
  const std::size_t first = outcomes.size() - round.commits.size();  // behind the Dispatcher's units
  for (std::size_t i = 0; i < round.commits.size(); ++i) {
    if (round.commits[i].done) round.commits[i].done(outcomes[first + i]);
  }
  for (core::Reply& reply : round.replies) answer(std::move(reply));
  const std::lock_guard lock(m_listenerMutex);
  if (!m_listener) return;
  for (const core::BatchNotice& notice : round.notices) m_listener(notice);
}

void ThreadedRuntime::answer(core::Reply reply) {
  auto waiting = m_waiting.extract(reply.request);
  if (waiting) waiting.mapped()(std::move(reply.body));
}

void ThreadedRuntime::onReport(Writer::Report report) {
  m_writerBusy = false;
  if (auto* applied = std::get_if<0>(&report)) return onApplied(std::move(applied->outcomes));
  if (auto* restored = std::get_if<1>(&report)) return onRestored(std::move(*restored));
  onLoaded(std::move(std::get<2>(report)));
}

void ThreadedRuntime::onApplied(Result<std::vector<db::Outcome>> outcomes) {
  if (m_mode == Mode::kProbing) {
    if (outcomes) return recovered();
    m_retryAt = Steady::now() + toChrono(m_options.probeEvery);
    return setTrouble(outcomes.error());
  }
  if (!outcomes) {
    ++m_failedRounds;
    return fallBack(outcomes.error(), true);
  }
  ++m_rounds;
  Round round = std::move(*m_inFlight);
  m_inFlight.reset();
  const auto ofDispatcher = outcomes->end() - static_cast<std::ptrdiff_t>(round.commits.size());
  if (std::find(outcomes->begin(), ofDispatcher, db::Outcome::kConflict) != ofDispatcher) {
    // The directory's units were kept and say so; what the Dispatcher believes is not what the store has.
    round.replies.clear();
    round.notices.clear();
    round.loads.clear();
    ++m_failedRounds;
    fallBack({ErrorCode::kConflict, "a change contradicts what is stored", ""}, false);
    return release(std::move(round), *outcomes);
  }
  startWriter();  // it has work again before the callbacks run
  release(std::move(round), *outcomes);
}

void ThreadedRuntime::onLoaded(Result<Loaded> loaded) {
  HEARTH_CHECK(!m_loads.empty(), "a load stays in its queue until it is answered");
  if (!loaded) {
    spdlog::error("the store could not be read: {} ({})", loaded.error().message, loaded.error().hint);
    m_loadNotBefore = Steady::now() + toChrono(m_options.probeEvery);
    return;
  }
  m_loads.pop_front();
  handleEvent({0, core::RowsLoaded{std::move(*loaded)}});
}

void ThreadedRuntime::onRestored(Result<Snapshot> snapshot) {
  if (!snapshot) {
    m_retryAt = Steady::now() + toChrono(m_options.probeEvery);
    return setTrouble(snapshot.error());
  }
  m_counters = snapshot->counters;
  m_dispatcher = core::Dispatcher(m_options.dispatcher);  // the old state goes before the new one takes its memory
  m_dispatcher = core::Dispatcher(m_options.dispatcher, std::move(*snapshot), m_options.clock());
  m_more = false;
  if (!m_probeFirst) return recovered();
  m_mode = Mode::kProbing;
  m_retryAt = Steady::now() + toChrono(m_options.probeEvery);
}

/// The store has not what the Dispatcher believes: forget both rounds and read what it has.
void ThreadedRuntime::fallBack(const Error& cause, bool probeFirst) {
  m_mode = Mode::kRestoring;
  m_probeFirst = probeFirst;
  m_retryAt = Steady::now();
  setTrouble(cause);
  discard(cause);
}

/// Forgets everything that is not durable. The Dispatcher's state is wrong from here until it is restored.
void ThreadedRuntime::discard(const Error& cause) {
  const Error why = notKept(cause);
  auto waiting = std::exchange(m_waiting, {});
  std::vector<DirectoryCommit> commits = std::move(m_next.commits);
  if (m_inFlight) std::move(m_inFlight->commits.begin(), m_inFlight->commits.end(), std::back_inserter(commits));
  m_inFlight.reset();
  m_next = {};
  m_loads.clear();
  for (auto& [request, done] : waiting) done(fail(why));
  for (DirectoryCommit& commit : commits) {
    if (commit.done) commit.done(fail(why));
  }
}

void ThreadedRuntime::setTrouble(const Error& cause) {
  const auto before = m_inbox.refusal();
  const Error why = notKept(cause);
  if (!before || before->message != why.message) {
    spdlog::error("the store failed, requests are refused until it can be written again: {}{}{}", cause.message,
                  cause.hint.empty() ? "" : " - ", cause.hint);
  }
  m_inbox.refuse(why);
}

void ThreadedRuntime::recovered() {
  spdlog::warn("the store can be written again: serving from its last state");
  m_mode = Mode::kServing;
  m_inbox.refuse(std::nullopt);
}

}  // namespace

Result<std::unique_ptr<Runtime>> Runtime::start(Options options, std::shared_ptr<db::Store> store) {
  HEARTH_CHECK(options.clock, "the runtime is given a clock");
  auto snapshot = store->restore();
  if (!snapshot) return fail(std::move(snapshot).error().within("reading the project's state"));
  return std::make_unique<ThreadedRuntime>(std::move(options), std::move(store), std::move(*snapshot));
}

}  // namespace hearth::server
