// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_core/sharing.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hearth::agent {
namespace {

constexpr Duration kLedgerEvery = Duration::minutes(10);
/// A project that had no work for a while may catch up on so much of the machine's time, not on more.
constexpr Duration kCredit = Duration::days(1);
/// The sensors are looked at more often than this: in a longer silence the machine slept.
constexpr Duration kLongestSilence = Duration::minutes(10);
/// The ledger counts for a share of so much, so that it holds when shares change.
constexpr double kUnit = Preferences::kShare;

std::optional<Standstill> standstill(const std::vector<Obstacle>& obstacles) {
  if (obstacles.empty()) return std::nullopt;
  const Obstacle& last = lasting(obstacles);
  return Standstill{last.reason, last.until, last.ends};
}

/// As AgentCore orders its own claims: what is leaving, in danger, running, frozen, waiting.
int rankOf(const Claim& claim) {
  return claim.leaving ? -1 : claim.endangered ? 0 : claim.running && !claim.frozen ? 1 : claim.running ? 2 : 3;
}

}  // namespace

Sharing::Sharing(std::uint64_t seed, const std::vector<std::string>& projects) : m_random(seed) {
  for (const std::string& name : projects) place(name);
}

void Sharing::place(const std::string& name) {
  Project project;
  project.number = m_nextNumber++;
  project.name = name;
  project.share = m_preferences.shareOf(name);
  project.core = std::make_unique<AgentCore>(m_random.next());
  m_projects.push_back(std::move(project));
}

Sharing::Project* Sharing::find(ProjectNumber project) {
  const auto found =
      std::find_if(m_projects.begin(), m_projects.end(), [&](const Project& each) { return each.number == project; });
  return found == m_projects.end() ? nullptr : &*found;
}

ProjectNumber Sharing::add(const std::string& name, Instant now, Out& out) {
  pass(now);
  place(name);
  // Each has less disk now; the new one is told what there is with the others.
  m_offered.reset();
  decide();
  share(nullptr);
  out = std::exchange(m_out, {});
  return m_projects.back().number;
}

Sharing::Out Sharing::remove(ProjectNumber project, Instant now) {
  pass(now);
  std::erase_if(m_projects, [&](const Project& each) { return each.number == project; });
  decide();
  share(nullptr);
  return std::exchange(m_out, {});
}

std::uint64_t Sharing::running() const {
  std::uint64_t processors = 0;
  for (const Project& project : m_projects) processors += project.running;
  return processors;
}

Sharing::Out Sharing::machine(const HostSeen& seen, Instant now) {
  pass(now);
  m_machine = seen;
  decide();
  share(nullptr);
  return std::exchange(m_out, {});
}

Sharing::Out Sharing::prefer(const Preferences& preferences, Instant now) {
  pass(now);
  m_preferences = preferences;
  for (Project& project : m_projects) {
    project.share = preferences.shareOf(project.name);
  }
  decide();
  share(nullptr);
  return std::exchange(m_out, {});
}

Sharing::Out Sharing::see(const PolicyFacts& facts, Instant now) {
  pass(now);
  m_seen = facts;
  decide();
  share(nullptr);
  return std::exchange(m_out, {});
}

Sharing::Out Sharing::presence(std::uint64_t teller, const std::optional<Presence>& said, Instant now) {
  pass(now);
  m_presences.tell(teller, said, now);
  decide();
  share(nullptr);
  return std::exchange(m_out, {});
}

Sharing::Out Sharing::handle(ProjectNumber number, const Event& event, Instant now) {
  pass(now);
  Project* project = find(number);
  if (project == nullptr) return {};
  tell(*project, event);
  if (const auto* restored = std::get_if<Restored>(&event)) takeUp(*project, restored->ledger);
  if (m_decision.next <= now) decide();
  share(project);
  return std::exchange(m_out, {});
}

void Sharing::takeUp(Project& project, const Ledger& ledger) {
  project.used = project.kept = ledger.charged.inSeconds() / kUnit;
  project.restored = true;
  if (ledger.availability.seen > m_availability.seen) {
    m_availability = ledger.availability;
    m_availability.seen = std::min(m_availability.seen, m_now);  // the clock was set back
    m_availability.pass(m_now, 0);                               // the agent did not run
  }
  const auto all = [](const Project& each) { return each.restored; };
  if (!std::all_of(m_projects.begin(), m_projects.end(), all)) return;
  double most = 0, shares = 0;
  for (const Project& each : m_projects) {
    most = std::max(most, each.used);
    shares += each.share;
  }
  // A project that was joined just now has had nothing, and is not owed all that the others ever had.
  for (Project& each : m_projects) each.used = std::max(each.used, most - credit(shares));
}

double Sharing::credit(double shares) const {
  return kCredit.inSeconds() * m_machine->description.processors / std::max(1.0, shares);
}

/// The time that has passed is charged to whom it was given.
void Sharing::pass(Instant now) {
  const Instant before = std::exchange(m_now, std::max(m_now, now));
  if (!m_machine || now <= before || before == Instant{}) return;
  const Duration awake = std::min(now - before, kLongestSilence);
  for (Project& project : m_projects) {
    project.used += static_cast<double>(project.running) * awake.inSeconds() / project.share;
  }
  const double whole = std::max(1U, m_machine->description.processors);
  m_availability.pass(before + awake, m_decision.processors / whole);
  if (before + awake == now) return;
  m_availability.pass(now, 0);
  for (Project& project : m_projects) tell(project, Slept{now - before - awake});
}

void Sharing::decide() {
  if (!m_machine) return;
  PolicyFacts facts = m_presences.over(m_seen);
  facts.processors = m_machine->description.processors;
  facts.memoryBytes = m_machine->description.memoryBytes;
  facts.diskFreeBytes = m_machine->description.diskBytes;
  m_decision = m_policy.decide(facts, m_preferences, m_now);
  HostSeen seen = offered();
  if (m_offered && m_offered->description == seen.description && m_offered->limitation == seen.limitation) return;
  m_offered = std::move(seen);
  for (Project& project : m_projects) tell(project, *m_offered);
}

/// What the machine gives at the best of times: a server need not know when its owner is at home.
HostSeen Sharing::offered() const {
  HostSeen seen = *m_machine;
  const std::uint32_t processors = std::max(m_preferences.idle.processors, m_preferences.inUse.processors);
  const std::uint32_t memory = std::max(m_preferences.idle.memory, m_preferences.inUse.memory);
  HostDescription& description = seen.description;
  description.processors = std::max(1U, description.processors * processors / 100);
  description.memoryBytes = description.memoryBytes * memory / 100;
  description.diskBytes = m_decision.diskBytes / std::max<std::size_t>(1, m_projects.size());
  return seen;
}

void Sharing::tell(Project& project, const Event& event) {
  Actions actions = project.core->handle(event, m_now);
  for (JournalRow& row : actions.rows) {
    if (auto* run = std::get_if<CountRun>(&row)) date(*run);
  }
  if (!actions.rows.empty() || !actions.actions.empty()) m_out.push_back({project.number, std::move(actions)});
}

/// Energy is an estimate: what a busy processor draws more than an idle one, as the owner says or as is usual.
void Sharing::date(CountRun& run) const {
  const Duration local = m_now + m_seen.localOffset - Instant{};
  run.day = std::max<std::int64_t>(0, local.micros) / Duration::days(1).micros;
  run.joules = static_cast<std::uint64_t>(run.processorTime.inSeconds() * m_preferences.watts + 0.5);
}

std::vector<Sharing::Queue> Sharing::queues() {
  std::vector<Queue> queues(m_projects.size());
  for (std::size_t i = 0; i < m_projects.size(); ++i) {
    queues[i].project = i;
    queues[i].claims = m_projects[i].core->claims(m_now);
    queues[i].used = m_projects[i].used;
    m_projects[i].active = m_projects[i].core->offersWork();
  }
  return queues;
}

/// Whose claim is met next: the more urgent kind, then the earlier deadline, then whoever had the least of its share.
Sharing::Queue* Sharing::foremost(std::vector<Queue>& queues) const {
  Queue* first = nullptr;
  const auto key = [](const Queue& queue) {
    const Claim& claim = queue.claims[queue.next];
    return std::tuple{rankOf(claim), claim.endangered ? claim.deadline : Instant{}, queue.used, queue.project};
  };
  for (Queue& queue : queues) {
    if (queue.next == queue.claims.size()) continue;
    if (first == nullptr || key(queue) < key(*first)) first = &queue;
  }
  return first;
}

/// Memory of what runs or is frozen is taken in any case; what has none to stay in is stopped by its core.
void Sharing::allotMemory(std::vector<Queue>& queues) const {
  std::uint64_t memory = m_decision.memoryBytes;
  while (Queue* queue = foremost(queues)) {
    const Claim& claim = queue->claims[queue->next++];
    const bool stays = claim.leaving || (claim.running && claim.memoryBytes <= memory);
    queue->stays.push_back(stays);
    if (!stays) continue;
    memory -= std::min(memory, claim.memoryBytes);
    queue->memory += claim.memoryBytes;
  }
  for (Queue& queue : queues) queue.next = 0;
}

/// The same rules as AgentCore::settleRuns() over the claims of all, so that each core finds exactly the room for those
/// of its tasks that were chosen here.
void Sharing::allotProcessors(std::vector<Queue>& queues) const {
  std::uint64_t processors = m_decision.processors, memory = m_decision.memoryBytes;
  for (const Queue& queue : queues) memory -= std::min(memory, queue.memory);
  bool full = !m_decision.mayCompute();
  while (Queue* queue = foremost(queues)) {
    const std::size_t at = queue->next++;
    const Claim& claim = queue->claims[at];
    if (claim.leaving) {
      queue->processors += claim.processors;
      queue->running += claim.frozen ? 0 : claim.processors;
      processors -= std::min<std::uint64_t>(processors, claim.processors);
      continue;
    }
    const bool fits =
        claim.processors <= processors && (claim.running ? queue->stays[at] : claim.memoryBytes <= memory);
    const bool runs = fits && m_decision.mayCompute() && (claim.running || !full);
    if (!runs) {
      full = full || !claim.running;
      continue;
    }
    processors -= claim.processors;
    queue->processors += claim.processors;
    queue->running += claim.processors;
    queue->used += claim.processors * claim.seconds / m_projects[queue->project].share;
    if (claim.running) continue;
    memory -= claim.memoryBytes;
    queue->memory += claim.memoryBytes;
  }
}

/// Who had no work is not owed all that the others had meanwhile.
void Sharing::settleCredit(double shares) {
  double least = -1;
  for (const Project& project : m_projects) {
    if (project.active && (least < 0 || project.used < least)) least = project.used;
  }
  if (least < 0) return;
  for (Project& project : m_projects) {
    if (!project.active) project.used = std::max(project.used, least - credit(shares));
  }
}

Allowance Sharing::allowanceOf(const Queue& queue, double shares, double least) const {
  const Project& project = m_projects[queue.project];
  Allowance allowance;
  allowance.computing = standstill(m_decision.computing);
  allowance.network = standstill(m_decision.network);
  allowance.fetching = standstill(m_decision.fetching);
  allowance.processors = static_cast<std::uint32_t>(queue.processors);
  allowance.memoryBytes = queue.memory;
  allowance.diskBytes = m_decision.diskBytes / m_projects.size();
  allowance.availability = m_availability.fraction;
  allowance.buffer = m_preferences.buffer;
  if (!m_decision.mayFetch()) return allowance;
  const double whole = m_offered->description.processors;
  allowance.slots = whole * project.share / std::max<double>(shares, project.share);
  // Whoever's turn is next may fill a processor, however small its share.
  if (project.used <= least) allowance.slots = std::max(allowance.slots, 1.0);
  return allowance;
}

void Sharing::share(const Project* touched) {
  if (!m_machine || m_projects.empty()) return;
  std::vector<Queue> waiting = queues();
  double shares = 0;
  for (const Project& project : m_projects) shares += project.active ? project.share : 0;
  settleCredit(shares);
  double least = -1;
  for (const Project& project : m_projects) {
    if (project.active && (least < 0 || project.used < least)) least = project.used;
  }
  allotMemory(waiting);
  allotProcessors(waiting);
  for (const Queue& queue : waiting) {
    Project& project = m_projects[queue.project];
    Allowance allowance = allowanceOf(queue, shares, least);
    project.running = queue.running;
    if (touched != &project && project.told == allowance) continue;
    project.told = allowance;
    tell(project, Allowed{std::move(allowance)});
  }
  keepLedgers();
}

void Sharing::keepLedgers() {
  if (m_ledgersKept != Instant{} && m_now < m_ledgersKept + kLedgerEvery) return;
  const bool first = m_ledgersKept == Instant{};
  m_ledgersKept = m_now;
  if (first) return;
  for (Project& project : m_projects) {
    if (project.kept == project.used) continue;
    project.kept = project.used;
    m_out.push_back({project.number, {{SaveLedger{{charged(project), m_availability}}}, {}}});
  }
}

Duration Sharing::charged(const Project& project) { return {static_cast<std::int64_t>(project.used * kUnit * 1e6)}; }

SharingStatus Sharing::status(Instant now) const {
  SharingStatus status{m_decision, m_availability, {}, m_seen.celsius, m_presences.any()};
  for (const Project& project : m_projects) {
    status.projects.push_back(
        {project.number, project.name, project.share, charged(project), project.core->status(now)});
  }
  return status;
}

}  // namespace hearth::agent
