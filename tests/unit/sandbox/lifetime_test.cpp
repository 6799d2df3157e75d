// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Lab lab;
  EndBox box;
  std::unique_ptr<Executor> executor;
  Fixture() {
    auto made = makeBubblewrapExecutor(lab.options());
    REQUIRE(made);
    REQUIRE((*made)->limitation() != "");  // tests have no delegated control group
    REQUIRE((*made)->tier() == SandboxTier::kNamespaces);
    executor = std::move(*made);
  }
  std::unique_ptr<Run> start(std::vector<std::string> arguments) {
    auto run = executor->start(lab.spec(std::move(arguments)), box.receiver());
    REQUIRE(run);
    return std::move(*run);
  }
  std::uintmax_t size(const char* file) const {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(lab.work() / file, error);
    return error ? 0 : bytes;
  }
  bool grows(const char* file) const {
    const auto before = size(file);
    return eventually([&] { return size(file) > before; });
  }
  bool rests(const char* file) const {
    const auto before = size(file);
    std::this_thread::sleep_for(700ms);  // longer than the watch looks again
    return size(file) == before;
  }
};

}  // namespace

TEST_CASE("freezing stops every process of a task, thawing resumes it, and frozen time does not count") {
  Fixture f;
  auto spec = f.lab.spec({"tick-many"});
  spec.time = Duration::seconds(6);
  const auto started = std::chrono::steady_clock::now();
  auto run = f.executor->start(spec, f.box.receiver());
  REQUIRE(run);
  const std::vector<const char*> files = {"tick-main", "tick-0", "tick-3"};
  for (const char* file : files) REQUIRE(f.grows(file));
  (*run)->freeze();
  REQUIRE(eventually([&] { return f.rests("tick-main"); }));
  for (const char* file : files) CHECK(f.rests(file));
  const Usage frozen = (*run)->usage();
  std::this_thread::sleep_for(300ms);
  CHECK((*run)->usage().wall - frozen.wall < Duration::milliseconds(50));
  while (std::chrono::steady_clock::now() < started + 7s) std::this_thread::sleep_for(20ms);
  CHECK_FALSE(f.box.wait(0ms));  // its time is over by the clock on the wall
  const auto thawedAt = std::chrono::steady_clock::now();
  (*run)->thaw();
  for (const char* file : files) CHECK(f.grows(file));
  const auto end = f.box.wait();
  REQUIRE(end);
  CHECK(end->exit == ExitKind::kTimeLimit);
  const auto awake = std::chrono::steady_clock::now() - thawedAt;
  CHECK((end->usage.wall - frozen.wall).micros <= std::chrono::ceil<std::chrono::microseconds>(awake).count());
}

TEST_CASE("a frozen task can be stopped, and one frozen at once never begins to work") {
  Fixture f;
  auto run = f.start({"tick", "/work/ticks"});
  run->freeze();
  std::this_thread::sleep_for(200ms);
  CHECK(f.rests("ticks"));
  run->stop("the owner came back");
  const auto end = f.box.wait();
  REQUIRE(end);
  CHECK(end->exit == ExitKind::kHostFailed);
  CHECK(end->reason == "the owner came back");
}

TEST_CASE("a stopped task is told once and nothing of it is left") {
  Fixture f;
  auto run = f.start({"daemonise", "/work/ticks", "15000"});
  REQUIRE(f.grows("ticks"));
  run->stop("enough");
  run->stop("twice");
  const auto end = f.box.wait();
  REQUIRE(end);
  CHECK(end->reason == "enough");
  CHECK(f.rests("ticks"));
}

TEST_CASE("processes that a program leaves behind are gone when its end is told") {
  Fixture f;
  auto run = f.start({"daemonise", "/work/ticks"});
  const auto end = f.box.wait();
  REQUIRE(end);
  CHECK(end->exit == ExitKind::kOk);
  CHECK(f.size("ticks") > 0);
  CHECK(f.rests("ticks"));
}

TEST_CASE("destroying a run ends it and waits for that") {
  Fixture f;
  auto run = f.start({"stubborn"});
  std::this_thread::sleep_for(50ms);
  run.reset();
  REQUIRE(f.box.wait(0ms));
}

TEST_CASE("destroying the executor ends all runs, and a run outlives it harmlessly") {
  Fixture f;
  EndBox other;
  auto first = f.start({"stubborn"});
  auto second = f.executor->start(f.lab.spec({"stubborn"}), other.receiver());
  REQUIRE(second);
  f.executor.reset();
  REQUIRE(f.box.wait(0ms));
  REQUIRE(other.wait(0ms));
  first->freeze();
  first->stop("late");
}

TEST_CASE("a run may be destroyed within its own onEnd, and a slow onEnd holds up no other run's limit") {
  EndBox told;
  const auto receiver = told.receiver();
  std::atomic<bool> overtaken{false};
  std::mutex mutex;  // guards slow
  std::unique_ptr<Run> slow;
  Fixture f;
  {
    const std::lock_guard lock(mutex);
    auto run = f.executor->start(f.lab.spec({"exit", "0"}), [&](RunEnd end) {
      overtaken = eventually([&] { return f.size("ticks") > 0 && f.rests("ticks"); });
      const std::lock_guard inner(mutex);
      slow.reset();
      receiver(std::move(end));
    });
    REQUIRE(run);
    slow = std::move(*run);
  }
  auto spec = f.lab.spec({"tick", "/work/ticks"});
  spec.time = Duration::seconds(1);
  auto other = f.executor->start(spec, f.box.receiver());
  REQUIRE(other);
  CHECK(told.wait(60s));
  CHECK(overtaken);  // the other one met its limit meanwhile
  CHECK(f.box.wait());
}

TEST_CASE("a background task gets only what nobody else wants") {
  Lab lab;
  for (const bool background : {true, false}) {
    auto options = lab.options();
    options.background = background;
    auto executor = makeBubblewrapExecutor(options);
    REQUIRE(executor);
    EndBox box;
    auto run = (*executor)->start(lab.spec({"priority"}), box.receiver());
    REQUIRE(run);
    REQUIRE(box.wait());
    CHECK(readText(lab.file("output")) == (background ? "policy 5 nice 19\n" : "policy 0 nice 10\n"));
  }
}

TEST_CASE("many tasks run at the same time") {
  Fixture f;
  std::vector<std::unique_ptr<EndBox>> boxes;
  std::vector<std::unique_ptr<Run>> runs;
  for (int i = 0; i < 24; ++i) {
    const auto work = f.lab.file(("work-" + std::to_string(i)).c_str());
    std::filesystem::create_directory(work);
    auto spec = f.lab.spec({"say", std::to_string(i)});
    spec.work = work;
    spec.standardOutput = work.string() + ".out";
    spec.standardError = work.string() + ".err";
    boxes.push_back(std::make_unique<EndBox>());
    auto run = f.executor->start(spec, boxes.back()->receiver());
    REQUIRE(run);
    runs.push_back(std::move(*run));
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto end = boxes[i]->wait();
    REQUIRE(end);
    CHECK(end->exit == ExitKind::kOk);
    CHECK(readText(f.lab.file(("work-" + std::to_string(i) + ".out").c_str())) == std::to_string(i) + "\n");
  }
}

namespace {

/// An agent in a process of its own that starts a task of many sessions that never ends by itself; its pid.
pid_t startAgent(const Lab& lab, Who who) {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t agent = ::fork();
  if (agent == 0) {
    const bool drop = who == Who::kUnprivileged && ::geteuid() == 0;
    if (drop && (::setresgid(64999, 64999, 64999) != 0 || ::setresuid(64999, 64999, 64999) != 0)) ::_exit(9);
    auto executor = makeBubblewrapExecutor(lab.options());
    if (!executor || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    auto run = (*executor)->start(lab.spec({"tick-many"}), {});
    for (;;) ::pause();
  }
  ::close(ready[1]);
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  ::close(ready[0]);
  return agent;
}

/// Reaps; whether there is no child left.
bool childless() {
  pid_t reaped = 0;
  do reaped = ::waitpid(-1, nullptr, WNOHANG);
  while (reaped > 0);
  return reaped < 0;
}

}  // namespace

TEST_CASE("an agent that is killed at any moment leaves nothing running") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  // What loses its parent becomes our child: whoever is left, running or stuck, is seen.
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  RandomStream random(20240229);
  int started = 0;
  for (int trial = 0; trial < 60; ++trial) {
    Lab lab;
    if (::geteuid() == 0 && who == Who::kUnprivileged) lab.giveTo(64999);
    const pid_t agent = startAgent(lab, who);
    if (trial % 3 == 0) eventually([&] { return std::filesystem::exists(lab.work() / "tick-main"); });
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(30'000)));
    REQUIRE(::kill(agent, SIGKILL) == 0);
    REQUIRE(eventually(childless));
    started += std::filesystem::exists(lab.work() / "tick-main") ? 1 : 0;
  }
  CHECK(started >= 20);
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

TEST_CASE("a frozen task is gone too when its agent is killed") {
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  Lab lab;
  const pid_t agent = ::fork();
  if (agent == 0) {
    auto executor = makeBubblewrapExecutor(lab.options());
    if (!executor) ::_exit(1);
    auto run = (*executor)->start(lab.spec({"tick-many"}), {});
    if (!run) ::_exit(2);
    eventually([&] { return std::filesystem::exists(lab.work() / "tick-main"); });
    (*run)->freeze();
    writeText(lab.file("frozen"), "x");
    for (;;) ::pause();
  }
  REQUIRE(eventually([&] { return std::filesystem::exists(lab.file("frozen")); }));
  std::this_thread::sleep_for(100ms);
  REQUIRE(::kill(agent, SIGKILL) == 0);
  CHECK(eventually(childless));
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

namespace {

/// A process of this machine that was started with these words; -1 if there is none.
pid_t processOf(const std::string& words) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid > 1 && readText(entry.path() / "cmdline") == words) return pid;
  }
  return -1;
}

}  // namespace

TEST_CASE(
    "a program that the kernel ended for want of memory failed by the host's fault, and one that was killed did not") {
  const bool wantsMemory = GENERATE(true, false);
  Lab lab;
  writeText(lab.file("counters"), "nr_free_pages 9\noom_kill 4\noom_other 7\n");
  auto options = lab.options();
  options.kernelCounters = lab.file("counters");
  auto executor = makeBubblewrapExecutor(options);
  REQUIRE(executor);
  EndBox box;
  const std::string length = std::to_string(3'000'000 + ::getpid());
  auto run = (*executor)->start(lab.spec({"sleep", length}), box.receiver());
  REQUIRE(run);
  const std::string words = std::string("/bin/attacks") + '\0' + "sleep" + '\0' + length + '\0';
  pid_t program = -1;
  REQUIRE(eventually([&] { return (program = processOf(words)) > 1; }));
  if (wantsMemory) writeText(lab.file("counters"), "nr_free_pages 9\noom_kill 5\noom_other 7\n");
  REQUIRE(::kill(program, SIGKILL) == 0);
  const auto end = box.wait();
  REQUIRE(end);
  INFO(end->reason);
  CHECK(end->exit == (wantsMemory ? ExitKind::kHostFailed : ExitKind::kSignal));
}

TEST_CASE("a bubblewrap that is killed from outside takes its task with it") {
  Fixture f;
  auto run = f.start({"tick-many"});
  REQUIRE(f.grows("tick-0"));
  const std::string main = std::to_string(::getpid());
  // The executor's own first sandbox may still be on its way out of the kernel: then it is the first child, not ours.
  std::string children;
  REQUIRE(eventually([&] {
    children = readText("/proc/" + main + "/task/" + main + "/children");
    return std::count(children.begin(), children.end(), ' ') == 1;
  }));
  const int bubblewrap = std::atoi(children.c_str());
  REQUIRE(bubblewrap > 1);
  REQUIRE(::kill(bubblewrap, SIGKILL) == 0);
  const auto end = f.box.wait();
  REQUIRE(end);
  INFO(end->reason);
  CHECK(end->exit == ExitKind::kHostFailed);
  CHECK(f.rests("tick-0"));
}
