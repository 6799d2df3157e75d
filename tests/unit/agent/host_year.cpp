// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/agent/host_year.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>

#include "agent_core/sharing.h"
#include "base/random.h"
#include "unit/agent/core_world.h"
#include "unit/agent/surroundings.h"

namespace hearth::agent::test {
namespace {

constexpr std::size_t kBrokenShown = 10;
constexpr std::uint64_t kTaskMemory = 1ULL << 30;

class Year {
 public:
  explicit Year(const YearOptions& options)
      : m_options(options),
        m_random(options.seed),
        m_surroundings(options.seed + 1),
        m_servers(options.projects.size()) {
    m_report.projects.resize(options.projects.size());
    for (auto& project : m_report.projects) {
      project.months.resize(static_cast<std::size_t>(options.days / 30 + 1));
      project.steady.resize(project.months.size(), true);
    }
  }

  YearReport live() {
    const Instant end = kYearStart + Duration::days(m_options.days);
    boot();
    while (m_now < end) {
      if (const auto until = m_surroundings.off(m_now)) {
        pass(m_now);
        m_now = *until;
        m_counted = m_now;  // switched off: nothing ran
        shutDown();
        boot();
        continue;
      }
      step(end);
    }
    return std::move(m_report);
  }

 private:
  struct Task {
    std::size_t project = 0;
    wire::AssignedAttempt assigned;
    Phase phase = Phase::kAssigned;
    std::uint32_t losses = 0;
    Instant received;
    std::optional<ResultReport> report;
    Duration needs;  ///< of running
    bool fetched = false;
    // Of the present life of the agent
    bool running = false, frozen = false;
    Duration left;
    Instant since;
    std::uint64_t turn = 0;
  };
  struct Server {
    std::map<AttemptId, Task> tasks;  ///< as its agent's journal holds them
    Settings settings;
    Ledger ledger;
  };
  struct Scheduled {
    std::uint64_t life, turn;
    std::size_t project;
    AttemptId attempt;  ///< whose turn must still be `turn`; 0: any
    Event event;
  };

  const YearProject& plan(std::size_t project) const { return m_options.projects[project]; }

  void boot() {
    ++m_life;
    m_queue.clear();
    m_timers.assign(m_servers.size(), Instant::farFuture());
    std::vector<std::string> names;
    for (const YearProject& project : m_options.projects) names.push_back(project.name);
    m_sharing = std::make_unique<Sharing>(m_random.next(), names);
    HostDescription description = host(m_options.processors);
    carryOut(m_sharing->prefer(m_options.preferences, m_now));
    carryOut(m_sharing->machine({description, ""}, m_now));
    look();
    for (std::size_t i = 0; i < m_servers.size(); ++i) {
      Restored restored;
      restored.settings = m_servers[i].settings;
      restored.ledger = m_servers[i].ledger;
      for (auto& [attempt, task] : m_servers[i].tasks) {
        task.running = task.frozen = false;
        ++task.turn;
        restored.attempts.push_back({{task.assigned, jobOf(i)}, task.phase, task.losses, task.received, task.report});
      }
      carryOut(m_sharing->handle(i, restored, m_now));
    }
    check();
  }

  /// The machine is switched off: the agent has stopped its tasks and said so in its journal.
  void shutDown() {
    for (Server& server : m_servers) {
      for (auto& [attempt, task] : server.tasks) {
        if (task.phase == Phase::kRunning) task.phase = Phase::kAssigned;
      }
    }
  }

  std::shared_ptr<const wire::Job> jobOf(std::size_t project) {
    wire::Job made = job(BatchId{project + 1}, plan(project).processors);
    made.requirements.memoryBytes = kTaskMemory;
    made.limits.time = Duration::hours(24);
    return std::make_shared<const wire::Job>(made);
  }

  void look() {
    ++m_report.decisions;
    carryOut(m_sharing->see(m_surroundings.see(m_now, m_busy / m_options.processors), m_now));
    m_nextLook =
        std::min(m_surroundings.next(m_now), std::max(m_sharing->decision().next, m_now + Duration::seconds(1)));
  }

  void step(Instant end) {
    Instant next = std::min(m_nextLook, end);
    std::size_t timer = m_timers.size();
    for (std::size_t i = 0; i < m_timers.size(); ++i) {
      if (m_timers[i] < next) next = m_timers[timer = i];
    }
    if (!m_queue.empty() && m_queue.begin()->first <= next) {
      pass(m_queue.begin()->first);
      const Scheduled due = std::move(m_queue.begin()->second);
      m_queue.erase(m_queue.begin());
      deliver(due);
    } else if (timer < m_timers.size()) {
      pass(next);
      m_timers[timer] = Instant::farFuture();
      carryOut(m_sharing->handle(timer, Tick{}, m_now));
    } else {
      pass(next);
      if (m_options.deaths && m_random.below(2'000) == 0) {
        ++m_report.deaths;
        boot();
      } else {
        look();
      }
    }
    check();
  }

  void deliver(const Scheduled& due) {
    if (due.attempt) {
      const auto task = m_servers[due.project].tasks.find(due.attempt);
      if (task == m_servers[due.project].tasks.end() || task->second.turn != due.turn) return;
      if (std::holds_alternative<TaskEnded>(due.event)) task->second.running = false;
    }
    carryOut(m_sharing->handle(due.project, due.event, m_now));
  }

  /// Time passes; what ran in it is counted.
  void pass(Instant to) {
    const double seconds = std::max(0.0, (to - m_counted).inSeconds());
    const bool online = m_sharing->decision().mayUseNetwork();
    const auto month = static_cast<std::size_t>((m_counted - kYearStart).micros / Duration::days(30).micros);
    for (std::size_t i = 0; i < m_servers.size(); ++i) {
      const double used = static_cast<double>(m_running[i]) * seconds;
      m_report.projects[i].processorSeconds += used;
      m_report.projects[i].months[month] += used;
      if (online) m_report.usedSeconds += used;
    }
    if (online) m_report.allowedSeconds += m_sharing->decision().processors * seconds;
    m_now = std::max(m_now, to);
    m_counted = m_now;
  }

  void carryOut(const Sharing::Out& out) {
    for (const Sharing::Made& made : out) {
      for (const JournalRow& row : made.actions.rows) keep(made.project, row);
      for (const Action& action : made.actions.actions) act(made.project, action);
    }
  }

  void keep(std::size_t project, const JournalRow& row) {
    Server& server = m_servers[project];
    std::visit(
        [&](const auto& each) {
          using Kind = std::decay_t<decltype(each)>;
          if constexpr (std::is_same_v<Kind, SaveAttempt>) {
            Task& task = server.tasks[each.assigned.attempt];
            task.project = project;
            task.assigned = each.assigned;
            task.received = each.received;
            const double spread = 0.7 + 0.6 * m_random.unit();
            task.needs = Duration{static_cast<std::int64_t>(spread * static_cast<double>(plan(project).run.micros))};
          }
          if constexpr (std::is_same_v<Kind, SavePhase>) {
            Task& task = server.tasks.at(each.attempt);
            task.phase = each.phase;
            task.losses = each.losses;
            task.report = each.report;
          }
          if constexpr (std::is_same_v<Kind, DropAttempt>) server.tasks.erase(each.attempt);
          if constexpr (std::is_same_v<Kind, SaveSettings>) server.settings = each.settings;
          if constexpr (std::is_same_v<Kind, SaveLedger>) server.ledger = each.ledger;
        },
        row);
  }

  void at(Duration delay, std::size_t project, Event event, AttemptId attempt = {}, std::uint64_t turn = 0) {
    m_queue.emplace(m_now + delay, Scheduled{m_life, turn, project, attempt, std::move(event)});
  }

  void act(std::size_t project, const Action& action) {
    std::visit([&](const auto& each) { on(project, each); }, action);
  }
  void on(std::size_t project, const Sync& sync) {
    network("calls the server");
    at(Duration::seconds(1), project, SyncReplied{answer(project, sync.request)});
  }
  void on(std::size_t project, const Fetch& fetch) {
    const AttemptId attempt = fetch.work.assigned.attempt;
    Task& task = m_servers[project].tasks.at(attempt);
    if (fetch.fromServer) network("fetches");
    task.fetched = task.fetched || fetch.fromServer;
    if (task.fetched) return at(Duration::seconds(5), project, InputsReady{attempt});
    at(Duration::seconds(5), project, InputsFailed{attempt, {ErrorCode::kUnavailable, "not here", ""}});
  }
  void on(std::size_t project, const Start& start) {
    Task& task = m_servers[project].tasks.at(start.work.assigned.attempt);
    task.running = true;
    task.frozen = false;
    task.left = task.needs;
    resume(project, task);
  }
  void resume(std::size_t project, Task& task) {
    task.since = m_now;
    const AttemptId attempt = task.assigned.attempt;
    at(task.left, project, TaskEnded{attempt, ExitKind::kOk, 0, "", {}}, attempt, ++task.turn);
  }
  void on(std::size_t project, const Freeze& freeze) {
    Task& task = m_servers[project].tasks.at(freeze.attempt);
    demand(task.running && !task.frozen, "what runs is frozen");
    task.frozen = true;
    task.left = task.left - (m_now - task.since);
    ++task.turn;
  }
  void on(std::size_t project, const Thaw& thaw) {
    Task& task = m_servers[project].tasks.at(thaw.attempt);
    demand(task.running && task.frozen, "what is frozen is thawed");
    task.frozen = false;
    resume(project, task);
  }
  void on(std::size_t project, const Stop& stop) {
    Task& task = m_servers[project].tasks.at(stop.attempt);
    demand(task.running, "what runs is stopped");
    m_report.evictions += stop.reason.find("memory") != std::string::npos;
    at(Duration::milliseconds(100), project, TaskEnded{stop.attempt, ExitKind::kHostFailed, 0, stop.reason, {}},
       stop.attempt, ++task.turn);
  }
  void on(std::size_t project, const Collect& collect) {
    const AttemptId attempt = collect.work.assigned.attempt;
    at(Duration::seconds(1), project, OutputsCollected{attempt, {{"out", digestOf(attempt.value), 10, false}}, {}, {}});
  }
  void on(std::size_t project, const Upload& upload) {
    network("uploads");
    at(Duration::seconds(2), project, UploadDone{upload.attempt});
  }
  void on(std::size_t project, const SetTimer& timer) { m_timers[project] = timer.at; }
  template <typename Other>
  void on(std::size_t, const Other&) {}

  wire::SyncReply answer(std::size_t project, const wire::SyncRequest& request) {
    YearReport::Project& report = m_report.projects[project];
    Server& server = m_servers[project];
    wire::SyncReply reply;
    reply.nextSync = Duration::minutes(30);
    for (const wire::ReturnedResult& result : request.results) {
      const Task& task = server.tasks.at(result.attempt);
      const bool late = m_now > task.received + task.assigned.deadline;
      report.late += late;
      report.givenBack += result.report.exit != ExitKind::kOk;
      ++report.returned;
      reply.acks.push_back({result.attempt, wire::AckVerdict::kAccepted, "", {}});
    }
    const std::int64_t day = (m_now - kYearStart).micros / Duration::days(1).micros;
    const bool dry = day >= plan(project).dryFrom && day < plan(project).dryTo;
    if (dry) report.steady[static_cast<std::size_t>(day / 30)] = false;
    for (std::uint32_t i = 0; i < request.free.tasks && !dry; ++i) {
      const std::uint64_t number = ++m_attempts;
      reply.attempts.push_back({AttemptId{number},
                                {BatchId{project + 1}, number},
                                0,
                                Duration::minutes(10),
                                plan(project).deadline,
                                {{"index", "1"}},
                                {}});
      ++report.taken;
    }
    if (!reply.attempts.empty()) reply.jobs = {*jobOf(project)};
    return reply;
  }

  void demand(bool holds, const std::string& what) {
    if (!holds && m_report.broken.size() < kBrokenShown) {
      const std::int64_t minutes = (m_now - kYearStart).micros / Duration::minutes(1).micros;
      m_report.broken.push_back("minute " + std::to_string(minutes) + ": " + what);
    }
  }
  void network(const std::string& what) {
    demand(m_sharing->decision().mayUseNetwork(), what + " while the network is not to be used");
  }

  /// After each event: what runs, against what is allowed.
  void check() {
    ++m_report.events;
    std::uint64_t processors = 0, memory = 0;
    m_running.assign(m_servers.size(), 0);
    for (std::size_t i = 0; i < m_servers.size(); ++i) {
      for (const auto& [attempt, task] : m_servers[i].tasks) {
        if (!task.running) continue;
        memory += kTaskMemory;
        if (!task.frozen) m_running[i] += plan(i).processors;
      }
      processors += m_running[i];
    }
    m_busy = static_cast<double>(processors);
    const Decision& decision = m_sharing->decision();
    demand(decision.mayCompute() || processors == 0, "tasks run while the decision says no");
    demand(processors <= decision.processors, "tasks run on more processors than the decision gives");
    if (memory <= decision.memoryBytes) m_memoryOver = m_now;
    demand(m_now - m_memoryOver <= bounds::kMemoryGrace + kYearPoll + Duration::seconds(5),
           "tasks keep more memory than the decision gives");
    if (processors == 0) listen();
  }

  /// Nothing runs: everybody must say why, and until when or on what it ends.
  void listen() {
    if (m_now < m_heard + Duration::minutes(10)) return;
    m_heard = m_now;
    const SharingStatus status = m_sharing->status(m_now);
    for (const Obstacle& obstacle : status.decision.computing) {
      m_report.silent += obstacle.reason.empty() || (!obstacle.until && obstacle.ends.empty());
    }
    for (const ProjectStatus& project : status.projects) {
      const bool says = !project.agent.reason.empty() && (project.agent.until || !project.agent.ends.empty());
      const bool works = project.agent.state == AgentState::kRunning && !project.agent.reason.empty();
      m_report.silent += !says && !works;
    }
  }

  const YearOptions& m_options;
  RandomStream m_random;
  Surroundings m_surroundings;
  std::vector<Server> m_servers;
  std::unique_ptr<Sharing> m_sharing;
  Instant m_now = kYearStart, m_counted = kYearStart, m_nextLook, m_heard, m_memoryOver = kYearStart;
  std::uint64_t m_life = 0, m_attempts = 0;
  double m_busy = 0;
  std::multimap<Instant, Scheduled> m_queue;
  std::vector<Instant> m_timers;
  std::vector<std::uint64_t> m_running = std::vector<std::uint64_t>(64, 0);
  YearReport m_report;
};

}  // namespace

YearReport liveYear(const YearOptions& options) { return Year(options).live(); }

}  // namespace hearth::agent::test
