// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/vm_executor.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <future>
#include <utility>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/exit_words.h"
#include "sandbox/launch.h"
#include "sandbox/unique_fd.h"
#include "sandbox/vm_job.h"
#include "sandbox/vm_result.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr Duration kEmulatedPatience = Duration::seconds(60);  // of the first machine
constexpr auto kStopPatience = std::chrono::seconds(20);
constexpr std::uint64_t kEmulatorBytes = 320 * limits::kMiB;  // of QEMU besides the machine's memory
constexpr int kTranslatedMebibytes = 64;
constexpr std::uint32_t kEmulatorThreads = 64;
constexpr int kProbeExit = 64;  // of hearth-task-init when it is no first process

/// The disks of one machine; removed with all in it.
class MachineFolder {
 public:
  static Result<std::shared_ptr<MachineFolder>> make(const fs::path& scratch) {
    std::string name = (scratch / "machine-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr || ::chmod(name.c_str(), 0711) != 0 ||
        ::mkdir((name + "/work").c_str(), 0700) != 0) {
      return fail(ErrorCode::kIo, "cannot make " + name + ": " + std::strerror(errno));
    }
    return std::make_shared<MachineFolder>(name);
  }
  explicit MachineFolder(fs::path path) : m_path(std::move(path)) {}
  ~MachineFolder() { (void)removeWork(m_path); }  // what cannot be removed now is swept at the next start
  MachineFolder(const MachineFolder&) = delete;
  MachineFolder& operator=(const MachineFolder&) = delete;

  fs::path work() const { return m_path / "work"; }
  fs::path job() const { return work() / "job"; }
  fs::path result() const { return work() / "result"; }
  fs::path output() const { return m_path / "output"; }
  fs::path complaints() const { return m_path / "complaints"; }

 private:
  fs::path m_path;
};

std::string readText(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

class VmExecutor final : public Executor {
 public:
  VmExecutor(VmOptions options, std::unique_ptr<Executor> inner)
      : m_options(std::move(options)), m_inner(std::move(inner)) {}

  SandboxTier tier() const override { return m_tier; }
  const std::string& limitation() const override { return m_limitation; }
  Result<std::unique_ptr<Run>> start(RunSpec spec, std::function<void(RunEnd)> onEnd) override {
    if (m_tier == SandboxTier::kNone)
      return fail(ErrorCode::kUnsupported, "no virtual machine runs on this machine: " + m_limitation);
    return boot(std::move(spec), m_startup, std::move(onEnd));
  }

  /// Runs a machine with KVM, and one without where that may be used, and settles the tier.
  void probe();

 private:
  Result<std::unique_ptr<Run>> boot(RunSpec spec, Duration startup, std::function<void(RunEnd)> onEnd);
  RunSpec machineSpec(const RunSpec& spec, const MachineFolder& folder, const VmSizes& sizes, Duration startup) const;
  /// Why a machine did not run; empty when it did.
  std::string tryMachine(Duration patience);

  const VmOptions m_options;
  std::unique_ptr<Executor> m_inner;
  bool m_accelerated = false;
  Duration m_startup;  ///< what the start of a machine may take on top of the task's time
  SandboxTier m_tier = SandboxTier::kNone;
  std::string m_limitation;
};

RunSpec VmExecutor::machineSpec(const RunSpec& spec, const MachineFolder& folder, const VmSizes& sizes,
                                Duration startup) const {
  const std::uint64_t mebibytes = (sizes.machineBytes + limits::kMiB - 1) / limits::kMiB;
  RunSpec machine;
  machine.packageRoot = m_options.machine / "root";
  machine.work = folder.work();
  machine.program = "/usr/bin/qemu-system-x86_64";
  machine.arguments = {
      "-M", "microvm,acpi=on,rtc=on,pit=off,pic=off,isa-serial=off", "-nodefaults", "-no-user-config", "-display",
      "none", "-nic", "none", "-no-reboot", "-sandbox",
      "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
      // KVM's clock needs none of this; without it an emulated one is never calibrated.
      "-kernel", "/boot/vmlinuz", "-initrd", "/boot/initrd", "-append",
      "quiet reboot=t panic=-1 random.trust_cpu=on" + std::string(m_accelerated ? "" : " tsc_early_khz=1000000"),
      "-drive", "id=job,file=/work/job,format=raw,if=none,readonly=on", "-device", "virtio-blk-device,drive=job",
      "-drive", "id=result,file=/work/result,format=raw,if=none,cache=unsafe", "-device",
      "virtio-blk-device,drive=result", "-m", std::to_string(mebibytes), "-smp", std::to_string(spec.processors)};
  if (m_accelerated) {
    machine.arguments.insert(machine.arguments.end(), {"-accel", "kvm", "-cpu", "host"});
    machine.devices = {m_options.accelerator};
  } else {
    machine.arguments.insert(
        machine.arguments.end(),
        {"-accel", "tcg,thread=multi,tb-size=" + std::to_string(kTranslatedMebibytes), "-cpu", "max"});
  }
  machine.standardOutput = folder.output();
  machine.standardError = folder.complaints();
  machine.processors = spec.processors;
  machine.memoryBytes = sizes.machineBytes + kEmulatorBytes;
  machine.diskBytes = sizes.diskBytes + limits::kMiB;
  machine.processes = kEmulatorThreads + spec.processors;
  machine.time = spec.time + startup;
  return machine;
}

Result<std::unique_ptr<Run>> VmExecutor::boot(RunSpec spec, Duration startup, std::function<void(RunEnd)> onEnd) {
  HEARTH_TRY(checkSpec(spec));
  if (!spec.devices.empty()) return fail(ErrorCode::kUnsupported, "a virtual machine has no devices of this machine");
  auto folder = MachineFolder::make(m_options.confinement.scratch);
  if (!folder) return fail(std::move(folder).error());
  auto sizes = writeVmJob(spec, (*folder)->job());
  if (!sizes) return fail(std::move(sizes).error());
  {
    const UniqueFd disk(::open((*folder)->result().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!disk || ::ftruncate(disk.number(), static_cast<off_t>(sizes->diskBytes)) != 0)
      return fail(ErrorCode::kIo, std::string("cannot make the disk of a virtual machine: ") + std::strerror(errno));
  }
  RunSpec machine = machineSpec(spec, **folder, *sizes, startup);
  return m_inner->start(std::move(machine), [spec = std::move(spec), folder = std::move(*folder), sizes = *sizes,
                                             onEnd = std::move(onEnd)](RunEnd end) {
    if (end.exit == ExitKind::kTimeLimit) end.reason = "it ran longer than its limit of " + inWords(spec.time);
    const bool qemuFailed = end.exit == ExitKind::kExitCode || end.exit == ExitKind::kSignal;
    const std::string complaints = readText(folder->complaints()) + (qemuFailed ? " QEMU: " + end.reason : "");
    if (qemuFailed) end.exit = ExitKind::kOk;  // the result, or that there is none, says more
    onEnd(takeVmResult(spec, sizes, folder->result(), std::move(end), complaints));
  });
}

std::string VmExecutor::tryMachine(Duration patience) {
  auto folder = MachineFolder::make(m_options.confinement.scratch);
  if (!folder) return folder.error().message;
  std::error_code error;
  const fs::path work = (*folder)->work();
  fs::create_directories(work / "package", error);
  fs::create_directories(work / "task", error);
  fs::copy_file(m_options.confinement.init, work / "package" / "probe", error);
  fs::permissions(work / "package" / "probe", static_cast<fs::perms>(0555), error);
  if (error) return "cannot prepare the first virtual machine: " + error.message();
  RunSpec spec;
  spec.packageRoot = work / "package";
  spec.work = work / "task";
  spec.program = "/probe";
  spec.standardOutput = (*folder)->output();
  spec.standardError = (*folder)->complaints();
  spec.memoryBytes = 64 * limits::kMiB;
  spec.diskBytes = limits::kMiB;
  spec.processes = 4;
  spec.time = Duration::seconds(1);
  auto promise = std::make_shared<std::promise<RunEnd>>();
  auto ended = promise->get_future();
  auto run = boot(std::move(spec), patience, [promise](RunEnd end) { promise->set_value(std::move(end)); });
  if (!run) return run.error().message;
  if (ended.wait_for(std::chrono::microseconds(patience.micros) + kStopPatience) != std::future_status::ready)
    return "it cannot be ended";
  const RunEnd end = ended.get();
  if (end.exit == ExitKind::kExitCode && end.exitCode == kProbeExit) {
    m_startup = end.usage.wall + end.usage.wall;
    return {};
  }
  return end.exit == ExitKind::kTimeLimit ? "it hung for " + inWords(patience) : end.reason;
}

void VmExecutor::probe() {
  std::string why = "there is no " + m_options.accelerator.string();
  if (::access(m_options.accelerator.c_str(), F_OK) == 0) {
    why = "the agent's user may not use " + m_options.accelerator.string() + " (is it in the group kvm?)";
    if (::access(m_options.accelerator.c_str(), R_OK | W_OK) == 0) {
      m_accelerated = true;
      why = tryMachine(m_options.patience);
      if (why.empty()) {
        m_tier = SandboxTier::kVirtualMachine;
        return;
      }
      why = m_options.accelerator.string() + " is there, but a machine with it did not run: " + why;
    }
  }
  m_accelerated = false;
  m_limitation = "virtual machines cannot use this processor directly: " + why;
  if (!m_options.emulate) return;
  const std::string failure = tryMachine(kEmulatedPatience);
  if (failure.empty()) {
    m_tier = SandboxTier::kVirtualMachine;
    m_limitation += "; processors are emulated, which is ten to two hundred times slower";
  } else {
    m_limitation += "; an emulated one did not run: " + failure;
  }
}

class TieredExecutor final : public Executor {
 public:
  TieredExecutor(std::unique_ptr<Executor> usual, std::unique_ptr<Executor> machine)
      : m_usual(std::move(usual)), m_machine(std::move(machine)) {
    m_limitation = m_usual->limitation();
    if (!m_machine->limitation().empty()) m_limitation += (m_limitation.empty() ? "" : "; ") + m_machine->limitation();
  }
  SandboxTier tier() const override { return std::max(m_usual->tier(), m_machine->tier()); }
  const std::string& limitation() const override { return m_limitation; }
  Result<std::unique_ptr<Run>> start(RunSpec spec, std::function<void(RunEnd)> onEnd) override {
    Executor& executor = m_usual->tier() >= spec.least ? *m_usual : *m_machine;
    return executor.start(std::move(spec), std::move(onEnd));
  }

 private:
  std::unique_ptr<Executor> m_usual, m_machine;
  std::string m_limitation;
};

}  // namespace

Result<std::unique_ptr<Executor>> makeVmExecutor(VmOptions options) {
  for (const char* part : {"root/usr/bin/qemu-system-x86_64", "root/boot/vmlinuz", "root/boot/initrd"}) {
    if (::access((options.machine / part).c_str(), R_OK) != 0) {
      return fail(ErrorCode::kNotFound,
                  "the virtual machine's part " + (options.machine / part).string() + " is not there",
                  "Make the machine: /usr/lib/hearth/build-guest " + options.machine.string());
    }
  }
  options.confinement.calls = SystemCalls::kMachine;
  options.confinement.scratch = fs::absolute(options.confinement.scratch);
  auto inner = makeBubblewrapExecutor(options.confinement);
  if (!inner) return inner;
  if ((*inner)->tier() == SandboxTier::kNone)
    return fail(ErrorCode::kUnsupported, "QEMU cannot be confined: " + (*inner)->limitation());
  auto executor = std::make_unique<VmExecutor>(std::move(options), std::move(*inner));
  executor->probe();
  return std::unique_ptr<Executor>(std::move(executor));
}

std::unique_ptr<Executor> makeTieredExecutor(std::unique_ptr<Executor> usual, std::unique_ptr<Executor> machine) {
  return std::make_unique<TieredExecutor>(std::move(usual), std::move(machine));
}

}  // namespace hearth::sandbox
