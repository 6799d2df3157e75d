// SPDX-License-Identifier: GPL-3.0-or-later
// The tier for hosts that block user namespaces. What a task must not do there is in tests/attacks; this is what it
// can, and how it ends.
#include <csignal>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "sandbox/landlock_rules.h"
#include "sandbox/orphans.h"
#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;
using namespace std::chrono_literals;

namespace {

LandlockOptions landlockOptions(const Lab& lab, int most = kMostLandlock) {
  LandlockOptions options;
  options.scratch = lab.options().scratch;
  options.init = lab.options().init;
  options.packages = {lab.spec({}).packageRoot};
  options.background = false;
  options.mostLandlock = most;
  return options;
}

std::unique_ptr<Executor> makeLandlock(const Lab& lab, int most = kMostLandlock) {
  auto executor = makeLandlockExecutor(landlockOptions(lab, most));
  REQUIRE(executor);
  CAPTURE((*executor)->limitation());
  REQUIRE((*executor)->tier() == SandboxTier::kProcess);
  return std::move(*executor);
}

RunEnd runToItsEnd(Executor& executor, RunSpec spec) {
  EndBox box;
  auto run = executor.start(std::move(spec), box.receiver());
  REQUIRE(run);
  const auto end = box.wait();
  REQUIRE(end);
  return *end;
}

std::uintmax_t sizeOf(const std::filesystem::path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return error ? 0 : bytes;
}

bool grows(const std::filesystem::path& file) {
  const auto before = sizeOf(file);
  return eventually([&] { return sizeOf(file) > before; });
}

bool rests(const std::filesystem::path& file) {
  const auto before = sizeOf(file);
  return !eventually([&] { return sizeOf(file) > before; }, 700ms);  // longer than the watch looks again
}

/// Reaps; whether there is no child left.
bool childless() {
  pid_t reaped = 0;
  do reaped = ::waitpid(-1, nullptr, WNOHANG);
  while (reaped > 0);
  return reaped < 0;
}

/// What loses its parent becomes our child: whoever is left, running or stuck, is seen.
struct Subreaper {
  Subreaper() { REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0); }
  ~Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
  Subreaper(const Subreaper&) = delete;
  Subreaper& operator=(const Subreaper&) = delete;
};

/// An agent of its own with a task of many sessions that never ends by itself.
pid_t startAgent(const Lab& lab, int most) {
  const pid_t agent = ::fork();
  if (agent != 0) return agent;
  auto executor = makeLandlockExecutor(landlockOptions(lab, most));
  if (!executor) ::_exit(1);
  writeText(lab.file("begun"), "x");
  auto run = (*executor)->start(lab.spec({"tick-many"}), {});
  for (;;) ::pause();
}

/// The guardian that an agent started; -1: none.
pid_t guardianOf(pid_t agent) {
  const std::string number = std::to_string(agent);
  std::istringstream children(readText("/proc/" + number + "/task/" + number + "/children"));
  for (pid_t child = 0; children >> child;) {
    const std::string name = readText("/proc/" + std::to_string(child) + "/comm");
    if (name == "init\n" || name == "hearth-task-ini\n") return child;  // as root it is started under the former
  }
  return -1;
}

}  // namespace

TEST_CASE("the Landlock tier says plainly what it is good for") {
  Lab lab;
  const auto executor = makeLandlock(lab);
  CHECK_THAT(executor->limitation(), Catch::Contains("WebAssembly") && Catch::Contains("that you trust"));
  CHECK_THAT(executor->limitation(), !Catch::Contains("6.12"));
  CHECK_THAT(makeLandlock(lab, 4)->limitation(), Catch::Contains("version 4") && Catch::Contains("Linux 6.12"));
}

TEST_CASE("a kernel without Landlock is told from one that has it, with what to do") {
  Lab lab;
  const auto executor = makeLandlockExecutor(landlockOptions(lab, 0));
  REQUIRE_FALSE(executor);
  CHECK(executor.error().code == ErrorCode::kUnsupported);
  CHECK_THAT(executor.error().message, Catch::Contains("Landlock"));
  CHECK_THAT(executor.error().hint, Catch::Contains("kernel"));
}

TEST_CASE("where /proc hides a task's processes from the agent there is no Landlock tier, and the words say so") {
  if (::geteuid() != 0) return;  // only root can mount another /proc
  Lab lab;
  lab.giveTo(64999);
  const pid_t agent = ::fork();
  if (agent == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("proc", "/proc", "proc", 0, "hidepid=2") != 0 || ::setgroups(0, nullptr) != 0 ||
        ::setresgid(64999, 64999, 64999) != 0 || ::setresuid(64999, 64999, 64999) != 0) {
      ::_exit(1);
    }
    auto executor = makeLandlockExecutor(landlockOptions(lab));
    writeText(lab.file("answer"), executor ? "made" : executor.error().message + executor.error().hint);
    ::_exit(0);
  }
  int status = -1;
  REQUIRE(::waitpid(agent, &status, 0) == agent);
  REQUIRE(status == 0);
  CHECK_THAT(readText(lab.file("answer")), Catch::Contains("hidepid") && Catch::Contains("gid="));
}

TEST_CASE("under Landlock a task finds its folder, its words and its streams") {
  const int most = GENERATE(1, 4, kMostLandlock);
  CAPTURE(most);
  Lab lab;
  const auto executor = makeLandlock(lab, most);
  auto spec = lab.spec({"environment"});
  spec.environment = {{"PLACE", "/work/input"}, {"OTHER", "/workshop"}};
  CHECK(runToItsEnd(*executor, spec).exit == ExitKind::kOk);
  const std::string text = readText(lab.file("output"));
  CHECK_THAT(text, Catch::Contains("OTHER=/workshop\n") && Catch::Contains("/work/input\n") &&
                       !Catch::Contains("PLACE=/work/input"));

  writeText(lab.work() / "input", "what it is given");
  spec = lab.spec({"copy-input"});
  spec.standardInput = "input";
  CHECK(runToItsEnd(*executor, spec).exit == ExitKind::kOk);
  CHECK(readText(lab.file("output")) == "what it is given");

  CHECK(runToItsEnd(*executor, lab.spec({"write", "/work/made", "beside", "/dev/null"})).exit == ExitKind::kOk);
  CHECK_THAT(readText(lab.file("output")),
             Catch::Contains("made\n") && Catch::Contains("open: beside\nopen: /dev/null\n"));
  CHECK(std::filesystem::exists(lab.work() / "made"));
}

TEST_CASE("under Landlock only what the package brings can be executed") {
  Lab lab;
  const auto executor = makeLandlock(lab);
  std::filesystem::copy_file(lab.spec({}).packageRoot / "bin" / "attacks", lab.work() / "program");
  auto spec = lab.spec({"exit", "0"});
  spec.program = "/../work/program";
  CHECK(runToItsEnd(*executor, spec).exit == ExitKind::kExitCode);
  // One that needs the machine's loader does not find it.
  std::filesystem::copy_file("/bin/true", lab.spec({}).packageRoot / "bin" / "dynamic");
  spec.program = "/bin/dynamic";
  const RunEnd end = runToItsEnd(*executor, spec);
  CHECK(end.exit == ExitKind::kExitCode);
  CHECK_THAT(end.reason, Catch::Contains("loader"));
}

TEST_CASE("under Landlock freezing stops every process of a task and thawing resumes it") {
  const int most = GENERATE(4, kMostLandlock);
  Lab lab;
  const auto executor = makeLandlock(lab, most);
  EndBox box;
  auto run = executor->start(lab.spec({"tick-many"}), box.receiver());
  REQUIRE(run);
  for (const char* file : {"tick-main", "tick-0", "tick-3"}) REQUIRE(grows(lab.work() / file));
  (*run)->freeze();
  REQUIRE(eventually([&] { return rests(lab.work() / "tick-main"); }));
  for (const char* file : {"tick-0", "tick-3"}) CHECK(rests(lab.work() / file));
  (*run)->thaw();
  for (const char* file : {"tick-main", "tick-3"}) CHECK(grows(lab.work() / file));
  (*run)->freeze();
  (*run)->stop("frozen");
  const auto end = box.wait();
  REQUIRE(end);
  CHECK(end->reason == "frozen");
  CHECK(rests(lab.work() / "tick-0"));
}

TEST_CASE("under Landlock an agent that is killed at any moment leaves nothing running") {
  const int most = GENERATE(4, kMostLandlock);
  CAPTURE(most);
  const Subreaper subreaper;
  RandomStream random(20260101);
  int started = 0;
  for (int trial = 0; trial < 30; ++trial) {
    Lab lab;
    const pid_t agent = startAgent(lab, most);
    REQUIRE(eventually([&] { return std::filesystem::exists(lab.file("begun")); }));
    if (trial % 3 == 0) eventually([&] { return std::filesystem::exists(lab.work() / "tick-main"); });
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(10'000)));
    REQUIRE(::kill(agent, SIGKILL) == 0);
    REQUIRE(eventually(childless));
    started += std::filesystem::exists(lab.work() / "tick-main") ? 1 : 0;
  }
  CHECK(started >= 10);
}

TEST_CASE("a guardian that is killed from outside takes its task with it") {
  const int most = GENERATE(4, kMostLandlock);
  Lab lab;
  const auto executor = makeLandlock(lab, most);
  EndBox box;
  auto run = executor->start(lab.spec({"tick-many"}), box.receiver());
  REQUIRE(run);
  REQUIRE(grows(lab.work() / "tick-0"));
  const pid_t guardian = guardianOf(::getpid());
  REQUIRE(guardian > 1);
  REQUIRE(::kill(guardian, SIGKILL) == 0);
  const auto end = box.wait();
  REQUIRE(end);
  CHECK(end->exit == ExitKind::kHostFailed);
  CHECK(rests(lab.work() / "tick-0"));
}

TEST_CASE("what an agent and a guardian that were killed together left running is ended at the next start") {
  const Subreaper subreaper;
  Lab lab;
  const pid_t agent = startAgent(lab, kMostLandlock);
  REQUIRE(eventually([&] { return std::filesystem::exists(lab.work() / "tick-3"); }));
  const pid_t guardian = guardianOf(agent);
  REQUIRE(guardian > 1);
  REQUIRE(::kill(agent, SIGSTOP) == 0);
  REQUIRE(::waitpid(agent, nullptr, WUNTRACED) == agent);  // it must not see its guardian go
  REQUIRE(::kill(guardian, SIGKILL) == 0);
  REQUIRE(::kill(agent, SIGKILL) == 0);
  REQUIRE(grows(lab.work() / "tick-0"));  // nobody is left who could have ended it
  makeLandlock(lab);
  CHECK(eventually(childless));
  CHECK(rests(lab.work() / "tick-0"));
}

TEST_CASE("orphans are told from tasks that are guarded, and from strangers") {
  Lab lab;
  const auto executor = makeLandlock(lab);
  EndBox box;
  auto run = executor->start(lab.spec({"tick-many"}), box.receiver());
  REQUIRE(run);
  REQUIRE(grows(lab.work() / "tick-0"));
  CHECK(endOrphans(lab.spec({}).packageRoot) == 0);
  CHECK(grows(lab.work() / "tick-0"));
}

TEST_CASE("the best executor that this machine has is chosen, and why it is no better is said") {
  Lab lab;
  auto best = makeExecutor(lab.options(), {lab.spec({}).packageRoot});
  REQUIRE(best);
  CHECK((*best)->tier() == SandboxTier::kNamespaces);

  auto options = lab.options();
  options.bubblewrap = lab.folder() / "nothing";
  best = makeExecutor(options, {lab.spec({}).packageRoot});
  REQUIRE(best);
  CHECK((*best)->tier() == SandboxTier::kProcess);
  CHECK_THAT((*best)->limitation(), Catch::Contains("that you trust") && Catch::Contains("apt install bubblewrap"));
  CHECK(runToItsEnd(**best, lab.spec({"say", "hello"})).exit == ExitKind::kOk);
  CHECK(readText(lab.file("output")) == "hello\n");

  options.init = lab.folder() / "nothing";  // then there is nothing
  best = makeExecutor(options, {lab.spec({}).packageRoot});
  CHECK_FALSE(best);
}
