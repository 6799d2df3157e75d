// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/attempt.h"
#include "model/requirements.h"

namespace hearth::sandbox {

/// Where a program that knows checkpoints writes its state, in its own directory. Its environment names the place, as
/// it sees it, as kCheckpointVariable.
inline constexpr const char* kCheckpointFile = ".hearth-checkpoint";
inline constexpr const char* kCheckpointVariable = "HEARTH_CHECKPOINT";

/// Which system calls a program may make.
enum class SystemCalls {
  kTask,     ///< what computing needs
  kDevices,  ///< and to control the devices that it was given
  kMachine,  ///< and what QEMU needs
};

/// One run of a program, ready to start: everything expanded, every file in place.
struct RunSpec {
  std::filesystem::path packageRoot;  ///< folder whose entries become the task's read-only root
  std::filesystem::path work;  ///< the task's own directory, becomes /work: inputs are in it, outputs appear in it
  std::string program;         ///< absolute path inside the sandbox
  std::vector<std::string> arguments;  ///< without the program's name
  std::vector<std::pair<std::string, std::string>> environment;
  std::string standardInput;                            ///< path below work, or empty for nothing
  std::filesystem::path standardOutput, standardError;  ///< files made outside of work, cut at limits::kStreamBytes
  std::uint64_t standardOutputBytes =
      0;  ///< other than 0: the cut of standard output, which is a declared output then; passing it is
          ///< ExitKind::kDiskLimit, since a cut output would be a wrong one
  std::uint32_t processors = 1;
  std::uint64_t memoryBytes = 0;
  std::uint64_t diskBytes = 0;  ///< growth of work, and /tmp
  std::uint32_t processes = 64;
  Duration time;                               ///< wall time, the frozen part not counted
  std::string workingFolder;                   ///< where it starts, absolute; empty: /work
  std::uint32_t user = 65534, group = 65534;   ///< what it is inside; outside it is never root
  SandboxTier least = SandboxTier::kNone;      ///< the least that it accepts, where an executor has more than one
  std::vector<std::filesystem::path> devices;  ///< nodes below /dev that it sees under the same names
  bool checkpoints = false;                    ///< it knows checkpoints (docs/checkpoints.md)
  /// With `checkpoints`: it has written a new one. Called on a thread of the executor, never after onEnd; soon after,
  /// not at once, and once for several that come close together.
  std::function<void()> onCheckpoint;
};

/// How it ended, before anybody looked for outputs.
struct RunEnd {
  ExitKind exit = ExitKind::kOk;
  std::int32_t exitCode = 0;
  std::string reason;  ///< for people
  Usage usage;
};

/// A run under way. Owned by whoever started it; destroying it stops the task and waits until its last process is gone
/// and onEnd has returned (unless it is destroyed within an onEnd). The calls return at once and take effect in their
/// order.
class Run {
 public:
  virtual ~Run() = default;
  virtual void freeze() = 0;
  virtual void thaw() = 0;
  /// Asks the program for its state; RunSpec::onCheckpoint tells when it has written it. Nothing where it knows none.
  virtual void checkpoint() = 0;
  /// Ends it at once; onEnd still comes, with kHostFailed and this reason.
  virtual void stop(std::string reason) = 0;
  virtual Usage usage() const = 0;
};

/// Confines and runs programs. Thread-safe. Destroying it ends all runs and calls their onEnd; not to be done within an
/// onEnd.
class Executor {
 public:
  virtual ~Executor() = default;
  /// What it can enforce here, found by running the hardened command once.
  virtual SandboxTier tier() const = 0;
  /// Why it is no better, in words for the volunteer; empty at the best tier.
  virtual const std::string& limitation() const = 0;
  /// `onEnd` is called once, on a thread of the executor.
  virtual Result<std::unique_ptr<Run>> start(RunSpec spec, std::function<void(RunEnd)> onEnd) = 0;
};

/// Takes the declared outputs out of a task's directory after its run: regular files only, no link followed at any
/// level (openat2 RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS), copied 0600 into `to`, at most `limitBytes` together. Returns
/// path, size; the caller hashes.
struct Collected {
  std::string path;
  std::filesystem::path file;
  std::uint64_t size = 0;
};
Result<std::vector<Collected>> collectOutputs(const std::filesystem::path& work,
                                              const std::vector<std::string>& required,
                                              const std::vector<std::string>& optional, const std::filesystem::path& to,
                                              std::uint64_t limitBytes);

/// Removes a task's folder, whatever the task made of it: nested deeper than there are descriptors, closed to its
/// owner.
Result<void> removeWork(const std::filesystem::path& work);

/// The bubblewrap executor (DESIGN §7, docs/sandbox.md). `scratch` is a folder of its own. Fails, with what to do,
/// where a part of it is not there (bubblewrap, the init, the folder). Where the parts are there and cannot confine, as
/// without user namespaces, its tier is kNone, limitation() says why and what to do, and start() refuses.
struct BubblewrapOptions {
  std::filesystem::path bubblewrap = "/usr/bin/bwrap";
  std::filesystem::path scratch;
  std::filesystem::path init;  ///< hearth-task-init, our static pid 1
  /// Whom tasks belong to where the agent runs as root; neither needs an entry in /etc/passwd. Unused otherwise.
  std::uint32_t user = 64999, group = 64999;
  /// Tasks get only what nobody else on the machine wants (SCHED_IDLE); false: a lower share than others (nice 10).
  bool background = true;
  /// Of every task that has no devices.
  SystemCalls calls = SystemCalls::kTask;
  /// A cgroup v2 folder that is the agent's alone; empty: the agent's own group where it was delegated, else none.
  std::filesystem::path controlGroup;
  /// systemd's busctl, by which the agent gets a delegated group where its own was not; empty: it is not tried.
  std::filesystem::path busctl;
  /// Where the kernel counts what it ended for want of memory.
  std::filesystem::path kernelCounters = "/proc/vmstat";
};
Result<std::unique_ptr<Executor>> makeBubblewrapExecutor(BubblewrapOptions options);

/// The Landlock executor: for hosts that block user namespaces. A weaker tier (kProcess), as its limitation() says: no
/// other files can be opened and no other process reached, but they are not hidden. Only programs that are linked
/// statically run. Fails where the kernel has no Landlock.
struct LandlockOptions {
  std::filesystem::path scratch;
  std::filesystem::path init;  ///< hearth-task-init, here the guardian of the task
  /// Below which the packages lie: what an earlier agent left of them running is ended.
  std::vector<std::filesystem::path> packages;
  std::uint32_t user = 64999, group = 64999;
  bool background = true;
  std::filesystem::path controlGroup, busctl;  ///< as BubblewrapOptions'
  int mostLandlock = 7;                        ///< use no more of Landlock than this version has
  std::filesystem::path kernelCounters = "/proc/vmstat";
};
Result<std::unique_ptr<Executor>> makeLandlockExecutor(LandlockOptions options);

/// The best executor of processes that this machine has: bubblewrap where it can confine, else Landlock. Where both
/// fail, bubblewrap's, which refuses and says why, or its error.
Result<std::unique_ptr<Executor>> makeExecutor(BubblewrapOptions options, std::vector<std::filesystem::path> packages);

}  // namespace hearth::sandbox
