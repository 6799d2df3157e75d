// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/launch.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/launch_arguments.h"

namespace hearth::sandbox {
namespace {

constexpr int kHighFd = 64;  // what the child dups from lies here, above everything that it dups to

/// All that the child needs between fork and exec, where nothing may be allocated and no lock taken.
struct ChildPlan {
  std::array<int, kFdCount> fds{};  ///< each becomes the number of its place
  int outerGroup = -1;
  const Owner* user = nullptr;
  const char* stage = nullptr;  ///< null: no mounts
  std::array<const char*, 3> sources{};
  std::array<const char*, 3> targets{};
  std::array<bool, 3> isFolder{};
  const char* folder = nullptr;  ///< to start in; null: bubblewrap changes to it
  const char* program = nullptr;
  char* const* arguments = nullptr;
};

[[noreturn]] void failChild(int statusFd, int stage) {
  HearthInitMessage message{};
  message.kind = kInitFailed;
  message.stage = stage;
  message.error = errno;
  const ssize_t sent = ::write(statusFd, &message, sizeof message);
  static_cast<void>(sent);
  ::_exit(126);
}

/// Shows package, work and init below the stage, in a mount namespace of this process's own.
bool mountStage(const ChildPlan& plan) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return false;
  std::array<int, 3> sources{};
  for (std::size_t i = 0; i < sources.size(); ++i) {  // before the stage covers what may lie below it
    sources[i] = ::open(plan.sources[i], O_PATH | O_CLOEXEC);
    if (sources[i] < 0) return false;
  }
  if (::mount("tmpfs", plan.stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k") != 0) return false;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    char path[] = "/proc/self/fd/\0\0\0\0\0\0\0\0\0";
    char* end = path + std::strlen(path);
    int rest = sources[i];
    int unit = 1;
    while (rest / unit >= 10) unit *= 10;
    for (; unit > 0; unit /= 10) *end++ = static_cast<char>('0' + rest / unit % 10);
    const int made = plan.isFolder[i] ? ::mkdir(plan.targets[i], 0755) : ::mknod(plan.targets[i], S_IFREG | 0644, 0);
    if (made != 0 || ::mount(path, plan.targets[i], nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
  }
  return true;
}

/// The raw calls: the C library's would change every thread of the agent's copy, which is not there any more.
bool becomeUser(const Owner& user) {
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 && ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0 && ::geteuid() == user.uid;
}

void restoreSignals() {
  for (int number = 1; number < 32; ++number) {
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    ::sigaction(number, &usual, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void closeOthers() {
  if (::syscall(SYS_close_range, static_cast<unsigned>(kFdCount), ~0U, 0U) == 0) return;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  for (rlim_t fd = kFdCount; fd < files.rlim_cur; ++fd) ::close(static_cast<int>(fd));
}

[[noreturn]] void runChild(const ChildPlan& plan) {
  const int status = plan.fds[kFdStatus];
  ::setsid();  // a process group of its own: what is left of a bubblewrap that was killed is found by it
  if (plan.outerGroup >= 0 && ::write(plan.outerGroup, "0", 1) != 1) failChild(status, kStageCgroup);
  const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    const ssize_t written = ::write(score, "1000", 4);  // the first to go when the machine has no memory left
    static_cast<void>(written);
  }
  const rlimit noCore{0, 0};
  ::setrlimit(RLIMIT_CORE, &noCore);
  if (plan.stage != nullptr && !mountStage(plan)) failChild(status, kStageMounts);
  if (plan.user != nullptr && !becomeUser(*plan.user)) failChild(status, kStageUser);
  if (plan.folder != nullptr && ::chdir(plan.folder) != 0) failChild(status, kStageMounts);
  for (int target = 0; target < kFdCount; ++target) {
    if (::dup2(plan.fds[static_cast<std::size_t>(target)], target) < 0) failChild(status, kStageUser);
  }
  closeOthers();
  restoreSignals();
  char* const noEnvironment[] = {nullptr};  // pid 1's /proc/1/environ is what bubblewrap was started with
  ::execve(plan.program, plan.arguments, noEnvironment);
  failChild(kFdStatus, kStageBubblewrap);
}

UniqueFd raised(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, kHighFd)); }

UniqueFd memoryFile(const char* name, std::string_view text) {
  UniqueFd made(::memfd_create(name, MFD_CLOEXEC));
  for (std::size_t done = 0; made && done < text.size();) {
    const ssize_t written = ::pwrite(made.number(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (written <= 0) return UniqueFd();
    done += static_cast<std::size_t>(written);
  }
  return made ? raised(made.number()) : UniqueFd();
}

struct Pipe {
  UniqueFd reader, writer;
};
Pipe makePipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const UniqueFd first(ends[0]);
  const UniqueFd second(ends[1]);
  return {raised(first.number()), raised(second.number())};
}

/// Forks with every signal blocked, so that no handler of the agent runs in the child.
pid_t forkBlocked(const ChildPlan& plan) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) runChild(plan);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

/// What the child executes and the files that it reads; none of them: /dev/null in its place.
struct Command {
  std::string program;
  std::vector<std::string> words;
  UniqueFd arguments, info, rules;
  bool startsInFolder = false;
};

Result<Command> bubblewrapCommand(const LaunchSettings& settings, const RunSpec& spec, const BindSources& sources) {
  auto arguments = bubblewrapArguments(spec, sources);
  if (!arguments) return fail(std::move(arguments).error());
  Command command;
  command.program = settings.bubblewrap.string();
  command.words = {"bwrap", "--args", std::to_string(kFdArguments), "--", "/hearth-task-init"};
  command.arguments = memoryFile("hearth-arguments", *arguments);
  // A memory file, no pipe: bubblewrap must not die of it when the agent is gone, and leave half of a sandbox.
  command.info = memoryFile("hearth-info", {});
  return command;
}

Result<Command> guardCommand(const LaunchSettings& settings, const RunSpec& spec, const BindSources& sources) {
  if (!spec.devices.empty() || (!spec.workingFolder.empty() && spec.workingFolder != "/work")) {
    return fail(ErrorCode::kUnsupported, "an image or a device cannot be given to a task without namespaces",
                "This machine must allow user namespaces for it.");
  }
  auto rules = makeLandlockRules(*settings.landlock, spec.packageRoot, spec.work);
  if (!rules) return fail(std::move(rules).error());
  Command command;
  command.program = sources.init;
  command.words = {"hearth-task-init", HEARTH_INIT_GUARD};
  command.rules = std::move(*rules);
  command.startsInFolder = true;
  return command;
}

tl::unexpected<Error> noDescriptors() {
  return fail(ErrorCode::kExhausted, std::string("cannot make the pipes of a task: ") + std::strerror(errno),
              "Raise the agent's limit of open files (LimitNOFILE in its service), or let it run fewer tasks.");
}

}  // namespace

Result<Launched> launch(const LaunchSettings& settings, const RunSpec& spec, const LaunchInputs& inputs) {
  BindSources sources{spec.packageRoot.string(), spec.work.string(), settings.init.string()};
  ChildPlan plan;
  plan.sources = {spec.packageRoot.c_str(), spec.work.c_str(), settings.init.c_str()};
  if (!settings.stage.empty()) {
    sources = {settings.stage + "/package", settings.stage + "/work", settings.stage + "/init"};
    plan.stage = settings.stage.c_str();
    plan.targets = {sources.package.c_str(), sources.work.c_str(), sources.init.c_str()};
    plan.isFolder = {true, true, false};
  }
  auto command = settings.landlock ? guardCommand(settings, spec, sources) : bubblewrapCommand(settings, spec, sources);
  if (!command) return fail(std::move(command).error());
  const UniqueFd specFile = memoryFile("hearth-spec", initSpec(spec, settings, inputs, sources));
  Pipe lifeline = makePipe(), status = makePipe(), errors = makePipe();
  const int null = settings.null.number();
  const auto orNull = [null](int fd) { return fd >= 0 ? fd : null; };
  const std::array<int, kFdCount> given = {orNull(inputs.standardInput),
                                           null,
                                           errors.writer.number(),
                                           orNull(command->arguments.number()),
                                           orNull(command->info.number()),
                                           lifeline.reader.number(),
                                           status.writer.number(),
                                           specFile.number(),
                                           settings.filterFor(spec).program.number(),
                                           inputs.output,
                                           inputs.error,
                                           orNull(inputs.innerGroup),
                                           orNull(command->rules.number())};
  std::array<UniqueFd, kFdCount> high;
  for (std::size_t i = 0; i < given.size(); ++i) {
    high[i] = given[i] >= 0 ? raised(given[i]) : UniqueFd();
    if (!high[i]) return noDescriptors();
    plan.fds[i] = high[i].number();
  }
  plan.outerGroup = inputs.outerGroup;
  plan.user = settings.user ? &*settings.user : nullptr;
  if (command->startsInFolder) plan.folder = sources.work.c_str();
  plan.program = command->program.c_str();
  std::vector<char*> commandLine;
  for (std::string& word : command->words) commandLine.push_back(word.data());
  commandLine.push_back(nullptr);
  plan.arguments = commandLine.data();

  Launched launched;
  launched.pid = forkBlocked(plan);
  if (launched.pid < 0) {
    return fail(ErrorCode::kExhausted, std::string("cannot start a process: ") + std::strerror(errno),
                "This machine has too many processes.");
  }
  launched.handle = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, launched.pid, 0)));
  if (!launched.handle) {
    ::kill(launched.pid, SIGKILL);
    ::waitpid(launched.pid, nullptr, 0);
    return fail(ErrorCode::kUnsupported, "this kernel has no pidfd_open", "Linux 5.10 or later is needed.");
  }
  launched.lifeline = std::move(lifeline.writer);
  launched.status = std::move(status.reader);
  launched.errors = std::move(errors.reader);
  launched.info = std::move(command->info);
  for (const UniqueFd* fd : {&launched.status, &launched.errors}) ::fcntl(fd->number(), F_SETFL, O_NONBLOCK);
  return launched;
}

std::string chooseStage(const std::filesystem::path& notOver) {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &head, data.data()) != 0 || (data[0].effective & (1U << CAP_SYS_ADMIN)) == 0) return {};
  for (const std::string folder : {"/mnt", "/media", "/srv", "/tmp"}) {
    struct stat info {};
    if (!notOver.string().starts_with(folder + "/") && ::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
      return folder;
  }
  return {};
}

}  // namespace hearth::sandbox
