// SPDX-License-Identifier: GPL-3.0-or-later
// What WebAssembly modules try. The behaviour is in modules/hostile.c and tests/wasm/modules.
#include "attacks/catalogue.h"

namespace hearth::attacks {
namespace {

constexpr const char* kPaths = "the module's host: paths are made normal, and none leads out of its folder";
constexpr const char* kMemory = "the module's own memory: every access is within it, or traps";
constexpr const char* kAddresses = "the module's host: addresses are checked against its memory";
constexpr const char* kDisk = "the disk watch, RLIMIT_FSIZE";
constexpr const char* kTime = "the wall clock of the executor";

Attack module(const char* name, std::vector<std::string> words, const char* control, Aim aim, Bare bare) {
  Attack attack;
  attack.name = name;
  attack.program = "/bin/modules/hostile";
  attack.words = std::move(words);
  attack.namespacesControl = control;
  attack.aim = aim;
  attack.bare = bare;
  return attack;
}

Attack wall(const char* name, std::vector<std::string> words, const char* control, Bare bare = Bare::kNever) {
  return module(name, std::move(words), control, Aim::kWalls, bare);
}

Attack trap(const char* name, std::vector<std::string> words, const char* control) {
  Attack attack = wall(name, std::move(words), control);
  attack.proof = Proof::kTrapped;
  return attack;
}

/// A module of tests/wasm/modules, which takes no words.
Attack trapOf(const char* program, const char* name, const char* control) {
  Attack attack = trap(name, {program}, control);
  attack.program = std::string("/bin/modules/") + program;
  return attack;
}

Attack share(const char* name, std::vector<std::string> words, const char* control, int seconds = 30) {
  Attack attack = module(name, std::move(words), control, Aim::kResources, Bare::kSucceeds);
  attack.seconds = seconds;
  return attack;
}

std::vector<Attack> wallAttacks() {
  const std::string key = "{home}/.ssh/id_ed25519";
  return {
      wall("module-reads-by-absolute-path", {"read", key, "/etc/passwd", "/proc/self/environ", "//etc/passwd"}, kPaths,
           Bare::kSucceeds),
      wall("module-climbs-by-dots", {"climb", key}, kPaths, Bare::kSucceeds),
      wall("module-climbs-from-a-folder", {"climb-from-folder", key}, kPaths, Bare::kSucceeds),
      wall("module-links-out", {"link", key}, "the module's host: there are no links", Bare::kSucceeds),
      wall("module-changes-outside", {"change", "{other}/moved", "{other}/input", "{home}/new"}, kPaths,
           Bare::kDepends),
      wall("module-takes-the-agents-names", {"agent-names"}, "the module's host: the agent's names are reserved",
           Bare::kSucceeds),
      wall("module-looks-around", {"surroundings"}, "the module's host: virtual clocks, no variable of the agent's",
           Bare::kSucceeds),
      wall("module-gives-bad-addresses", {"addresses"}, kAddresses),
      wall("module-guesses-descriptors", {"numbers"}, "the module's host: descriptors are numbers of its own table"),
      trap("module-reads-outside-of-memory", {"read-outside"}, kMemory),
      trap("module-writes-outside-of-memory", {"write-outside"}, kMemory),
      trap("module-reads-as-far-as-it-can", {"read-farthest"}, kMemory),
      trap("module-copies-outside-of-memory", {"copy-outside"}, kMemory),
      trap("module-gives-up", {"give-up"}, "a trap is the end of the module, and of nothing else"),
      trap("module-overflows", {"overflow"}, "conversions are checked"),
      trap("module-nests-in-memory", {"nest"}, kMemory),
      trap("module-raises-a-signal", {"raise"}, "the module's host has no signals"),
      trapOf("outside", "module-loads-beyond-its-address-space", kMemory),
      trapOf("divides", "module-divides-by-zero", "divisions are checked"),
      trapOf("recurses", "module-recurses-without-end", "a guarded stack"),
      trapOf("table", "module-calls-another-type", "calls through the table are checked by type"),
  };
}

std::vector<Attack> shareAttacks() {
  Attack grows = share("module-grows-without-end", {"grows"}, "memory.max, or the memory watch and RLIMIT_DATA");
  grows.program = "/bin/modules/grows";
  grows.proof = Proof::kTrapped;  // or its limit is reached first
  Attack spins = share("module-never-returns", {"spins"}, kTime, 2);
  spins.program = "/bin/modules/spins";
  grows.bare = spins.bare = Bare::kNever;
  Attack flood = share("module-floods-its-output", {"flood", "1"}, "the executor keeps 256 KiB and drops the rest");
  flood.proof = Proof::kStreams;
  Attack sleeps = share("module-sleeps-for-ever", {"sleep-on"}, kTime, 2);
  sleeps.bare = Bare::kNever;
  Attack deep = share("module-nests-folders", {"deep"}, "the module's host: at most 64 deep");
  deep.proof = Proof::kCleared;
  return {grows,
          spins,
          flood,
          sleeps,
          deep,
          share("module-fills-the-disk", {"fill"}, kDisk),
          share("module-makes-a-giant", {"sparse"}, "RLIMIT_FSIZE"),
          share("module-makes-many-files", {"many-files"}, "the disk watch counts each file as 4 KiB"),
          share("module-takes-descriptors", {"descriptors"}, "the module's host: a table of bounded size")};
}

}  // namespace

const std::vector<Attack>& moduleAttacks() {
  static const std::vector<Attack> all = [] {
    std::vector<Attack> joined = wallAttacks();
    for (Attack& attack : shareAttacks()) joined.push_back(std::move(attack));
    Attack refused = trapOf("sockets", "module-wants-sockets-and-a-shell", "publishing: imports that no host has");
    refused.proof = Proof::kRefused;
    joined.push_back(std::move(refused));
    Attack forged = module("module-goes-on-from-forgeries", {"wait"}, "the module's host: a checkpoint is values only",
                           Aim::kOutputs, Bare::kNever);
    forged.proof = Proof::kForgeries;
    joined.push_back(std::move(forged));
    return joined;
  }();
  return all;
}

}  // namespace hearth::attacks
