// SPDX-License-Identifier: GPL-3.0-or-later
// freeze: on a host with 16 busy tasks of three processes each, the time from the first order to freeze until every
// process is stopped, looked at from outside; freeze_stop: from the first order to stop until every end is told and no
// process is left.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include <unistd.h>

#include "bench/task_kit.h"

namespace {

using namespace hearth;
using namespace hearth::bench;
namespace fs = std::filesystem;

constexpr int kTasks = 16, kProcesses = 3, kTurns = 10;
constexpr double kFreezeCeiling = 50, kStopCeiling = 200;
constexpr auto kPatience = std::chrono::seconds(60);

/// The letter of /proc/PID/stat; 'X' for one that is gone.
char stateOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto name = text.rfind(')');
  return name == std::string::npos || name + 2 >= text.size() ? 'X' : text[name + 2];
}

template <class Holds>
void waitUntil(Holds holds, const char* what) {
  for (const auto until = Clock::now() + kPatience; !holds();) {
    if (Clock::now() > until) giveUp(std::string("this did not come: ") + what);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

struct Times {
  std::vector<double> freeze, stop;
};

void measureOnce(const Place& place, sandbox::Executor& executor, Times& times) {
  std::vector<std::unique_ptr<Started>> tasks;
  for (int i = 0; i < kTasks; ++i) {
    const sandbox::RunSpec spec = place.spec("task-" + std::to_string(i), {"stay", std::to_string(kProcesses)});
    fs::remove(spec.work / "ready");
    tasks.push_back(std::make_unique<Started>(executor, spec));
  }
  std::vector<pid_t> pids;
  waitUntil([&] { return (pids = place.processes()).size() == kTasks * kProcesses; }, "all processes");
  for (int i = 0; i < kTasks; ++i) {
    waitUntil([&] { return fs::exists(place.path() / "works" / ("task-" + std::to_string(i)) / "ready"); }, "a task");
  }
  auto start = Clock::now();
  for (auto& task : tasks) task->run().freeze();
  waitUntil([&] { return std::all_of(pids.begin(), pids.end(), [](pid_t pid) { return stateOf(pid) == 'T'; }); },
            "the freeze");
  times.freeze.push_back(millisecondsSince(start));
  for (auto& task : tasks) task->run().thaw();
  waitUntil([&] { return std::none_of(pids.begin(), pids.end(), [](pid_t pid) { return stateOf(pid) == 'T'; }); },
            "the thaw");
  start = Clock::now();
  for (auto& task : tasks) task->run().stop("enough");
  for (auto& task : tasks) static_cast<void>(task->end());
  waitUntil([&] { return std::all_of(pids.begin(), pids.end(), [](pid_t pid) { return stateOf(pid) == 'X'; }); },
            "the end");
  times.stop.push_back(millisecondsSince(start));
}

void measure(const Place& place, sandbox::Executor& executor, const std::string& suffix) {
  Times times;
  for (int turn = 0; turn < kTurns; ++turn) measureOnce(place, executor, times);
  const auto more = [](const std::vector<double>& values) {
    char text[128];
    std::snprintf(text, sizeof text, "\"tasks\":%d,\"processes\":%d,\"turns\":%d,\"worst\":%.1f,", kTasks,
                  kTasks * kProcesses, kTurns, at(values, 1));
    return std::string(text);
  };
  printFigure("freeze" + suffix, at(times.freeze, 0.5), "ms", kFreezeCeiling, more(times.freeze));
  printFigure("freeze_stop" + suffix, at(times.stop, 0.5), "ms", kStopCeiling, more(times.stop));
}

}  // namespace

int main() {
  const Place place("bench_task_program");
  measure(place, *place.bubblewrap(), "");
  measure(place, *place.landlock(), "_landlock");
  return 0;
}
