// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/start_figures.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>

#include <fcntl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hearth::bench {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void giveUp(const std::string& why) {
  std::fprintf(stderr, "the benchmark cannot run: %s\n", why.c_str());
  std::exit(1);
}

double plainRun(const std::string& program) {
  const auto start = Clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), 2);
    ::execl(program.c_str(), "program", nullptr);
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || WEXITSTATUS(status) == 127) giveUp("cannot run " + program);
  return millisecondsSince(start);
}

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "hearth-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) giveUp("cannot make " + name);
  path = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

void printStart(const char* figure, const StartTimes& times, double ceiling, const std::string& conditions) {
  double load[1] = {0};
  ::getloadavg(load, 1);
  utsname system{};
  ::uname(&system);
  const double cost = quantile(times.confined, 0.5) - quantile(times.plain, 0.5);
  std::printf(
      "{\"figure\":\"%s\",\"value\":%.2f,\"unit\":\"ms over fork+exec\",\"ceiling\":%.0f,\"ratio\":%.2f,"
      "\"conditions\":{\"runs\":%zu,\"median\":%.2f,\"p10\":%.2f,\"p90\":%.2f,\"plain_median\":%.2f,"
      "\"processor_median\":%.2f,%s,\"user\":\"%s\",\"kernel\":\"%s\",\"processors\":%ld,\"load\":%.1f}}\n",
      figure, cost, ceiling, cost / ceiling, times.confined.size(), quantile(times.confined, 0.5),
      quantile(times.confined, 0.1), quantile(times.confined, 0.9), quantile(times.plain, 0.5),
      quantile(times.processor, 0.5), conditions.c_str(), ::geteuid() == 0 ? "root, dropped" : "unprivileged",
      system.release, ::sysconf(_SC_NPROCESSORS_ONLN), load[0]);
}

sandbox::RunEnd runOnce(sandbox::Executor& executor, sandbox::RunSpec spec) {
  std::promise<sandbox::RunEnd> promise;
  auto ended = promise.get_future();
  auto run = executor.start(std::move(spec), [&promise](sandbox::RunEnd end) { promise.set_value(std::move(end)); });
  if (!run) giveUp(run.error().message);
  sandbox::RunEnd end = ended.get();
  if (end.exit != ExitKind::kExitCode || end.exitCode != 64) giveUp("the task ended otherwise: " + end.reason);
  return end;
}

}  // namespace hearth::bench
