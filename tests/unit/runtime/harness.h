// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "db/memory/memory_store.h"
#include "server/runtime/runtime.h"

namespace hearth::server {

/// A store that does what a test tells it: waits before an apply, fails some, contradicts one. Any thread may tell.
class FaultyStore final : public db::Store {
 public:
  explicit FaultyStore(std::shared_ptr<db::Store> inner) : m_inner(std::move(inner)) {}

  /// The next so many applies fail with this error and change nothing.
  void failApplies(int count, ErrorCode code = ErrorCode::kIo) {
    const std::lock_guard lock(m_mutex);
    m_failing = count;
    m_code = code;
  }
  void failLoads(int count) { m_failingLoads = count; }
  void failRestores(int count) { m_failingRestores = count; }
  /// The next apply keeps nothing of its first unit and says so.
  void contradict() { m_contradict = true; }
  /// Applies wait from now on until open().
  void close() {
    const std::lock_guard lock(m_mutex);
    m_closed = true;
  }
  void open() {
    const std::lock_guard lock(m_mutex);
    m_closed = false;
    m_changed.notify_all();
  }
  void waitUntilOneWaits() {
    std::unique_lock lock(m_mutex);
    REQUIRE(m_changed.wait_for(lock, std::chrono::seconds(20), [this] { return m_waits; }));
  }
  int applies() const { return m_applies; }

  Result<std::vector<db::Outcome>> apply(std::span<const db::Unit> units) override {
    std::unique_lock lock(m_mutex);
    m_waits = m_closed;
    m_changed.notify_all();
    m_changed.wait(lock, [this] { return !m_closed; });
    m_waits = false;
    ++m_applies;
    if (m_failing > 0) {
      --m_failing;
      return fail(m_code, "this write was made to fail", "Free some space.");
    }
    if (!m_contradict.exchange(false)) return m_inner->apply(units);
    auto outcomes = m_inner->apply(units.subspan(1));
    if (outcomes) outcomes->insert(outcomes->begin(), db::Outcome::kConflict);
    return outcomes;
  }
  Result<Snapshot> restore() override {
    if (m_failingRestores > 0 && m_failingRestores-- > 0) return fail(ErrorCode::kIo, "this read was made to fail");
    return m_inner->restore();
  }
  Result<Loaded> load(const Load& request) override {
    if (m_failingLoads > 0 && m_failingLoads-- > 0) return fail(ErrorCode::kIo, "this load was made to fail");
    return m_inner->load(request);
  }

 private:
  const std::shared_ptr<db::Store> m_inner;
  std::mutex m_mutex;  // guards those without atomic
  std::condition_variable m_changed;
  bool m_closed = false, m_waits = false;
  int m_failing = 0;
  ErrorCode m_code = ErrorCode::kIo;
  std::atomic<int> m_failingLoads{0}, m_failingRestores{0}, m_applies{0};
  std::atomic<bool> m_contradict{false};
};

/// A runtime over a memory store that can be made to fail, with a clock of the test's own.
struct Harness {
  db::MemoryStore memory = db::makeMemoryStore();
  std::shared_ptr<FaultyStore> store = std::make_shared<FaultyStore>(memory.store);
  std::atomic<std::int64_t> seconds{1'000'000};
  Runtime::Options options;
  std::unique_ptr<Runtime> runtime;

  Harness() {
    options.clock = [this] { return Instant::ofUnixSeconds(seconds); };
    options.probeEvery = Duration::milliseconds(20);
  }
  ~Harness() { store->open(); }

  void start() {
    auto started = Runtime::start(options, store);
    REQUIRE(started);
    runtime = std::move(*started);
  }

  using Answer = std::future<ReplyBody>;
  Answer post(decltype(core::Event::what) what) {
    auto promise = std::make_shared<std::promise<ReplyBody>>();
    auto future = promise->get_future();
    runtime->post(std::move(what), [promise](ReplyBody body) { promise->set_value(std::move(body)); });
    return future;
  }
  std::future<Result<db::Outcome>> commit(Changes changes) {
    auto promise = std::make_shared<std::promise<Result<db::Outcome>>>();
    auto future = promise->get_future();
    runtime->commit(db::Unit{std::move(changes)},
                    [promise](Result<db::Outcome> outcome) { promise->set_value(outcome); });
    return future;
  }
  template <typename T>
  static T wait(std::future<T> future) {
    REQUIRE(future.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    return future.get();
  }
  ReplyBody ask(decltype(core::Event::what) what) { return wait(post(std::move(what))); }

  template <typename T>
  T look(std::function<T(const core::Dispatcher&)> question) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    runtime->query(
        [promise, question](const core::Dispatcher& dispatcher) { promise->set_value(question(dispatcher)); });
    return wait(std::move(future));
  }
  /// Returns when what was posted before is handled, up to some two hundred of it. Its commit may still be awaited.
  void settle() {
    // Looks come before what was taken with them: the second one comes after it.
    for (int i = 0; i < 2; ++i) look<bool>([](const core::Dispatcher&) { return true; });
  }
  std::uint64_t liveHash() {
    return look<std::uint64_t>([](const core::Dispatcher& dispatcher) { return dispatcher.durableHash(); });
  }
  std::uint64_t storedHash() {
    const auto snapshot = memory.store->restore();
    REQUIRE(snapshot);
    return core::Dispatcher(options.dispatcher, *snapshot, Instant::ofUnixSeconds(seconds)).durableHash();
  }

  template <typename Condition>
  static bool eventually(Condition condition) {
    for (int i = 0; i < 3000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  bool recovers() {
    return eventually([this] { return !runtime->trouble(); });
  }
};

inline core::SubmitBatch batchNamed(const std::string& name, std::uint64_t tasks = 10) {
  core::SubmitBatch submit;
  submit.plan.owner = AccountId{1};
  submit.plan.name = name;
  submit.plan.tasks = tasks;
  submit.plan.policy.retries = 0;
  submit.spec = "{}";
  submit.idempotencyKey = name;
  return submit;
}

inline BatchId batchOf(const ReplyBody& body) {
  if (!body) FAIL(body.error().message);
  return std::get<core::BatchAccepted>(*body).batch;
}

}  // namespace hearth::server
