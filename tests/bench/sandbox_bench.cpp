// SPDX-License-Identifier: GPL-3.0-or-later
// sandbox_start: what confining a program costs over a plain fork and exec of it, by bubblewrap and by Landlock. Each
// is measured from the call that starts it to the moment when its end is known, one after the other, in turns, so that
// all see the same machine.
#include <cstdio>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/task_kit.h"

namespace {

using namespace hearth;
using namespace hearth::bench;

constexpr int kRuns = 150;
constexpr double kBubblewrapCeiling = 12, kLandlockCeiling = 2;

/// What a kind of start took, of the clock and of the processors: the latter holds on a busy machine too.
struct Costs {
  std::vector<double> wall, processor;

  template <class Start>
  void take(Start start) {
    const double before = processorMilliseconds();
    const auto begun = Clock::now();
    start();
    wall.push_back(millisecondsSince(begun));
    settle();
    processor.push_back(processorMilliseconds() - before);
  }
  /// Until no child is left: what tidies up after its end was told is the cost of that start and not of the next.
  static void settle() {
    siginfo_t ended{};
    while (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  /// Of this process and of all that it has reaped.
  static double processorMilliseconds() {
    double sum = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
      rusage usage{};
      ::getrusage(who, &usage);
      for (const timeval& part : {usage.ru_utime, usage.ru_stime}) {
        sum += static_cast<double>(part.tv_sec) * 1e3 + static_cast<double>(part.tv_usec) / 1e3;
      }
    }
    return sum;
  }
};

void runPlain(const std::string& program) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), 2);
    ::execl(program.c_str(), "program", "--nothing", nullptr);
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || WEXITSTATUS(status) == 127) giveUp("cannot run " + program);
}

void runConfined(sandbox::Executor& executor, const sandbox::RunSpec& spec) {
  const sandbox::RunEnd end = Started(executor, spec).end();
  if (end.exit != ExitKind::kExitCode || end.exitCode != 64) giveUp("the task ended otherwise: " + end.reason);
}

void print(const char* name, const char* tier, const Costs& confined, const Costs& plain, double ceiling) {
  char more[320];
  std::snprintf(more, sizeof more,
                "\"runs\":%d,\"median\":%.2f,\"p10\":%.2f,\"p90\":%.2f,\"plain_median\":%.2f,\"plain_p10\":%.2f,"
                "\"processor_ms\":%.2f,\"plain_processor_ms\":%.2f,\"tier\":\"%s\",",
                kRuns, at(confined.wall, 0.5), at(confined.wall, 0.1), at(confined.wall, 0.9), at(plain.wall, 0.5),
                at(plain.wall, 0.1), at(confined.processor, 0.5), at(plain.processor, 0.5), tier);
  printFigure(name, at(confined.wall, 0.5) - at(plain.wall, 0.5), "ms over fork+exec", ceiling, more);
}

}  // namespace

int main() {
  // The init does nothing when it is neither pid 1 nor a guardian but say so: as small as a static program is.
  const Place place("hearth-task-init");
  const auto bubblewrap = place.bubblewrap(), landlock = place.landlock();
  const sandbox::RunSpec spec = place.spec("start", {"--nothing"});
  Costs plain, namespaces, process;
  for (int i = 0; i < kRuns; ++i) {
    plain.take([&] { runPlain(place.program().string()); });
    namespaces.take([&] { runConfined(*bubblewrap, spec); });
    process.take([&] { runConfined(*landlock, spec); });
  }
  print("sandbox_start", sandboxTierName(bubblewrap->tier()), namespaces, plain, kBubblewrapCeiling);
  print("sandbox_start_landlock", sandboxTierName(landlock->tier()), process, plain, kLandlockCeiling);
  return 0;
}
