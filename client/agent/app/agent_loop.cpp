// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/agent_loop.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>

#include "agent/app/agent_loop_state.h"
#include "agent/app/wall_time.h"
#include "agent/platform/host_facts.h"
#include "agent/platform/memory.h"

namespace hearth::agent {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kEventsPerRound = 512;  // so that the control socket is heard in between
constexpr auto kDescribeEvery = std::chrono::minutes(5);
constexpr auto kStarted = std::chrono::seconds(15);  // what only starting up needs is done by then
// While tasks run, their owner must not wait a second for them to be frozen, though no tray tells; while none does,
// looking around costs only.
constexpr auto kLookRunning = std::chrono::milliseconds(500);
constexpr std::chrono::milliseconds kLookStill = std::chrono::seconds(10);
constexpr auto kClockSet = std::chrono::seconds(1);
constexpr Duration kSlept = Duration::seconds(5);  // beyond what was waited for
constexpr auto kDecided = std::chrono::milliseconds(10);

std::vector<std::string> namesOf(const std::vector<ProjectParts>& projects) {
  std::vector<std::string> names;
  for (const ProjectParts& project : projects) names.push_back(project.facts.project);
  return names;
}

}  // namespace

AgentLoop::State::State(asio::io_context& context, LoopParts given)
    : m_context(context),
      m_parts(std::move(given)),
      m_sharing(m_parts.seed, namesOf(m_parts.projects)),
      m_describeTimer(context),
      m_lookTimer(context),
      m_restTimer(context),
      m_looks(std::make_unique<WorkerPool>(1)),
      m_joins(std::make_unique<WorkerPool>(2)),
      m_invitationTimer(context) {
  for (std::size_t i = 0; i < m_parts.projects.size(); ++i) m_projects[i] = makeShell(i, m_parts.projects[i]);
}

std::unique_ptr<ProjectShell> AgentLoop::State::makeShell(ProjectNumber number, ProjectParts parts) {
  return std::make_unique<ProjectShell>(
      m_context, std::move(parts), m_parts.executor, m_parts.facts.description.platform,
      ProjectShell::Outside{[this, number](Event event) { post(number, std::move(event)); }, agentClock, m_parts.log,
                            [this, number] { boost::asio::post(m_context, [this, number] { exit(number); }); },
                            [this] { changed(); }},
      m_parts.devices);
}

Result<void> AgentLoop::State::start() {
  std::map<ProjectNumber, Restored> restored;
  for (const auto& [number, project] : m_projects) {
    auto contents = project->restore();
    if (!contents) return fail(std::move(contents).error());
    restored[number] = std::move(*contents);
  }
  if (!m_parts.controlSocket.empty()) {
    auto control = ControlServer::start(m_context, m_parts.controlSocket, *this, {ownIdentity(), m_parts.hasSession});
    if (!control) return fail(std::move(control).error());
    m_control = std::move(*control);
  }
  carryOut(m_sharing.prefer(m_parts.preferences, agentClock()));
  carryOut(m_sharing.see(m_parts.see(m_parts.preferences, agentClock(), {}), agentClock()));
  describe();
  for (auto& [number, contents] : restored) post(number, std::move(contents));
  look();
  restIn(kStarted);
  acceptInvitations();
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

std::chrono::milliseconds AgentLoop::State::lookPace() const {
  return m_sharing.running() > 0 ? kLookRunning : kLookStill;
}

/// Until time alone may change what is decided, a little later, so that it has.
std::chrono::microseconds AgentLoop::State::untilDecision() const {
  const Instant next = m_sharing.decision().next, now = agentClock();
  if (next <= now || next == Instant::farFuture()) return std::chrono::microseconds::max();
  return std::chrono::microseconds((next - now).micros) + kDecided;
}

/// The sensors may hang where a display or a bus does: the loop goes on meanwhile.
void AgentLoop::State::look() {
  m_lookIn = lookPace();
  const auto wait = std::min<std::chrono::microseconds>(*m_lookIn, untilDecision());
  const Instant awake = agentClock() + Duration{wait.count()} + kSlept;
  m_lookTimer.expires_after(wait);
  m_lookTimer.async_wait([this, awake](boost::system::error_code stopped) {
    if (stopped) return;
    if (agentClock() > awake) postToAll(Tick{});  // the machine slept, and timers with it
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
  for (const auto& [number, project] : m_projects) time = time + project->processorTime();
  return time;
}

std::string AgentLoop::State::state() {
  std::vector<ProjectFacts> projects;
  for (const auto& [number, project] : m_projects) projects.push_back(project->facts());
  const Instant now = agentClock();
  // Two clocks that are read one after the other never agree: only what somebody set counts.
  const Duration apart = wallClock() - now;
  if (std::chrono::abs(std::chrono::microseconds((apart - m_wallLessAgent).micros)) > kClockSet)
    m_wallLessAgent = apart;
  AgentFacts facts = m_parts.facts;
  facts.started = facts.started + m_wallLessAgent;
  return stateJson(facts, projects, onTheWall(m_sharing.status(now), m_wallLessAgent));
}

void AgentLoop::State::postToAll(const Event& event) {
  for (const auto& [number, project] : m_projects) post(number, event);
}

void AgentLoop::State::post(ProjectNumber project, Event event) {
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
  std::map<ProjectNumber, std::vector<JournalRow>> rows;
  for (Sharing::Made& made : out) {
    auto& own = rows[made.project];
    own.insert(own.end(), std::make_move_iterator(made.actions.rows.begin()),
               std::make_move_iterator(made.actions.rows.end()));
  }
  for (auto& [number, own] : rows) {
    if (const auto project = m_projects.find(number); project != m_projects.end())
      project->second->keep(std::move(own));
  }
  for (Sharing::Made& made : out) {
    const auto project = m_projects.find(made.project);
    if (project == m_projects.end()) continue;  // it could not be opened
    for (Action& action : made.actions.actions) project->second->carryOut(action);
  }
  if (m_lookIn && lookPace() < *m_lookIn) look();
}

void AgentLoop::State::exit(ProjectNumber project) {
  if (m_leaving.contains(project)) return finishLeaving(project);
  m_exited.insert(project);
  stopWhenDone();
}

/// A round later, so that the reply to who asked for it is written first.
void AgentLoop::State::stopWhenDone() {
  if (m_exited.size() != m_projects.size()) return;
  boost::asio::post(m_context, [this] { boost::asio::post(m_context, [this] { m_context.stop(); }); });
}

void AgentLoop::State::quit() {
  m_quitting = true;
  postToAll(VerbQuit{});
  stopWhenDone();
}

AgentLoop::AgentLoop(asio::io_context& context, LoopParts parts)
    : m_state(std::make_unique<State>(context, std::move(parts))) {}
AgentLoop::~AgentLoop() = default;

Result<void> AgentLoop::start() { return m_state->start(); }
void AgentLoop::quit() { m_state->quit(); }

}  // namespace hearth::agent
