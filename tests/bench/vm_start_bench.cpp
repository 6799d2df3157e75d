// SPDX-License-Identifier: GPL-3.0-or-later
// sandbox_start_vm: what a virtual machine of its own costs a task over a plain fork and exec of its program, its
// processor emulated: the disks written, QEMU confined, the kernel booted, the program run, what it wrote taken back.
#include <cstdlib>

#include <unistd.h>

#include "bench/start_figures.h"
#include "sandbox/vm_executor.h"

using namespace hearth;
using namespace hearth::bench;

namespace {

namespace fs = std::filesystem;

constexpr int kRuns = 20;
constexpr double kCeilingMilliseconds = 4000;

}  // namespace

int main() {
  const Folder folder;
  const fs::path bin = HEARTH_BIN_DIR, program = bin / "hearth-task-init", machine = folder.path / "machine";
  const std::string make = std::string(HEARTH_SOURCE_DIR) + "/packaging/vm/build-guest " + machine.string() + " " +
                           (bin / "hearth-guest-init").string() + " >&2";
  if (std::system(make.c_str()) != 0) giveUp("the machine cannot be made");
  sandbox::VmOptions options;
  options.machine = machine;
  options.emulate = true;
  options.accelerator = "/nonexistent/kvm";
  options.confinement.scratch = folder.path / "scratch";
  options.confinement.init = program;
  options.confinement.background = false;  // what waiting for a busy machine costs is another matter
  auto executor = sandbox::makeVmExecutor(options);
  if (!executor) giveUp(executor.error().message);
  if ((*executor)->tier() == SandboxTier::kNone) giveUp((*executor)->limitation());

  fs::create_directories(folder.path / "package");
  fs::create_directories(folder.path / "work");
  fs::copy_file(program, folder.path / "package/program");
  sandbox::RunSpec spec;
  spec.packageRoot = folder.path / "package";
  spec.work = folder.path / "work";
  spec.program = "/program";
  spec.standardOutput = folder.path / "output";
  spec.standardError = folder.path / "error";
  spec.memoryBytes = spec.diskBytes = 64 << 20;
  spec.time = Duration::seconds(60);
  StartTimes times;
  for (int i = 0; i < kRuns; ++i) {
    times.plain.push_back(plainRun(program.string()));
    const auto start = std::chrono::steady_clock::now();
    const sandbox::RunEnd end = runOnce(**executor, spec);
    times.confined.push_back(millisecondsSince(start));
    times.processor.push_back(end.usage.processor.inSeconds() * 1000);
  }
  printStart("sandbox_start_vm", times, kCeilingMilliseconds, "\"accelerator\":\"tcg\"");
  return 0;
}
