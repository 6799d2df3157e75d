// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent_core/actions.h"
#include "agent_core/agent_core.h"
#include "agent_core/event.h"
#include "agent_core/policy.h"
#include "agent_core/preferences.h"
#include "agent_core/presence.h"
#include "agent_core/status.h"
#include "base/random.h"
#include "base/time.h"

namespace hearth::agent {

/// Of a project among those of the agent, as long as it runs; never used again.
using ProjectNumber = std::size_t;

struct ProjectStatus {
  ProjectNumber number = 0;
  std::string name;
  std::uint32_t share = Preferences::kShare;
  Duration charged;  ///< processor time that it has had here, counted for a share of 100
  AgentStatus agent;
};

/// What people are shown of the agent over all its projects.
struct SharingStatus {
  Decision decision;
  Availability availability;
  std::vector<ProjectStatus> projects;
  std::optional<double> celsius;  ///< of the hottest part, where it is measured
  bool presenceTold = false;      ///< by a control client; false: by the agent's own sensors
};

/// The whole agent as a machine without I/O: one AgentCore a project, beneath one policy. Facts, preferences and the
/// events of each project in, rows and actions of each project out. Owned by one thread, which makes every call; never
/// fails. The first events of each project are those of AgentCore, but HostSeen: that one is for all, by machine().
/// There may be no project; they come and go.
///
/// Promises: tasks run only while the Decision lets them and never on more processors or in more memory than it gives,
/// over all projects; whatever is not needed by one project is for the others; projects that have work all the time
/// get processor time in proportion to their shares. A project whose task would miss its deadline goes first, and pays
/// for it later.
class Sharing {
 public:
  struct Made {
    ProjectNumber project;
    Actions actions;
  };
  using Out = std::vector<Made>;

  /// `seed` should differ between hosts. The projects are numbered from 0 on.
  Sharing(std::uint64_t seed, const std::vector<std::string>& projects);

  /// One more, or one less: its core should have said Exit.
  ProjectNumber add(const std::string& name, Instant now, Out& out);
  Out remove(ProjectNumber project, Instant now);

  /// What the machine offers to tasks, at full shares. Comes before any event, and again when it changes.
  Out machine(const HostSeen& seen, Instant now);
  Out prefer(const Preferences& preferences, Instant now);
  /// What the sensors saw. Asked for now and then, at decision().next at the latest.
  Out see(const PolicyFacts& facts, Instant now);
  /// What a control client sees of its user; none: the client is gone.
  Out presence(std::uint64_t teller, const std::optional<Presence>& said, Instant now);
  /// An event of one project. One that is gone is not minded.
  Out handle(ProjectNumber project, const Event& event, Instant now);

  const Decision& decision() const { return m_decision; }
  const Preferences& preferences() const { return m_preferences; }
  SharingStatus status(Instant now) const;
  /// Processors on which tasks run now.
  std::uint64_t running() const;

 private:
  struct Project {
    ProjectNumber number = 0;
    std::string name;
    std::unique_ptr<AgentCore> core;
    std::uint32_t share = Preferences::kShare;
    double used = 0;  ///< processor-seconds for each part of its share: the virtual time of start-time fair queuing
    double kept = 0;  ///< `used` in the journal
    std::uint64_t running = 0;  ///< processors of its tasks that run, since m_now
    bool active = false;        ///< has work
    bool restored = false;
    std::optional<Allowance> told;
  };
  /// A project's claims on their way through one round of allotting.
  struct Queue {
    std::size_t project = 0;
    std::vector<Claim> claims;
    std::vector<bool> stays;
    std::size_t next = 0;
    double used = 0;  ///< as it will be when what was allotted so far has run
    std::uint64_t processors = 0, running = 0, memory = 0;
  };

  Project* find(ProjectNumber project);
  void place(const std::string& name);
  void pass(Instant now);
  void decide();
  void share(const Project* touched);
  std::vector<Queue> queues();
  void allotMemory(std::vector<Queue>& queues) const;
  void allotProcessors(std::vector<Queue>& queues) const;
  Queue* foremost(std::vector<Queue>& queues) const;
  Allowance allowanceOf(const Queue& queue, double shares, double least) const;
  void settleCredit(double shares);
  double credit(double shares) const;
  void takeUp(Project& project, const Ledger& ledger);
  static Duration charged(const Project& project);
  HostSeen offered() const;
  void tell(Project& project, const Event& event);
  void date(CountRun& run) const;
  void keepLedgers();

  Instant m_now;
  Out m_out;  ///< of the call under way
  RandomStream m_random;
  ProjectNumber m_nextNumber = 0;
  std::vector<Project> m_projects;
  Policy m_policy;
  PolicyFacts m_seen;  ///< by the sensors
  Presences m_presences;
  Preferences m_preferences;
  std::optional<HostSeen> m_machine;
  std::optional<HostSeen> m_offered;
  Decision m_decision;
  Availability m_availability;
  Instant m_ledgersKept;
};

}  // namespace hearth::agent
