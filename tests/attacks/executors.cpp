// SPDX-License-Identifier: GPL-3.0-or-later
#include "attacks/executors.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/vm_executor.h"
#include "support/test_machine.h"

namespace hearth::attacks {
namespace {

namespace fs = std::filesystem;

sandbox::BubblewrapOptions bubblewrapOptions(const World& world) {
  sandbox::BubblewrapOptions options;
  options.scratch = world.closed() / "scratch";
  options.init = world.closed() / "hearth-task-init";
  options.user = options.group = static_cast<std::uint32_t>(world.user());
  options.background = false;  // the machine may be busy with other tests
  return options;
}

fs::path groupOf(const World& world) {
  const fs::path mount =
      fs::exists("/sys/fs/cgroup/unified/cgroup.procs") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
  return mount / world.token();
}

/// A delegated group as a service manager makes one: the folder and its files are the agent's, and the agent is in it.
std::string prepareGroup(const World& world, uid_t agent) {
  const fs::path folder = groupOf(world), leaf = folder / "agent";
  if (::mkdir(folder.c_str(), 0755) != 0 || ::mkdir(leaf.c_str(), 0755) != 0) {
    return std::string("no control group can be made here: ") + std::strerror(errno);
  }
  if (!fs::exists(folder / "cgroup.freeze")) return "control groups here cannot freeze";
  for (const fs::path& file :
       {folder, folder / "cgroup.procs", folder / "cgroup.subtree_control", leaf, leaf / "cgroup.procs"}) {
    if (::chown(file.c_str(), agent, agent) != 0) return std::string("no control group can be given away");
  }
  return {};
}

void enterGroup(const World& world) { writeText(groupOf(world) / "agent" / "cgroup.procs", "0"); }

std::string removeGroup(const World& world) {
  const fs::path folder = groupOf(world);
  ::rmdir((folder / "agent").c_str());
  std::string left;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!entry.is_directory()) continue;
    left += entry.path().filename().string() + " ";
    ::rmdir((entry.path() / "run").c_str());
    ::rmdir(entry.path().c_str());
  }
  ::rmdir(folder.c_str());
  return left;
}

ExecutorKind bubblewrap() {
  ExecutorKind kind;
  kind.name = "bubblewrap";
  kind.make = [](const World& world) { return sandbox::makeBubblewrapExecutor(bubblewrapOptions(world)); };
  return kind;
}

ExecutorKind containerImage() {
  ExecutorKind kind;
  kind.name = "container image";
  kind.make = [](const World& world) -> Result<std::unique_ptr<sandbox::Executor>> {
    auto inner = sandbox::makeBubblewrapExecutor(bubblewrapOptions(world));
    if (!inner) return inner;
    return inImage(world, std::move(*inner));
  };
  return kind;
}

ExecutorKind bubblewrapInGroup() {
  ExecutorKind kind;
  kind.name = "bubblewrap, control group";
  kind.make = [](const World& world) {
    auto options = bubblewrapOptions(world);
    options.controlGroup = groupOf(world);
    return sandbox::makeBubblewrapExecutor(options);
  };
  return kind;
}

ExecutorKind inGroup(ExecutorKind kind) {
  kind.prepare = prepareGroup;
  kind.enter = enterGroup;
  kind.cleanUp = removeGroup;
  return kind;
}

/// `most`: what an older kernel has of it. The levels that differ in what the task could do: with and without scopes
/// for signals, and the first one, which knows neither truncation nor ports.
ExecutorKind landlock(const char* name, int most, bool hasGroup = false) {
  ExecutorKind kind;
  kind.name = name;
  kind.walls = Walls::kProcess;
  kind.make = [most, hasGroup](const World& world) {
    sandbox::LandlockOptions options;
    options.scratch = world.closed() / "scratch";
    options.init = world.closed() / "hearth-task-init";
    options.packages = {world.package()};
    options.user = options.group = static_cast<std::uint32_t>(world.user());
    options.background = false;
    options.mostLandlock = most;
    if (hasGroup) options.controlGroup = groupOf(world);
    return sandbox::makeLandlockExecutor(options);
  };
  return kind;
}

/// The parts of a virtual machine where the agent's user can read them.
std::string prepareMachine(const World& world, const std::string& init) {
  const auto made = test::testMachine(HEARTH_SOURCE_DIR, HEARTH_BIN_DIR, init);
  if (!made) return made.error().message;
  if (made->empty()) return "QEMU is not installed";
  fs::copy(*made, world.machine(), fs::copy_options::recursive);
  return {};
}

/// Emulated: whether the machine has KVM must not change what the suite does.
ExecutorKind virtualMachine() {
  ExecutorKind kind;
  kind.name = "vm";
  kind.walls = Walls::kMachine;
  kind.isDear = true;
  kind.prepare = [](const World& world, uid_t) { return prepareMachine(world, "hearth-guest-init"); };
  kind.make = [](const World& world) {
    sandbox::VmOptions options;
    options.machine = world.machine();
    options.confinement = bubblewrapOptions(world);
    options.emulate = true;
    options.accelerator = "/nonexistent/kvm";
    return sandbox::makeVmExecutor(options);
  };
  return kind;
}

/// With a system that a task has taken over.
ExecutorKind takenMachine() {
  ExecutorKind kind = virtualMachine();
  kind.name = "vm, taken over";
  kind.walls = Walls::kTakenMachine;
  kind.attacks = guestAttacks;
  kind.prepare = [](const World& world, uid_t) { return prepareMachine(world, "hearth-hostile-guest"); };
  return kind;
}

/// The modules' programs, as publishing makes them, in the package.
std::string prepareModules(const World& world, uid_t) {
  const fs::path to = world.package() / "bin/modules", log = world.base() / "modules.log";
  const std::string command = "HEARTH_BIN_DIR=" + std::string(HEARTH_BIN_DIR) + " python3 -B " + HEARTH_SOURCE_DIR +
                              "/tests/attacks/modules/build.py " + to.string() + " >" + log.string() + " 2>&1";
  return std::system(command.c_str()) == 0 ? "" : readText(log);
}

ExecutorKind ofModules(ExecutorKind kind) {
  kind.name = "wasm, " + kind.name;
  kind.attacks = moduleAttacks;
  kind.prepare = prepareModules;
  return kind;
}

ExecutorKind bare(const char* name, Walls walls) {
  ExecutorKind kind;
  kind.name = name;
  kind.walls = walls;
  kind.make = [](const World&) -> Result<std::unique_ptr<sandbox::Executor>> { return makeBareExecutor(); };
  return kind;
}

/// The modules' source as a usual program.
ExecutorKind bareModules() {
  ExecutorKind kind = bare("none, no module", Walls::kNothing);
  kind.attacks = moduleAttacks;
  kind.prepare = [](const World& world, uid_t) -> std::string {
    fs::create_directory(world.package() / "bin/modules");
    fs::copy_file(fs::path(HEARTH_BIN_DIR) / "hearth-hostile-module", world.package() / "bin/modules/hostile");
    return {};
  };
  return kind;
}

}  // namespace

const std::vector<ExecutorKind>& foils() {
  static const std::vector<ExecutorKind> all = {bare("none", Walls::kNothing), bareModules()};
  return all;
}

const std::vector<ExecutorKind>& executors() {
  static const std::vector<ExecutorKind> all = {bubblewrap(),
                                                inGroup(bubblewrapInGroup()),
                                                containerImage(),
                                                landlock("Landlock", 7),
                                                inGroup(landlock("Landlock, control group", 7, true)),
                                                landlock("Landlock, version 4", 4),
                                                landlock("Landlock, version 1", 1),
                                                ofModules(bubblewrap()),
                                                ofModules(landlock("Landlock", 7)),
                                                ofModules(bare("its own walls", Walls::kModule)),
                                                virtualMachine(),
                                                takenMachine()};
  return all;
}

}  // namespace hearth::attacks
