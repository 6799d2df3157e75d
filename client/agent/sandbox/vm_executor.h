// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "sandbox/executor.h"

namespace hearth::sandbox {

/// The virtual machine executor (docs/sandbox.md): each task has a machine of its own, a QEMU microvm without any
/// network, and QEMU itself runs as a task of bubblewrap's. Package and folder go in on one disk; streams and what was
/// written come out on another and are put into the task's folder when the machine has ended. In the machine everything
/// lies in memory: it takes that of the task, its package, its inputs and its disk together.
struct VmOptions {
  std::filesystem::path machine;  ///< what packaging/vm/build-guest made
  BubblewrapOptions confinement;  ///< of QEMU; its scratch is used for the disks too
  bool emulate = false;           ///< without KVM, processors are emulated, ten to two hundred times slower; false: no
                                  ///< task runs then
  std::filesystem::path accelerator = "/dev/kvm";
  Duration patience = Duration::seconds(10);  ///< until a first machine with KVM counts as hanging
};
/// Tries a machine with KVM for a limited time, since there are hosts on which it is there and hangs; limitation() says
/// what came of it. Fails where a part is missing.
Result<std::unique_ptr<Executor>> makeVmExecutor(VmOptions options);

/// Two executors as one: a task that demands more than `usual` can do goes to `machine`, every other to `usual`. Its
/// tier is the better of the two.
std::unique_ptr<Executor> makeTieredExecutor(std::unique_ptr<Executor> usual, std::unique_ptr<Executor> machine);

}  // namespace hearth::sandbox
