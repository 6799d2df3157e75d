// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/runtime/writer.h"

#include <exception>
#include <utility>

#include "base/check.h"

namespace hearth::server {

Writer::Writer(std::shared_ptr<db::Store> store, std::function<void(Report)> report)
    : m_store(std::move(store)), m_report(std::move(report)), m_thread([this] { run(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(m_mutex);
    m_stopping = true;
  }
  m_wake.notify_one();
  m_thread.join();
}

void Writer::start(Job job) {
  {
    const std::lock_guard lock(m_mutex);
    HEARTH_CHECK(!m_job, "the writer takes one job at a time");
    m_job = std::move(job);
  }
  m_wake.notify_one();
}

void Writer::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(m_mutex);
      m_wake.wait(lock, [this] { return m_job || m_stopping; });
      if (!m_job) return;
      job = std::move(*m_job);
      m_job.reset();
    }
    m_report(work(std::move(job)));
  }
}

namespace {

/// A store reports by Result, yet memory may run out below it: that too is a failed call, not the end of the process.
template <typename T, typename Call>
Result<T> guarded(Call call) {
  try {
    return call();
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::kExhausted, std::string("the store could not finish: ") + thrown.what(),
                "Look at the server's memory and disk.");
  }
}

}  // namespace

Writer::Report Writer::work(Job job) {
  if (auto* units = std::get_if<std::vector<db::Unit>>(&job)) {
    auto outcomes = guarded<std::vector<db::Outcome>>([&] { return m_store->apply(*units); });
    return Applied{std::move(outcomes), std::move(*units)};
  }
  if (const auto* load = std::get_if<Load>(&job)) {
    return guarded<Loaded>([&] { return m_store->load(*load); });
  }
  return guarded<Snapshot>([&] { return m_store->restore(); });
}

}  // namespace hearth::server
