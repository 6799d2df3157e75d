// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/agent_loop.h"

#include <chrono>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/app/task_runner.h"
#include "agent/control/control_server.h"
#include "agent/platform/host_facts.h"
#include "agent/transfer/worker_pool.h"
#include "agent_core/agent_core.h"

namespace hearth::agent {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kEventsPerRound = 512;  // so that the control socket is heard in between
constexpr auto kJournalRetry = std::chrono::seconds(5);
constexpr auto kDescribeEvery = std::chrono::minutes(5);

std::vector<AttemptId> attemptsOf(const Restored& restored) {
  std::vector<AttemptId> attempts;
  for (const RestoredAttempt& each : restored.attempts) attempts.push_back(each.work.assigned.attempt);
  return attempts;
}

}  // namespace

Instant agentClock() {
  static const Instant start = wallClock();
  static const Duration boot = bootClock();
  return start + (bootClock() - boot);
}

class AgentLoop::State final : public ControlTarget {
 public:
  State(asio::io_context& context, LoopParts given)
      : m_context(context),
        m_parts(std::move(given)),
        m_core(m_parts.seed),
        m_timer(context),
        m_journalTimer(context),
        m_describeTimer(context),
        m_transfers(std::make_unique<Transfers>(m_parts.link, m_parts.cache, m_parts.packages, m_parts.tasks,
                                                m_parts.facts.description.platform, wallClock,
                                                [this](Event event) { post(std::move(event)); })),
        m_runner(std::make_unique<TaskRunner>(
            m_parts.executor, *m_transfers, m_parts.tasks,
            [this](std::function<void()> call) { asio::post(m_context, std::move(call)); },
            [this](Event event) { post(std::move(event)); })),
        m_syncs(std::make_unique<WorkerPool>(1)) {}

  ~State() override {
    m_parts.link.close();
    m_control.reset();
    m_runner.reset();
    m_transfers.reset();
    m_syncs.reset();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<void> start();
  void post(Event event);
  void setCertificateExpiry(Instant until) {
    m_parts.facts.certificateExpires = until;
    changed();
  }

  std::string state() override {
    m_parts.facts.cacheBytes = m_parts.cache.bytes();
    return stateJson(m_parts.facts, m_core.status(agentClock()));
  }
  void obey(const ControlRequest& request) override;

 private:
  void drain();
  void keep(std::vector<JournalRow> rows);
  void retryJournal();
  void describe();
  void changed() {
    if (m_control) m_control->changed();
  }

  void carryOut(Sync& action);
  void carryOut(Fetch& action) { m_transfers->fetch(std::move(action.work), action.fromServer); }
  void carryOut(Start& action) { m_runner->start(std::move(action.work)); }
  void carryOut(Freeze& action) { m_runner->freeze(action.attempt); }
  void carryOut(Thaw& action) { m_runner->thaw(action.attempt); }
  void carryOut(AskCheckpoint& action) { m_runner->checkpoint(action.attempt); }
  void carryOut(SendCheckpoint& action) { m_transfers->sendCheckpoint(action.attempt, action.checkpoint); }
  void carryOut(Stop& action) { m_runner->stop(action.attempt, std::move(action.reason)); }
  void carryOut(Collect& action) { m_runner->collect(std::move(action.work), action.outputs); }
  void carryOut(Upload& action) { m_transfers->upload(action.attempt, std::move(action.blobs)); }
  void carryOut(Abandon& action) { m_transfers->abandon(action.attempt); }
  void carryOut(Forget& action) { m_runner->forget(action.attempt); }
  void carryOut(SetTimer& action);
  void carryOut(Note& action) { m_parts.log(action.warning, action.text); }
  void carryOut(Exit&) { m_context.stop(); }

  asio::io_context& m_context;
  LoopParts m_parts;
  AgentCore m_core;
  asio::steady_timer m_timer, m_journalTimer, m_describeTimer;
  std::mutex m_mutex;  ///< guards the two that follow
  std::vector<Event> m_inbox;
  bool m_scheduled = false;
  bool m_journalBad = false;
  std::unique_ptr<Transfers> m_transfers;
  std::unique_ptr<TaskRunner> m_runner;
  std::unique_ptr<WorkerPool> m_syncs;
  std::unique_ptr<ControlServer> m_control;
};

Result<void> AgentLoop::State::start() {
  auto contents = m_parts.journal.load();
  if (!contents) return fail(std::move(contents).error());
  if (contents->damaged > 0) {
    m_parts.log(true, std::to_string(contents->damaged) + " entries of the journal could not be read and are dropped");
  }
  const auto swept = sweepTaskFolders(m_parts.tasks, attemptsOf(contents->restored));
  if (!swept) return fail(swept.error());
  if (*swept > 0) m_parts.log(false, "swept " + std::to_string(*swept) + " left-over task folders");
  if (!m_parts.controlSocket.empty()) {
    auto control = ControlServer::start(m_context, m_parts.controlSocket, *this, ownIdentity());
    if (!control) return fail(std::move(control).error());
    m_control = std::move(*control);
  }
  describe();
  post(std::move(contents->restored));
  return {};
}

void AgentLoop::State::describe() {
  HostSeen seen = m_parts.describe();
  m_parts.facts.description = seen.description;
  m_parts.facts.limitation = seen.limitation;
  post(std::move(seen));
  m_describeTimer.expires_after(kDescribeEvery);
  m_describeTimer.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) describe();
  });
}

void AgentLoop::State::obey(const ControlRequest& request) {
  switch (request.verb) {
    case ControlVerb::kRun:
      return post(VerbRun{});
    case ControlVerb::kPause:
      return post(VerbPause{request.period});
    case ControlVerb::kFinish:
      return post(VerbFinish{});
    case ControlVerb::kQuit:
      return post(VerbQuit{});
    case ControlVerb::kStatus:
    case ControlVerb::kSubscribe:
      return;
  }
}

void AgentLoop::State::post(Event event) {
  const std::lock_guard lock(m_mutex);
  m_inbox.push_back(std::move(event));
  if (!std::exchange(m_scheduled, true)) {
    asio::post(m_context, [this] { drain(); });
  }
}

void AgentLoop::State::drain() {
  std::vector<Event> events;
  {
    const std::lock_guard lock(m_mutex);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kEventsPerRound, m_inbox.size()));
    events.assign(std::make_move_iterator(m_inbox.begin()), std::make_move_iterator(m_inbox.begin() + count));
    m_inbox.erase(m_inbox.begin(), m_inbox.begin() + count);
    m_scheduled = !m_inbox.empty();
    if (m_scheduled) asio::post(m_context, [this] { drain(); });
  }
  std::vector<JournalRow> rows;
  std::vector<Action> actions;
  for (const Event& event : events) {
    Actions made = m_core.handle(event, agentClock());
    rows.insert(rows.end(), std::make_move_iterator(made.rows.begin()), std::make_move_iterator(made.rows.end()));
    actions.insert(actions.end(), std::make_move_iterator(made.actions.begin()),
                   std::make_move_iterator(made.actions.end()));
  }
  keep(std::move(rows));
  for (Action& action : actions) std::visit([this](auto& each) { carryOut(each); }, action);
  changed();
}

/// Where the journal cannot be written the actions of this round happen all the same: what they lose in a crash is done
/// again. The core starts nothing further.
void AgentLoop::State::keep(std::vector<JournalRow> rows) {
  if (rows.empty()) return;
  const auto written = m_parts.journal.write(std::move(rows));
  if (written.has_value() == !m_journalBad) return;
  m_journalBad = !written;
  if (written) return post(JournalHealth{});
  post(JournalHealth{written.error()});
  retryJournal();
}

void AgentLoop::State::retryJournal() {
  m_journalTimer.expires_after(kJournalRetry);
  m_journalTimer.async_wait([this](boost::system::error_code stopped) {
    if (stopped || !m_journalBad) return;
    if (!m_parts.journal.write({})) return retryJournal();
    m_journalBad = false;
    post(JournalHealth{});
  });
}

void AgentLoop::State::carryOut(Sync& action) {
  m_syncs->post([this, request = std::move(action.request)] {
    auto reply = m_parts.link.sync(request);
    if (reply) {
      post(SyncReplied{std::move(*reply)});
    } else {
      post(std::move(reply).error());
    }
  });
}

void AgentLoop::State::carryOut(SetTimer& action) {
  m_timer.expires_after(std::chrono::microseconds(std::max<std::int64_t>(0, (action.at - agentClock()).micros)));
  m_timer.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) post(Tick{});
  });
}

AgentLoop::AgentLoop(asio::io_context& context, LoopParts parts)
    : m_state(std::make_unique<State>(context, std::move(parts))) {}
AgentLoop::~AgentLoop() = default;

Result<void> AgentLoop::start() { return m_state->start(); }
void AgentLoop::post(Event event) { m_state->post(std::move(event)); }
void AgentLoop::setCertificateExpiry(Instant until) { m_state->setCertificateExpiry(until); }

}  // namespace hearth::agent
