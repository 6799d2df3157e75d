// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/daemon.h"

#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <signal.h>
#include <unistd.h>

#include "agent/app/agent_loop.h"
#include "agent/app/invitations.h"
#include "agent/app/join.h"
#include "agent/app/open_memberships.h"
#include "agent/app/preference_file.h"
#include "agent/app/served_project.h"
#include "agent/app/settled_speed.h"
#include "agent/app/version.h"
#include "agent/platform/host_facts.h"
#include "agent/platform/machine_marks.h"
#include "agent/platform/memory.h"
#include "agent/platform/sensors.h"
#include "agent/platform/sessions.h"
#include "agent/platform/speed.h"
#include "devices/device_pool.h"
#include "devices/device_scan.h"
#include "sandbox/vm_executor.h"

namespace hearth::agent {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// Where a program of ours that no person starts was installed.
fs::path findProgram(const char* name) {
  const fs::path here = programFolder();
  for (const fs::path& folder :
       {here, here / "../lib/hearth", here / "../libexec/hearth", fs::path("/usr/lib/hearth")}) {
    std::error_code error;
    if (fs::exists(folder / name, error)) return fs::canonical(folder / name, error);
  }
  return here / name;
}

/// The executor, or why there is none.
struct Confinement {
  std::unique_ptr<sandbox::Executor> executor;
  std::string limitation;

  SandboxTier tier() const { return executor ? executor->tier() : SandboxTier::kNone; }
};

/// The same with virtual machines for the tasks that demand one.
Confinement addMachines(Confinement usual, const DaemonOptions& options, const sandbox::BubblewrapOptions& bubblewrap) {
  if (!usual.executor || options.machine.empty()) return usual;
  sandbox::VmOptions machine;
  machine.machine = options.machine;
  machine.confinement = bubblewrap;
  machine.emulate = options.emulate;
  auto executor = sandbox::makeVmExecutor(std::move(machine));
  if (!executor) {
    usual.limitation +=
        (usual.limitation.empty() ? "" : "; ") + executor.error().message + ". " + executor.error().hint;
    return usual;
  }
  auto both = sandbox::makeTieredExecutor(std::move(usual.executor), std::move(*executor));
  std::string limitation = both->limitation();
  return {std::move(both), std::move(limitation)};
}

/// Devices are lent only to tasks that see no others.
std::vector<devices::Device> findDevices(const DaemonOptions& options, SandboxTier tier) {
  if (tier < SandboxTier::kNamespaces || (!options.lendGpus && !options.lendProcessors)) return {};
  devices::ScanOptions wanted;
  wanted.program = findProgram("hearth-agent-devices");
  wanted.processors = options.lendProcessors;
  devices::Scan scan = devices::scanDevices(wanted);
  for (const std::string& problem : scan.problems) options.log(true, problem);
  for (const devices::Device& device : scan.devices) options.log(false, "lends the device " + device.gpu.name);
  return std::move(scan.devices);
}

/// Before the projects are opened, which empties their packages: what an earlier agent left running is known by them.
Confinement confine(const DaemonOptions& daemon) {
  std::vector<fs::path> packages;
  if (const auto joined = joinedProjects(daemon.folder)) {
    for (const Joined& project : *joined) packages.push_back(project.folder.packages());
  }
  sandbox::BubblewrapOptions options;
  options.background = !daemon.dedicated;
  options.scratch = daemon.folder.scratch();
  options.init = findProgram("hearth-task-init");
  options.busctl = "/usr/bin/busctl";
  auto executor = sandbox::makeExecutor(options, std::move(packages));
  if (!executor) return {nullptr, executor.error().message + ". " + executor.error().hint};
  std::string limitation = (*executor)->limitation();
  return addMachines({std::move(*executor), std::move(limitation)}, daemon, options);
}

AgentFacts factsOf(const StateFolder& folder) {
  AgentFacts facts;
  facts.version = kVersion;
  facts.process = static_cast<std::uint64_t>(::getpid());
  facts.started = agentClock();
  facts.folder = folder.root.string();
  return facts;
}

/// A copy of another machine's disk is a host of its own: two that answer to one name would take each other's tasks
/// away. Returns whether the project can be served now.
bool settleOnThisMachine(const DaemonOptions& options, Joined& joined) {
  AgentIdentity& identity = joined.identity;
  const std::vector<std::string> marks = machineMarks();
  if (!isOtherMachine(identity.marks, marks)) {
    if (identity.marks == marks) return true;
    identity.marks = marks;
    const auto stored = storeIdentity(joined.folder, identity);
    if (!stored) options.log(true, stored.error().message);
    return true;
  }
  auto own = becomeAnotherHost(options.folder, joined, options.environment);
  if (!own) {
    options.log(true, "this disk is a copy of another machine's, which is host " + std::to_string(identity.host.value) +
                          " of " + identity.project +
                          "; it could not become a host of its own: " + own.error().message + ". " + own.error().hint);
    return false;
  }
  options.log(true, "this disk is a copy of another machine's: it is host " + std::to_string(own->host.value) + " of " +
                        identity.project + " from now on, host " + std::to_string(identity.host.value) +
                        " stays what it was");
  identity = std::move(*own);
  return true;
}

/// What is served from the start: an agent that has joined nothing waits for its owner to join something.
Result<std::vector<ProjectParts>> openProjects(const DaemonOptions& options, const Preferences& preferences,
                                               OpenMemberships& memberships) {
  auto joined = joinedProjects(options.folder);
  if (!joined) return fail(std::move(joined).error());
  std::vector<ProjectParts> served;
  for (Joined& each : *joined) {
    if (!settleOnThisMachine(options, each)) continue;
    const auto project = memberships.open(each, preferences, joined->size());
    if (!project) return fail(project.error());
    served.push_back(partsOf(*project, options.log));
    const AgentIdentity& identity = each.identity;
    options.log(false, "hearth-agent " + std::string(kVersion) + " serves " + identity.project + " at " +
                           identity.server + " as host " + std::to_string(identity.host.value));
  }
  if (!joined->empty() && served.empty()) {
    return fail(ErrorCode::kUnavailable, "there is no project that this copy of a disk could serve",
                "Join again with a new link: `hearth-agent join LINK`.");
  }
  if (served.empty()) options.log(true, "no project was joined yet: `hearth-agent join LINK`");
  return served;
}

/// How this machine is called, as whoever joined a project said.
std::string nameOf(const StateFolder& folder) {
  const auto joined = listProjects(folder);
  return joined && !joined->empty() ? joined->front().identity.name : "";
}

void quitOnSignals(asio::signal_set& signals, AgentLoop& loop, asio::io_context& context, bool again) {
  signals.async_wait([&signals, &loop, &context, again](boost::system::error_code stopped, int) {
    if (stopped) return;
    if (again) return context.stop();
    loop.quit();
    quitOnSignals(signals, loop, context, true);
  });
}

}  // namespace

Preferences usualPreferences(bool dedicated) { return dedicated ? dedicatedPreferences() : Preferences{}; }

Result<void> runDaemon(const DaemonOptions& options) {
  keepHeapSmall();
  const StateFolder& folder = options.folder;
  const auto lock = lockFile(folder.lock());
  if (!lock) return fail(lock.error());
  continueClock(folder.clock());
  const Preferences usual = usualPreferences(options.dedicated);
  std::string notice;
  const auto preferences = loadPreferencesOrSetAside(folder.preferences(), usual, notice);
  if (!preferences) return fail(preferences.error());
  if (!notice.empty()) options.log(true, notice);
  HEARTH_TRY(folder.prepare());
  const Confinement confinement = confine(options);
  OpenMemberships memberships(folder, options.environment, options.log);
  auto projects = openProjects(options, *preferences, memberships);
  if (!projects) return fail(std::move(projects).error());
  ::signal(SIGPIPE, SIG_IGN);
  options.log(confinement.tier() == SandboxTier::kNone,
              std::string("sandbox: ") + sandboxTierName(confinement.tier()) +
                  (confinement.limitation.empty() ? "" : "; " + confinement.limitation));
  const std::uint32_t speed = settledSpeed(folder.speed(), measureSpeed());
  devices::DevicePool pool(findDevices(options, confinement.tier()));
  LoopParts parts;
  parts.projects = std::move(*projects);
  parts.memberships = &memberships;
  parts.executor = confinement.executor.get();
  parts.devices = &pool;
  parts.controlSocket = options.control.empty() ? folder.control() : options.control;
  parts.hasSession = hasActiveSession;
  parts.invitations = [&] {
    return readInvitations(invitationFolders(), [&](const std::string& problem) { options.log(true, problem); });
  };
  parts.describe = [&] {
    HostSeen seen{describeHost(nameOf(folder), options.offer, confinement.tier(), speed, folder.root),
                  confinement.limitation};
    seen.description.gpus = pool.gpus();
    return seen;
  };
  Sensors sensors;
  parts.see = [&](const Preferences& wanted, Instant now, Duration ownTime) {
    return sensors.see(wanted, now, ownTime);
  };
  parts.preferences = *preferences;
  parts.usualPreferences = usual;
  parts.keepPreferences = [&](const Preferences& changed) {
    return storePreferences(folder.preferences(), changed, usual);
  };
  parts.facts = factsOf(folder);
  parts.facts.notice = std::move(notice);
  parts.facts.description = parts.describe().description;
  parts.log = options.log;
  parts.seed = randomSeed();

  asio::io_context context(1);
  AgentLoop loop(context, std::move(parts));
  HEARTH_TRY(loop.start());
  asio::signal_set signals(context, SIGTERM, SIGINT);
  quitOnSignals(signals, loop, context, false);
  context.run();
  options.log(false, "hearth-agent has quit");
  return {};
}

}  // namespace hearth::agent
