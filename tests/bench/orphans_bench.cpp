// SPDX-License-Identifier: GPL-3.0-or-later
// orphans: how many of a task's processes still run after its agent was killed by SIGKILL at a random moment of the
// first 100 ms from the start of the task. This process adopts whatever loses its parent, so that nothing is missed.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <thread>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "bench/task_kit.h"

namespace {

using namespace hearth;
using namespace hearth::bench;
namespace fs = std::filesystem;

constexpr int kKills = 500;
constexpr std::int64_t kWindowMicros = 100'000;
constexpr auto kPatience = std::chrono::seconds(2);
constexpr const char* kTask = "task";

using Make = std::function<std::unique_ptr<sandbox::Executor>()>;

[[noreturn]] void beAgent(const Place& place, const Make& make, int ready) {
  const auto executor = make();
  const sandbox::RunSpec spec = place.spec(kTask, {"stay", "4"});
  if (::write(ready, "r", 1) != 1) ::_exit(1);
  const auto run = executor->start(spec, {});
  for (;;) ::pause();
}

struct Remains {
  int running = 0, inert = 0, begun = 0;
};

/// Reaps; how many children are left.
bool isChildless() {
  pid_t reaped = 0;
  do reaped = ::waitpid(-1, nullptr, WNOHANG);
  while (reaped > 0);
  return reaped < 0 && errno == ECHILD;
}

void killOnce(const Place& place, const Make& make, std::int64_t micros, Remains& remains) {
  std::error_code ignored;
  fs::remove_all(place.path() / "works", ignored);
  int ends[2];
  if (::pipe(ends) != 0) giveUp("no pipe");
  const pid_t agent = ::fork();
  if (agent == 0) beAgent(place, make, ends[1]);
  ::close(ends[1]);
  char readiness = 0;
  if (::read(ends[0], &readiness, 1) != 1) giveUp("the agent did not begin");
  ::close(ends[0]);
  std::this_thread::sleep_for(std::chrono::microseconds(micros));
  ::kill(agent, SIGKILL);
  remains.begun += fs::exists(place.path() / "works" / kTask / "begun") ? 1 : 0;
  bool childless = false;
  for (const auto until = Clock::now() + kPatience; !(childless = isChildless()) && Clock::now() < until;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto left = place.processes();
  remains.running += static_cast<int>(left.size());
  if (!childless && left.empty()) ++remains.inert;
  for (const pid_t pid : left) ::kill(pid, SIGKILL);
}

void measure(const Place& place, const Make& make, const char* name) {
  RandomStream random(500);
  Remains remains;
  for (int i = 0; i < kKills; ++i) {
    killOnce(place, make, static_cast<std::int64_t>(random.below(kWindowMicros)), remains);
  }
  char more[160];
  std::snprintf(more, sizeof more, "\"kills\":%d,\"tasks_begun\":%d,\"inert\":%d,", kKills, remains.begun,
                remains.inert);
  printFigure(name, remains.running, "processes still running", 0, more);
}

}  // namespace

int main() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) giveUp("cannot adopt orphans");
  const Place place("bench_task_program");
  measure(
      place, [&place] { return place.bubblewrap(); }, "orphans");
  measure(
      place, [&place] { return place.landlock(); }, "orphans_landlock");
  return 0;
}
