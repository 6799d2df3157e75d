// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/ladder.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "base/check.h"
#include "sim/event_queue.h"

namespace hearth::sim {
namespace {

constexpr std::uint32_t kNone = ~0U;

struct LadderTask {
  bool done = false;
  bool waiting = false;  ///< begun, and every attempt has lost its claim
  std::uint32_t claims = 0;
  std::vector<std::uint32_t> hosts;  ///< of all its attempts
};

struct LadderHost {
  std::size_t span = 0;  ///< the present period of its trace, or the next one
  bool up = false;
  bool claim = false;  ///< its lease holds
  std::uint32_t task = kNone;
  Duration left;           ///< of its task, as of `since`
  Duration since;          ///< it runs without interruption from then on
  std::uint32_t life = 0;  ///< counts what makes planned happenings stale
};

class Ladder {
 public:
  Ladder(Traces traces, const Bag& bag, const LadderOptions& options);
  BagRun run();

 private:
  enum Kind : std::uint32_t { kUp, kDown, kAsk, kFinish, kLeaseEnds, kDrop };
  static constexpr std::uint32_t kKinds = 8;

  void plan(Duration at, std::uint32_t host, Kind kind);
  void happen(std::uint32_t number, Kind kind);
  void goUp(std::uint32_t number);
  void goDown(std::uint32_t number);
  void ask(std::uint32_t number);
  void give(std::uint32_t number, std::uint32_t task);
  void resume(std::uint32_t number);
  void finish(std::uint32_t number);
  void loseClaim(std::uint32_t number);
  void drop(std::uint32_t number);
  std::optional<std::uint32_t> choose(std::uint32_t number);
  std::optional<std::uint32_t> chooseReplica(std::uint32_t number);
  bool tried(std::uint32_t number, const LadderTask& task) const;
  std::uint64_t unassigned() const { return m_tasks.size() - m_cursor + m_waiting.size(); }

  Traces m_traces;
  Bag m_bag;
  LadderOptions m_options;
  double m_meanBenchmark = 0;
  EventQueue m_queue;
  Duration m_now;
  std::vector<LadderTask> m_tasks;
  std::vector<LadderHost> m_hosts;
  std::deque<std::uint32_t> m_waiting;
  std::vector<std::uint32_t> m_begun;  ///< tasks that may be replicated, with some that are done
  std::uint32_t m_cursor = 0;
  std::uint64_t m_done = 0, m_attempts = 0;
  double m_executed = 0;  ///< Mflop
  BagRun m_run;
};

Ladder::Ladder(Traces traces, const Bag& bag, const LadderOptions& options)
    : m_traces(traces), m_bag(bag), m_options(options), m_tasks(bag.tasks), m_hosts(traces.size()) {
  for (std::uint32_t number = 0; number < traces.size(); ++number) {
    const HostTrace& trace = traces[number];
    m_meanBenchmark += trace.benchmark / static_cast<double>(traces.size());
    if (!trace.up.empty()) plan(trace.up.front().from, number, kUp);
  }
}

BagRun Ladder::run() {
  while (m_done < m_bag.tasks) {
    const auto happening = m_queue.next();
    if (!happening) break;
    m_now = {happening->at};
    const auto kind = static_cast<Kind>(happening->what % kKinds);
    const bool ofTrace = kind == kUp || kind == kDown;
    if (ofTrace || happening->what / kKinds == m_hosts[happening->entity].life % (1U << 28)) {
      happen(happening->entity, kind);
    }
  }
  for (std::uint32_t number = 0; number < m_hosts.size(); ++number) drop(number);
  m_run.done = m_done == m_bag.tasks;
  m_run.makespan = m_now;
  const double useful = static_cast<double>(m_bag.megaflop) * static_cast<double>(m_done);
  m_run.wasted = m_executed > 0 ? 1.0 - useful / m_executed : 0.0;
  m_run.copies = static_cast<double>(m_attempts) / static_cast<double>(m_bag.tasks);
  return m_run;
}

void Ladder::plan(Duration at, std::uint32_t host, Kind kind) {
  m_queue.add(at, host, m_hosts[host].life % (1U << 28) * kKinds + kind);
}

void Ladder::happen(std::uint32_t number, Kind kind) {
  switch (kind) {
    case kUp:
      return goUp(number);
    case kDown:
      return goDown(number);
    case kAsk:
      return ask(number);
    case kFinish:
      return finish(number);
    case kLeaseEnds:
      return loseClaim(number);
    case kDrop:
      drop(number);
      return ask(number);
  }
}

void Ladder::goUp(std::uint32_t number) {
  LadderHost& host = m_hosts[number];
  host.up = true;
  host.since = m_now;
  ++host.life;
  plan(m_traces[number].up[host.span].until, number, kDown);
  if (host.task != kNone && m_tasks[host.task].done) drop(number);
  if (host.task == kNone) return ask(number);
  resume(number);
}

/// A host that comes back has its claim again.
void Ladder::resume(std::uint32_t number) {
  LadderHost& host = m_hosts[number];
  LadderTask& task = m_tasks[host.task];
  if (!host.claim) {
    host.claim = true;
    ++task.claims;
    if (task.waiting) std::erase(m_waiting, host.task);
    task.waiting = false;
  }
  plan(m_now + host.left, number, kFinish);
}

void Ladder::goDown(std::uint32_t number) {
  LadderHost& host = m_hosts[number];
  ++host.life;
  host.up = false;
  ++host.span;
  if (host.span < m_traces[number].up.size()) plan(m_traces[number].up[host.span].from, number, kUp);
  if (host.task == kNone) return;
  host.left = host.left - (m_now - host.since);
  plan(m_now + m_options.lease, number, kLeaseEnds);
}

void Ladder::loseClaim(std::uint32_t number) {
  LadderHost& host = m_hosts[number];
  LadderTask& task = m_tasks[host.task];
  if (task.done || !host.claim) return;
  host.claim = false;
  --task.claims;
  if (task.claims > 0) return;
  task.waiting = true;
  m_waiting.push_back(host.task);
}

void Ladder::ask(std::uint32_t number) {
  if (const std::optional<std::uint32_t> task = choose(number)) return give(number, *task);
  plan(m_now + m_options.interval, number, kAsk);
}

bool Ladder::tried(std::uint32_t number, const LadderTask& task) const {
  return std::find(task.hosts.begin(), task.hosts.end(), number) != task.hosts.end();
}

std::optional<std::uint32_t> Ladder::choose(std::uint32_t number) {
  const bool slow = m_traces[number].benchmark < m_options.slow * m_meanBenchmark;
  if (slow && unassigned() < m_hosts.size()) return std::nullopt;
  for (auto position = m_waiting.begin(); position != m_waiting.end(); ++position) {
    const std::uint32_t task = *position;
    if (tried(number, m_tasks[task])) continue;
    m_waiting.erase(position);
    m_tasks[task].waiting = false;
    return task;
  }
  if (m_cursor < m_tasks.size()) {
    m_begun.push_back(m_cursor);
    return m_cursor++;
  }
  return m_options.replicas ? chooseReplica(number) : std::nullopt;
}

/// The task with the fewest claims, the oldest of them.
std::optional<std::uint32_t> Ladder::chooseReplica(std::uint32_t number) {
  std::erase_if(m_begun, [this](std::uint32_t task) { return m_tasks[task].done; });
  std::optional<std::uint32_t> best;
  for (const std::uint32_t index : m_begun) {
    const LadderTask& task = m_tasks[index];
    if (task.waiting || task.hosts.size() >= m_options.attempts || tried(number, task)) continue;
    if (!best || task.claims < m_tasks[*best].claims) best = index;
  }
  return best;
}

void Ladder::give(std::uint32_t number, std::uint32_t index) {
  LadderHost& host = m_hosts[number];
  LadderTask& task = m_tasks[index];
  host.task = index;
  host.claim = true;
  host.left = runTime(m_bag.megaflop, m_traces[number].megaflops);
  host.since = m_now;
  ++host.life;
  task.hosts.push_back(number);
  ++task.claims;
  ++m_attempts;
  plan(m_now + host.left, number, kFinish);
}

void Ladder::finish(std::uint32_t number) {
  const std::uint32_t index = m_hosts[number].task;
  LadderTask& task = m_tasks[index];
  const bool first = !task.done;
  task.done = true;
  drop(number);
  if (first) {
    ++m_done;
    if (m_run.ninety == Duration{} && m_done * 10 >= m_bag.tasks * 9) m_run.ninety = m_now;
    if (task.waiting) std::erase(m_waiting, index);
    task.waiting = false;
    for (const std::uint32_t other : task.hosts) {
      if (m_hosts[other].task == index && m_hosts[other].up) plan(m_now + m_options.interval, other, kDrop);
    }
  }
  ask(number);
}

/// The host has no task from now on; what it ran is counted.
void Ladder::drop(std::uint32_t number) {
  LadderHost& host = m_hosts[number];
  ++host.life;
  if (host.task == kNone) return;
  const Duration left = host.up ? host.left - (m_now - host.since) : host.left;
  const Duration ran = runTime(m_bag.megaflop, m_traces[number].megaflops) - left;
  m_executed += ran.inSeconds() * m_traces[number].megaflops;
  if (host.claim && !m_tasks[host.task].done) --m_tasks[host.task].claims;
  host.task = kNone;
}

}  // namespace

BagRun runLadder(Traces traces, const Bag& bag, const LadderOptions& options) {
  HEARTH_CHECK(bag.tasks > 0 && bag.tasks < kNone, "a bag has tasks");
  return Ladder(traces, bag, options).run();
}

}  // namespace hearth::sim
