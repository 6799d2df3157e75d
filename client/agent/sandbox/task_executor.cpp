// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/task_executor.h"

#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/exit_words.h"

namespace hearth::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr auto kProbePatience = std::chrono::seconds(30);
/// In the order of the bits of hearth-task-init's answer.
constexpr const char* kProbeDoors[] = {"it could open a network socket",
                                       "it could make a user namespace",
                                       "it could write kernel settings",
                                       "it could write outside of its folder",
                                       "it inherited an open file",
                                       "it could look into or signal its first process",
                                       "it had user id 0"};

/// The run as its owner sees it.
class TaskRun final : public Run {
 public:
  TaskRun(std::shared_ptr<RunLoop> loop, std::shared_ptr<RunRecord> record, std::uint64_t number)
      : m_loop(std::move(loop)), m_record(std::move(record)), m_number(number) {}
  ~TaskRun() override {
    stop("nobody waits for it any more");
    if (m_loop->isTeller()) {
      m_record->waitUntilGone();  // its own call cannot be waited for
    } else {
      m_record->waitUntilTold();
    }
  }
  TaskRun(const TaskRun&) = delete;
  TaskRun& operator=(const TaskRun&) = delete;

  void freeze() override {
    m_loop->post(m_number, [](ActiveRun& run, Clock::time_point now) { run.freeze(now); });
  }
  void thaw() override {
    m_loop->post(m_number, [](ActiveRun& run, Clock::time_point now) { run.thaw(now); });
  }
  void checkpoint() override {
    m_loop->post(m_number, [](ActiveRun& run, Clock::time_point now) { run.checkpoint(now); });
  }
  void stop(std::string reason) override {
    m_loop->post(m_number, [reason = std::move(reason)](ActiveRun& run, Clock::time_point now) {
      run.stop(ExitKind::kHostFailed, reason, now);
    });
  }
  Usage usage() const override { return m_record->usage(); }

 private:
  std::shared_ptr<RunLoop> m_loop;  // shared: a Run may be destroyed after its executor
  std::shared_ptr<RunRecord> m_record;
  std::uint64_t m_number;
};

/// The task's standard input, opened below its folder and nowhere else.
Result<UniqueFd> openInput(const RunSpec& spec) {
  if (spec.standardInput.empty()) return UniqueFd();
  const UniqueFd work(::open(spec.work.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  UniqueFd file(static_cast<int>(::syscall(SYS_openat2, work.number(), spec.standardInput.c_str(), &how, sizeof how)));
  struct stat info {};
  if (!file || ::fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kNotFound,
                "the standard input '" + spec.standardInput + "' is no regular file in the task's folder");
  }
  ::fcntl(file.number(), F_SETFL, 0);
  return file;
}

}  // namespace

Result<std::unique_ptr<Run>> TaskExecutor::start(RunSpec spec, std::function<void(RunEnd)> onEnd) {
  if (m_tier == SandboxTier::kNone) {
    return fail(ErrorCode::kUnsupported, "no task can be confined on this machine: " + m_limitation);
  }
  if (m_settings.landlock && !spec.devices.empty()) {
    return fail(ErrorCode::kUnsupported, "devices are lent to tasks in namespaces only");
  }
  return startUnasked(std::move(spec), std::move(onEnd));
}

SandboxTier TaskExecutor::reached() const {
  if (m_settings.landlock) return SandboxTier::kProcess;
  return m_groups && m_groups->complete() ? SandboxTier::kCgroup : SandboxTier::kNamespaces;
}

Result<std::optional<TaskCgroup>> TaskExecutor::makeGroup(const RunSpec& spec) {
  const std::lock_guard lock(m_groupMutex);
  if (!m_groups) return std::optional<TaskCgroup>();
  auto group = m_groups->makeTask({spec.memoryBytes, spec.processors, spec.processes + 32});
  if (!group) return fail(std::move(group).error());
  return std::optional<TaskCgroup>(std::move(*group));
}

Result<std::unique_ptr<Run>> TaskExecutor::startUnasked(RunSpec spec, std::function<void(RunEnd)> onEnd) {
  HEARTH_TRY(checkSpec(spec));
  HEARTH_TRY(prepareFolder(spec.work, m_settings.user));
  const auto before = measureFolder(spec.work);
  if (!before) return fail(before.error());
  if (!before->refusal.empty())
    return fail(ErrorCode::kTooLarge, "the task's folder cannot be used: " + before->refusal);
  auto input = openInput(spec);
  if (!input) return fail(std::move(input).error());
  const bool exact = spec.standardOutputBytes != 0;
  auto output = StreamFile::create(spec.standardOutput, exact ? spec.standardOutputBytes : limits::kStreamBytes, exact);
  if (!output) return fail(std::move(output).error());
  auto error = StreamFile::create(spec.standardError, limits::kStreamBytes, false);
  if (!error) return fail(std::move(error).error());
  auto group = makeGroup(spec);
  if (!group) return fail(std::move(group).error());

  const bool counted = m_groups && m_groups->complete();
  const auto processors = counted ? std::nullopt : m_share->take(spec.processors);
  auto giveBack = [share = m_share, processors] {
    if (processors) share->giveBack(*processors);
  };
  const UniqueFd outputWriter = output->takeWriter();
  const UniqueFd errorWriter = error->takeWriter();
  LaunchInputs inputs;
  inputs.standardInput = input->number();
  inputs.output = outputWriter.number();
  inputs.error = errorWriter.number();
  inputs.fileBytes = spec.diskBytes + before->bytes;
  inputs.processors = processors;
  if (*group) {
    inputs.outerGroup = (*group)->outerProcs();
    inputs.innerGroup = (*group)->innerProcs();
  }
  auto launched = launch(m_settings, spec, inputs);
  if (!launched) {
    giveBack();
    return fail(std::move(launched).error());
  }
  RunParts parts{.launched = std::move(*launched),
                 .output = std::move(*output),
                 .error = std::move(*error),
                 .group = std::move(*group),
                 .work = spec.work,
                 .workBytesBefore = before->bytes,
                 .exactOutput = exact,
                 .memoryBytes = spec.memoryBytes,
                 .diskBytes = spec.diskBytes,
                 .fileBytes = inputs.fileBytes,
                 .processes = spec.processes,
                 .time = spec.time,
                 .background = m_settings.background,
                 .checkpoints = spec.checkpoints,
                 .hasNamespaces = !m_settings.landlock,
                 .package = spec.packageRoot,
                 .kernelCounters = m_settings.kernelCounters};
  auto record = std::make_shared<RunRecord>(std::move(onEnd), std::move(spec.onCheckpoint));
  const auto number = m_loop->add(std::make_unique<ActiveRun>(std::move(parts), Clock::now()), record, giveBack);
  return std::unique_ptr<Run>(std::make_unique<TaskRun>(m_loop, record, number));
}

Result<RunEnd> TaskExecutor::runProbe(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder / "package", error);
  fs::create_directories(folder / "work", error);
  fs::copy_file(m_settings.init, folder / "package" / "probe", error);
  fs::permissions(folder / "package" / "probe", static_cast<fs::perms>(0555), error);
  if (error)
    return fail(ErrorCode::kIo,
                "cannot prepare the probe of the sandbox in " + folder.string() + ": " + error.message());
  RunSpec spec;
  spec.packageRoot = folder / "package";
  spec.work = folder / "work";
  spec.program = "/probe";
  spec.arguments = {m_settings.landlock ? "--probe-process" : "--probe"};
  spec.standardOutput = folder / "output";
  spec.standardError = folder / "error";
  spec.memoryBytes = spec.diskBytes = 64 * limits::kMiB;
  spec.processes = 4;
  spec.time = Duration::seconds(20);
  auto promise = std::make_shared<std::promise<RunEnd>>();  // shared with a call that may come after the patience ended
  auto ended = promise->get_future();
  auto run = startUnasked(std::move(spec), [promise](RunEnd end) { promise->set_value(std::move(end)); });
  if (!run) return fail(std::move(run).error());
  if (ended.wait_for(kProbePatience) != std::future_status::ready) {
    return fail(ErrorCode::kTimeout, "the first sandbox did not end");
  }
  return ended.get();
}

void TaskExecutor::probe(const fs::path& scratch) {
  std::string folder = (scratch / "probe-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    m_limitation = "the folder " + scratch.string() + " cannot be written: " + std::strerror(errno);
    return;
  }
  const auto end = runProbe(folder);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  if (!end) {
    m_limitation = end.error().message;
  } else if (end->exit == ExitKind::kExitCode && end->exitCode > 0 && end->exitCode < 128) {
    std::string doors;
    for (std::size_t i = 0; i < std::size(kProbeDoors); ++i) {
      if ((end->exitCode >> i & 1) != 0) doors += (doors.empty() ? "" : ", ") + std::string(kProbeDoors[i]);
    }
    m_limitation = "a program in the sandbox was not confined: " + doors;
  } else if (end->exit != ExitKind::kOk) {
    m_limitation = end->reason;
  } else {
    m_tier = reached();
  }
}

Result<LaunchSettings> commonSettings(const fs::path& init, std::uint32_t user, std::uint32_t group, bool background) {
  if (::access(init.c_str(), X_OK) != 0) {
    return fail(ErrorCode::kNotFound, "hearth-task-init is not at " + init.string(),
                "Install the hearth-agent package again.");
  }
  LaunchSettings settings;
  settings.init = fs::absolute(init);
  settings.background = background;
  settings.null = UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!settings.null) return fail(ErrorCode::kIo, std::string("cannot open /dev/null: ") + std::strerror(errno));
  if (::geteuid() == 0) {
    if (user == 0 || group == 0) {
      return fail(ErrorCode::kInvalid, "a task may not run as user or group 0", "Name another user id for tasks.");
    }
    settings.user = Owner{user, group};
  }
  return settings;
}

}  // namespace hearth::sandbox
