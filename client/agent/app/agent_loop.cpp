// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/agent_loop.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/control/control_server.h"
#include "agent/control/preference_tree.h"
#include "agent/platform/host_facts.h"
#include "agent/platform/memory.h"
#include "agent/transfer/worker_pool.h"
#include "agent_core/sharing.h"
#include "base/limits.h"

namespace hearth::agent {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kEventsPerRound = 512;  // so that the control socket is heard in between
constexpr auto kDescribeEvery = std::chrono::minutes(5);
constexpr auto kStarted = std::chrono::seconds(15);  // what only starting up needs is done by then
// While tasks run, their owner must not wait for them to be frozen; while none does, looking around costs only.
constexpr auto kLookRunning = std::chrono::seconds(1);
constexpr auto kLookStill = std::chrono::seconds(10);

std::vector<std::string> namesOf(const std::vector<ProjectParts>& projects) {
  std::vector<std::string> names;
  for (const ProjectParts& project : projects) names.push_back(project.facts.project);
  return names;
}

}  // namespace

Instant agentClock() {
  static const Instant start = wallClock();
  static const Duration boot = bootClock();
  return start + (bootClock() - boot);
}

class AgentLoop::State final : public ControlTarget {
 public:
  State(asio::io_context& context, LoopParts given);
  ~State() override {
    m_control.reset();
    m_looks.reset();
    m_projects.clear();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<void> start();
  void post(std::size_t project, Event event);
  void postToAll(const Event& event) {
    for (std::size_t i = 0; i < m_projects.size(); ++i) post(i, event);
  }
  void setCertificateExpiry(std::size_t project, Instant until) {
    m_projects[project]->setCertificateExpiry(until);
    changed();
  }

  std::string state() override;
  Result<void> obey(const ControlRequest& request) override;
  std::string preferences() override { return preferencesJson(m_parts.preferences); }

 private:
  struct Arrived {
    std::size_t project;
    Event event;
  };

  void drain();
  void carryOut(Sharing::Out out);
  void describe();
  void restIn(std::chrono::seconds pause);
  void look();
  void see(const PolicyFacts& facts);
  void exit(std::size_t project);
  std::chrono::seconds lookPace() const;
  Result<void> setPreference(const std::string& name, const std::string& value);
  Result<std::optional<std::size_t>> projectNamed(const std::string& name) const;
  Duration processorTime() const;
  void changed() {
    if (m_control) m_control->changed();
  }

  asio::io_context& m_context;
  LoopParts m_parts;
  Sharing m_sharing;
  asio::steady_timer m_describeTimer, m_lookTimer, m_restTimer;
  std::optional<std::chrono::seconds> m_lookIn;  ///< none: the sensors are being asked
  std::mutex m_mutex;                            ///< guards the two that follow
  std::vector<Arrived> m_inbox;
  bool m_scheduled = false;
  std::vector<bool> m_exited;
  std::vector<std::unique_ptr<ProjectShell>> m_projects;
  std::unique_ptr<WorkerPool> m_looks;
  std::unique_ptr<ControlServer> m_control;
};

AgentLoop::State::State(asio::io_context& context, LoopParts given)
    : m_context(context),
      m_parts(std::move(given)),
      m_sharing(m_parts.seed, namesOf(m_parts.projects)),
      m_describeTimer(context),
      m_lookTimer(context),
      m_restTimer(context),
      m_exited(m_parts.projects.size()),
      m_looks(std::make_unique<WorkerPool>(1)) {
  for (std::size_t i = 0; i < m_parts.projects.size(); ++i) {
    m_projects.push_back(std::make_unique<ProjectShell>(
        context, m_parts.projects[i], m_parts.executor, m_parts.facts.description.platform,
        ProjectShell::Outside{[this, i](Event event) { post(i, std::move(event)); }, agentClock, m_parts.log,
                              [this, i] { exit(i); }},
        m_parts.devices));
  }
}

Result<void> AgentLoop::State::start() {
  std::vector<Restored> restored;
  for (const auto& project : m_projects) {
    auto contents = project->restore();
    if (!contents) return fail(std::move(contents).error());
    restored.push_back(std::move(*contents));
  }
  if (!m_parts.controlSocket.empty()) {
    auto control = ControlServer::start(m_context, m_parts.controlSocket, *this, ownIdentity());
    if (!control) return fail(std::move(control).error());
    m_control = std::move(*control);
  }
  carryOut(m_sharing.prefer(m_parts.preferences, agentClock()));
  carryOut(m_sharing.see(m_parts.see(m_parts.preferences, agentClock(), {}), agentClock()));
  describe();
  for (std::size_t i = 0; i < m_projects.size(); ++i) post(i, std::move(restored[i]));
  look();
  restIn(kStarted);
  return {};
}

void AgentLoop::State::describe() {
  const HostSeen seen = m_parts.describe();
  m_parts.facts.description = seen.description;
  m_parts.facts.limitation = seen.limitation;
  carryOut(m_sharing.machine(seen, agentClock()));
  m_describeTimer.expires_after(kDescribeEvery);
  m_describeTimer.async_wait([this](boost::system::error_code stopped) {
    if (!stopped) describe();
  });
}

/// An agent that has nothing to do should be as small as it can.
void AgentLoop::State::restIn(std::chrono::seconds pause) {
  m_restTimer.expires_after(pause);
  m_restTimer.async_wait([this](boost::system::error_code stopped) {
    if (stopped) return;
    if (lookPace() == kLookStill) giveMemoryBack();
    restIn(kDescribeEvery);
  });
}

std::chrono::seconds AgentLoop::State::lookPace() const {
  for (std::size_t i = 0; i < m_sharing.projects(); ++i) {
    if (m_sharing.running(i) > 0) return kLookRunning;
  }
  return kLookStill;
}

/// The sensors may hang where a display or a bus does: the loop goes on meanwhile.
void AgentLoop::State::look() {
  m_lookIn = lookPace();
  m_lookTimer.expires_after(*m_lookIn);
  m_lookTimer.async_wait([this](boost::system::error_code stopped) {
    if (stopped) return;
    m_lookIn.reset();
    m_looks->post([this, preferences = m_parts.preferences, ownTime = processorTime()] {
      PolicyFacts facts = m_parts.see(preferences, agentClock(), ownTime);
      asio::post(m_context, [this, facts = std::move(facts)] { see(facts); });
    });
  });
}

void AgentLoop::State::see(const PolicyFacts& facts) {
  carryOut(m_sharing.see(facts, agentClock()));
  changed();
  look();
}

Duration AgentLoop::State::processorTime() const {
  Duration time;
  for (const auto& project : m_projects) time = time + project->processorTime();
  return time;
}

std::string AgentLoop::State::state() {
  std::vector<ProjectFacts> projects;
  for (const auto& project : m_projects) projects.push_back(project->facts());
  return stateJson(m_parts.facts, projects, m_sharing.status(agentClock()));
}

Result<std::optional<std::size_t>> AgentLoop::State::projectNamed(const std::string& name) const {
  if (name.empty()) return std::nullopt;
  for (std::size_t i = 0; i < m_parts.projects.size(); ++i) {
    if (m_parts.projects[i].facts.project == name) return i;
  }
  return fail(ErrorCode::kNotFound, "this agent has no project '" + name.substr(0, limits::kNameBytes) + "'",
              "`hearth-agent projects` lists them.");
}

Result<void> AgentLoop::State::obey(const ControlRequest& request) {
  const auto project = projectNamed(request.project);
  if (!project) return fail(project.error());
  const auto order = [&](const Event& event) {
    if (*project) {
      post(**project, event);
    } else {
      postToAll(event);
    }
  };
  switch (request.verb) {
    case ControlVerb::kRun:
      order(VerbRun{});
      break;
    case ControlVerb::kPause:
      order(VerbPause{request.period});
      break;
    case ControlVerb::kFinish:
      order(VerbFinish{});
      break;
    case ControlVerb::kQuit:
      postToAll(VerbQuit{});
      break;
    case ControlVerb::kSet:
      return setPreference(request.name, request.value);
    case ControlVerb::kPreferences:
    case ControlVerb::kStatus:
    case ControlVerb::kSubscribe:
      break;
  }
  return {};
}

Result<void> AgentLoop::State::setPreference(const std::string& name, const std::string& value) {
  Preferences changedOnes = m_parts.preferences;
  HEARTH_TRY(agent::setPreference(changedOnes, name, value));
  HEARTH_TRY(checkPreferences(changedOnes));
  if (m_parts.keepPreferences) HEARTH_TRY(m_parts.keepPreferences(changedOnes));
  m_parts.preferences = std::move(changedOnes);
  carryOut(m_sharing.prefer(m_parts.preferences, agentClock()));
  changed();
  return {};
}

void AgentLoop::State::post(std::size_t project, Event event) {
  const std::lock_guard lock(m_mutex);
  m_inbox.push_back({project, std::move(event)});
  if (!std::exchange(m_scheduled, true)) {
    asio::post(m_context, [this] { drain(); });
  }
}

void AgentLoop::State::drain() {
  std::vector<Arrived> events;
  {
    const std::lock_guard lock(m_mutex);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kEventsPerRound, m_inbox.size()));
    events.assign(std::make_move_iterator(m_inbox.begin()), std::make_move_iterator(m_inbox.begin() + count));
    m_inbox.erase(m_inbox.begin(), m_inbox.begin() + count);
    m_scheduled = !m_inbox.empty();
    if (m_scheduled) asio::post(m_context, [this] { drain(); });
  }
  Sharing::Out out;
  for (const Arrived& arrived : events) {
    Sharing::Out made = m_sharing.handle(arrived.project, arrived.event, agentClock());
    out.insert(out.end(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
  }
  carryOut(std::move(out));
  changed();
}

/// First everything that must not be lost, a transaction a project, then what it leads to.
void AgentLoop::State::carryOut(Sharing::Out out) {
  std::vector<std::vector<JournalRow>> rows(m_projects.size());
  for (Sharing::Made& made : out) {
    auto& own = rows[made.project];
    own.insert(own.end(), std::make_move_iterator(made.actions.rows.begin()),
               std::make_move_iterator(made.actions.rows.end()));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) m_projects[i]->keep(std::move(rows[i]));
  for (Sharing::Made& made : out) {
    for (Action& action : made.actions.actions) m_projects[made.project]->carryOut(action);
  }
  if (m_lookIn && lookPace() < *m_lookIn) look();
}

void AgentLoop::State::exit(std::size_t project) {
  m_exited[project] = true;
  if (std::all_of(m_exited.begin(), m_exited.end(), [](bool each) { return each; })) m_context.stop();
}

AgentLoop::AgentLoop(asio::io_context& context, LoopParts parts)
    : m_state(std::make_unique<State>(context, std::move(parts))) {}
AgentLoop::~AgentLoop() = default;

Result<void> AgentLoop::start() { return m_state->start(); }
void AgentLoop::post(const Event& event) { m_state->postToAll(event); }
void AgentLoop::setCertificateExpiry(std::size_t project, Instant until) {
  m_state->setCertificateExpiry(project, until);
}

}  // namespace hearth::agent
