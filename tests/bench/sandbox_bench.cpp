// SPDX-License-Identifier: GPL-3.0-or-later
// sandbox_start: what confining a program costs over a plain fork and exec of it. Each is measured from the call that
// starts it to the moment when its end is known, one after the other, in turns, so that both see the same machine.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/executor.h"

namespace {

using namespace hearth;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr int kRuns = 100;
constexpr double kCeilingMilliseconds = 15;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double at(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

[[noreturn]] void giveUp(const std::string& why) {
  std::fprintf(stderr, "bench_sandbox: %s\n", why.c_str());
  std::exit(1);
}

double plainRun(const std::string& program) {
  const auto start = Clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), 2);
    ::execl(program.c_str(), "probe", "--nothing", nullptr);
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || WEXITSTATUS(status) == 127) giveUp("cannot run " + program);
  return millisecondsSince(start);
}

double confinedRun(sandbox::Executor& executor, const sandbox::RunSpec& spec) {
  std::promise<sandbox::RunEnd> promise;
  auto ended = promise.get_future();
  const auto start = Clock::now();
  auto run = executor.start(spec, [&promise](sandbox::RunEnd end) { promise.set_value(std::move(end)); });
  if (!run) giveUp(run.error().message);
  const sandbox::RunEnd end = ended.get();
  const double took = millisecondsSince(start);
  if (end.exit != ExitKind::kExitCode || end.exitCode != 64) giveUp("the task ended otherwise: " + end.reason);
  return took;
}

/// A folder that is removed at the end.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "hearth-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) giveUp("cannot make " + name);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

sandbox::RunSpec makeSpec(const fs::path& folder) {
  fs::create_directories(folder / "package");
  fs::create_directories(folder / "work");
  // The init does nothing when it is not pid 1 but say so: as small as a static program is.
  fs::copy_file(fs::path(HEARTH_BIN_DIR) / "hearth-task-init", folder / "package" / "program");
  sandbox::RunSpec spec;
  spec.packageRoot = folder / "package";
  spec.work = folder / "work";
  spec.program = "/program";
  spec.standardOutput = folder / "output";
  spec.standardError = folder / "error";
  spec.memoryBytes = spec.diskBytes = 256 << 20;
  spec.time = Duration::seconds(60);
  return spec;
}

}  // namespace

int main() {
  const Folder folder;
  const sandbox::RunSpec spec = makeSpec(folder.path);
  sandbox::BubblewrapOptions options;
  options.scratch = folder.path / "scratch";
  options.init = fs::path(HEARTH_BIN_DIR) / "hearth-task-init";
  options.background = false;  // what waiting for a busy machine costs is another matter
  auto executor = sandbox::makeBubblewrapExecutor(options);
  if (!executor) giveUp(executor.error().message);
  if ((*executor)->tier() == SandboxTier::kNone) giveUp((*executor)->limitation());

  std::vector<double> plain, confined;
  const std::string program = (spec.packageRoot / "program").string();
  for (int i = 0; i < kRuns; ++i) {
    plain.push_back(plainRun(program));
    confined.push_back(confinedRun(**executor, spec));
  }
  double load[1] = {0};
  ::getloadavg(load, 1);
  utsname system{};
  ::uname(&system);
  const double cost = at(confined, 0.5) - at(plain, 0.5);
  std::printf(
      "{\"figure\":\"sandbox_start\",\"value\":%.2f,\"unit\":\"ms over fork+exec\",\"ceiling\":%.0f,\"ratio\":%.2f,"
      "\"conditions\":{\"runs\":%d,\"median\":%.2f,\"p90\":%.2f,\"plain_median\":%.2f,\"plain_p90\":%.2f,\"tier\":\"%"
      "s\","
      "\"user\":\"%s\",\"kernel\":\"%s\",\"processors\":%ld,\"load\":%.1f}}\n",
      cost, kCeilingMilliseconds, cost / kCeilingMilliseconds, kRuns, at(confined, 0.5), at(confined, 0.9),
      at(plain, 0.5), at(plain, 0.9), sandboxTierName((*executor)->tier()),
      ::geteuid() == 0 ? "root, dropped" : "unprivileged", system.release, ::sysconf(_SC_NPROCESSORS_ONLN), load[0]);
  return 0;
}
