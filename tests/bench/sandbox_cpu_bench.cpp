// SPDX-License-Identifier: GPL-3.0-or-later
// sandbox_cpu: how much more processor time a fixed piece of work takes inside than outside, as the program itself
// reads it. In turns, so that all see the same machine; of each the fastest tenth, which a busy machine spoils least.
#include <cstdio>
#include <fstream>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/task_kit.h"

namespace {

using namespace hearth;
using namespace hearth::bench;

constexpr int kTurns = 40;
constexpr double kFastest = 0.1;
constexpr double kCeilingPercent = 2;

double readMicros(const std::filesystem::path& file) {
  double micros = 0;
  if (!(std::ifstream(file) >> micros)) giveUp("the task printed nothing");
  return micros;
}

double plainRun(const sandbox::RunSpec& spec) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open(spec.standardOutput.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    if (::chdir(spec.work.c_str()) == 0) ::execl((spec.packageRoot / "program").c_str(), "program", "burn", nullptr);
    ::_exit(127);
  }
  int status = -1;
  if (::waitpid(child, &status, 0) != child || status != 0) giveUp("the program failed outside");
  return readMicros(spec.standardOutput);
}

double confinedRun(sandbox::Executor& executor, const sandbox::RunSpec& spec) {
  const sandbox::RunEnd end = Started(executor, spec).end();
  if (end.exit != ExitKind::kOk) giveUp("the task failed inside: " + end.reason);
  return readMicros(spec.standardOutput);
}

void print(const char* name, const std::vector<double>& inside, const std::vector<double>& outside) {
  char more[200];
  std::snprintf(more, sizeof more, "\"turns\":%d,\"inside_ms\":%.1f,\"outside_ms\":%.1f,\"medians_percent\":%.2f,",
                kTurns, at(inside, kFastest) / 1000, at(outside, kFastest) / 1000,
                100 * (at(inside, 0.5) / at(outside, 0.5) - 1));
  printFigure(name, 100 * (at(inside, kFastest) / at(outside, kFastest) - 1), "percent more processor time",
              kCeilingPercent, more);
}

}  // namespace

int main() {
  const Place place("bench_task_program");
  const auto bubblewrap = place.bubblewrap(), landlock = place.landlock();
  std::vector<double> outside, namespaces, process;
  for (int turn = 0; turn < kTurns; ++turn) {
    outside.push_back(plainRun(place.spec("outside", {"burn"})));
    namespaces.push_back(confinedRun(*bubblewrap, place.spec("namespaces", {"burn"})));
    process.push_back(confinedRun(*landlock, place.spec("process", {"burn"})));
  }
  print("sandbox_cpu", namespaces, outside);
  print("sandbox_cpu_landlock", process, outside);
  return 0;
}
