// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace hearth::attacks {

/// How the suite leads an attack.
enum class Lead {
  kToItsEnd,  ///< until it ends or is ended
  kStop,      ///< once it is under way it is stopped; then nothing of it may go on
  kFreeze,    ///< once it is under way it is frozen; then nothing of it may go on, until it is thawed
};

/// What the suite looks at besides what the attack itself says that it achieved.
enum class Proof {
  kWords,      ///< nothing else
  kLitter,     ///< the files that its words name must not be on this machine
  kVictim,     ///< the process that it attacks must be alive and untouched
  kSilence,    ///< "ticks*" in its folder must not grow any more
  kStreams,    ///< what is kept of its output must be bounded
  kOutputs,    ///< each output that it declares must be refused by the collector, or be a plain file of its own
  kCleared,    ///< its folder must be removable
  kTrapped,    ///< its host must have ended it, and said why
  kRefused,    ///< publishing must have refused it, so that its program is not there
  kForgeries,  ///< checkpoints that somebody forged: each is refused, or its program goes on within its walls
};

/// Whether it succeeds where nothing confines it. It is what makes its denial mean something.
enum class Bare {
  kSucceeds,  ///< run as an unprivileged user, on any Linux machine
  kDepends,   ///< on what the machine has or allows: run, and either way right
  kNever,     ///< it needs root, or would hit the suite itself: not run
};

/// What it is after.
enum class Aim {
  kFiles,      ///< files and folders
  kKernel,     ///< what the kernel gives besides: privileges, devices, networks, sockets
  kProcesses,  ///< other processes, or to outlive its end
  kResources,  ///< more of the machine than its share
  kOutputs,    ///< whoever takes its outputs or clears its folder
  kWalls,      ///< what keeps a WebAssembly module inside of its program
};

struct Attack {
  std::string name;
  /// The hostile program's words. {home}, {private}, {tmp}, {shm}, {agent}, {victim}, {secret}, {port}, {socket},
  /// {package}, {other}, {token} and {pty} stand for what was planted.
  std::vector<std::string> words;
  std::string namespacesControl;  ///< what stops it in a sandbox of namespaces
  std::string processControl;     ///< what stops it in a sandbox of a mere process (Landlock); empty: the same
  Bare bare = Bare::kSucceeds;
  Lead lead = Lead::kToItsEnd;
  Proof proof = Proof::kWords;
  std::vector<std::string> outputs = {};  ///< declared ones, for kOutputs
  int seconds = 30;                       ///< its limit of time
  Aim aim = Aim::kFiles;
  std::string program = "/bin/hostile";
};

const std::vector<Attack>& catalogue();

/// Those by WebAssembly modules (modules/).
const std::vector<Attack>& moduleAttacks();

/// Those by a virtual machine whose own system is the attacker (guest/).
const std::vector<Attack>& guestAttacks();

/// What stops it in a virtual machine. There it may get what belongs to the machine: that is no harm.
std::string machineControl(const Attack& attack);
/// Whether it would hinder others in the same virtual machine.
bool needsOwnMachine(const Attack& attack);

}  // namespace hearth::attacks
