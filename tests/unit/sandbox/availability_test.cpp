// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/cgroup.h"
#include "sandbox/cgroup_scope.h"
#include "sandbox/tool.h"
#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;

namespace {

/// A bubblewrap that fails as the real one does on some systems.
std::filesystem::path failingBubblewrap(const Lab& lab, const std::string& words) {
  const auto file = lab.folder() / "bwrap";
  writeText(file, "#!/bin/sh\ncat >&2 <<'END'\n" + words + "\nEND\nexit 1\n");
  ::chmod(file.c_str(), 0755);
  return file;
}

std::string limitationWith(const std::string& words) {
  Lab lab;
  auto options = lab.options();
  options.bubblewrap = failingBubblewrap(lab, words);
  auto executor = makeBubblewrapExecutor(options);
  REQUIRE(executor);
  CHECK((*executor)->tier() == SandboxTier::kNone);
  auto run = (*executor)->start(lab.spec({"exit", "0"}), {});
  REQUIRE_FALSE(run);
  CHECK(run.error().code == ErrorCode::kUnsupported);
  CHECK_THAT(run.error().message, Catch::Contains((*executor)->limitation()));
  return (*executor)->limitation();
}

}  // namespace

TEST_CASE("without bubblewrap, init or folder the error says what to do") {
  Lab lab;
  auto options = lab.options();
  options.bubblewrap = lab.folder() / "nothing";
  auto executor = makeBubblewrapExecutor(options);
  REQUIRE_FALSE(executor);
  CHECK(executor.error().code == ErrorCode::kNotFound);
  CHECK_THAT(executor.error().hint, Catch::Contains("apt install bubblewrap"));

  options = lab.options();
  options.init = lab.folder() / "nothing";
  executor = makeBubblewrapExecutor(options);
  REQUIRE_FALSE(executor);
  CHECK_THAT(executor.error().message, Catch::Contains("hearth-task-init"));

  options = lab.options();
  writeText(lab.file("file"), "");
  options.scratch = lab.file("file") / "below";
  CHECK_FALSE(makeBubblewrapExecutor(options));
}

TEST_CASE("a tool of the system is heard, and ended when it takes too long") {
  CHECK(runTool({"/bin/echo", "one", "two"}, std::chrono::seconds(30)) == "one two\n");
  CHECK_FALSE(runTool({"/bin/false"}, std::chrono::seconds(30)));
  CHECK_FALSE(runTool({"/nowhere"}, std::chrono::seconds(30)));
  CHECK(runTool({"/bin/sh", "-c", "head -c 100000 /dev/zero"}, std::chrono::seconds(30)).value_or("").size() == 4096);
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(runTool({"/bin/sleep", "60"}, std::chrono::milliseconds(100)));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
}

TEST_CASE("a bubblewrap that is too old is told from one that is not, with both versions") {
  Lab lab;
  auto options = lab.options();
  options.bubblewrap = lab.folder() / "bwrap";
  writeText(options.bubblewrap, "#!/bin/sh\necho bubblewrap 0.4.1\n");
  ::chmod(options.bubblewrap.c_str(), 0755);
  const auto executor = makeBubblewrapExecutor(options);
  REQUIRE_FALSE(executor);
  CHECK_THAT(executor.error().message, Catch::Contains("version 0.4") && Catch::Contains("0.8"));
  CHECK_THAT(executor.error().hint, Catch::Contains("newer"));
  for (const char* version : {"0.8.0", "0.11.0", "1.0.0"}) {
    writeText(options.bubblewrap, std::string("#!/bin/sh\necho bubblewrap ") + version + "\n");
    CHECK(makeBubblewrapExecutor(options));  // it is tried
  }
}

TEST_CASE("where the kernel refuses user namespaces, tasks run by Landlock, and the words say why") {
  if (::geteuid() != 0) return;  // the limit is of a namespace that only root can map whole
  Lab lab;
  int ready[2], mapped[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(mapped) == 0);
  const pid_t agent = ::fork();
  if (agent == 0) {
    char byte = 0;
    if (::unshare(CLONE_NEWUSER) != 0 || ::write(ready[1], "x", 1) != 1 || ::read(mapped[0], &byte, 1) != 1) ::_exit(1);
    writeText("/proc/sys/user/max_user_namespaces", "0");
    auto executor = makeExecutor(lab.options(), {lab.spec({}).packageRoot});
    if (!executor) ::_exit(2);
    writeText(lab.file("answer"), std::string(sandboxTierName((*executor)->tier())) + " " + (*executor)->limitation());
    EndBox box;
    auto run = (*executor)->start(lab.spec({"say", "hello"}), box.receiver());
    ::_exit(run && box.wait() ? 0 : 3);
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  for (const char* map : {"/uid_map", "/gid_map"}) writeText("/proc/" + std::to_string(agent) + map, "0 0 4294967295");
  REQUIRE(::write(mapped[1], "x", 1) == 1);
  int status = -1;
  REQUIRE(::waitpid(agent, &status, 0) == agent);
  for (const int fd : {ready[0], ready[1], mapped[0], mapped[1]}) ::close(fd);
  CHECK(status == 0);
  const std::string answer = readText(lab.file("answer"));
  CHECK_THAT(answer, Catch::StartsWith("process ") && Catch::Contains("user.max_user_namespaces"));
  CHECK(readText(lab.file("output")) == "hello\n");
}

TEST_CASE("where user namespaces are blocked the tier is none and the words say how to change it") {
  CHECK_THAT(
      limitationWith(
          "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)"),
      Catch::Contains("max_user_namespaces"));
  CHECK_THAT(
      limitationWith("bwrap: No permissions to create new namespace, likely because the kernel does not allow it"),
      Catch::Contains("unprivileged_userns_clone=1"));
  CHECK_THAT(limitationWith("bwrap: setting up uid map: Permission denied"), Catch::Contains("AppArmor"));
  CHECK_THAT(limitationWith("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted"),
             Catch::Contains("AppArmor"));
  CHECK_THAT(limitationWith("bwrap: Unknown option --disable-userns"), Catch::Contains("too old"));
  CHECK_THAT(limitationWith("bwrap: Can't mount proc on /newroot/proc: Operation not permitted"),
             Catch::Contains("ProtectKernelTunables"));
  CHECK_THAT(limitationWith("bwrap: Can't find source path /root/x: Permission denied"),
             Catch::Contains("others may enter"));
  CHECK_THAT(limitationWith("something else"), Catch::Contains("something else"));
  CHECK_THAT(limitationWith(""), Catch::Contains("without a word"));
}

TEST_CASE("a bubblewrap that confines too little is not used") {
  Lab lab;
  auto options = lab.options();
  // As the real one, but for the network and for the processes: the init does not find itself to be the first.
  options.bubblewrap = lab.folder() / "bwrap";
  writeText(options.bubblewrap, "#!/bin/sh\nexec /hearth-task-init\n");
  ::chmod(options.bubblewrap.c_str(), 0755);
  auto executor = makeBubblewrapExecutor(options);
  REQUIRE(executor);
  CHECK((*executor)->tier() == SandboxTier::kNone);
  CHECK((*executor)->limitation() != "");
}

TEST_CASE("tasks never run as root") {
  if (::geteuid() != 0) return;
  Lab lab;
  auto options = lab.options();
  options.user = 0;
  CHECK_FALSE(makeBubblewrapExecutor(options));
}

TEST_CASE("a control group's files say the limits and tell what happened") {
  Lab lab;
  const auto folder = lab.file("group");
  std::filesystem::create_directory(folder);
  writeText(folder / "cgroup.procs", "");
  writeText(folder / "cgroup.controllers", "cpu memory pids");
  writeText(folder / "cgroup.subtree_control", "");
  auto root = CgroupRoot::at(folder);
  REQUIRE(root);
  CHECK(root->complete());
  writeText(folder / "cgroup.controllers", "cpu pids");
  root = CgroupRoot::at(folder);
  REQUIRE(root);
  CHECK_FALSE(root->complete());
  CHECK(root->missing() == "memory");
}

TEST_CASE("which control groups a system has is told from its mounts, and what to do where they are too old") {
  const std::string first = "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
  const std::string second = "42 24 0:39 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
  CHECK(hierarchyIn("") == Hierarchy::kNone);
  CHECK(hierarchyIn(first) == Hierarchy::kFirst);
  CHECK(hierarchyIn(first + second) == Hierarchy::kHybrid);
  CHECK(hierarchyIn(second) == Hierarchy::kUnified);
  CHECK(inWords(Hierarchy::kUnified).problem == "");
  CHECK_THAT(inWords(Hierarchy::kNone).hint, Catch::Contains("cgroup2"));
  CHECK_THAT(inWords(Hierarchy::kFirst).problem, Catch::Contains("version 1 only"));
  CHECK_THAT(inWords(Hierarchy::kHybrid).hint, Catch::Contains("systemd.unified_cgroup_hierarchy=1"));
}

namespace {

const std::filesystem::path& groupMount() {
  static const std::filesystem::path mount =
      std::filesystem::exists("/sys/fs/cgroup/unified/cgroup.procs") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
  return mount;
}

/// A stand-in for systemd's busctl; returns the group that it makes.
std::filesystem::path fakeBusctl(const Lab& lab, const std::string& script) {
  writeText(lab.folder() / "busctl", "#!/bin/sh\n" + script);
  ::chmod((lab.folder() / "busctl").c_str(), 0755);
  return lab.folder() / "busctl";
}

/// What an agent of its own says after it asked for a scope: its limitation, and the group that it is in then.
std::pair<std::string, std::string> askForScope(const Lab& lab, const std::string& script) {
  const auto busctl = fakeBusctl(lab, script);
  const pid_t agent = ::fork();
  if (agent == 0) {
    auto options = lab.options();
    options.busctl = busctl;
    auto executor = makeBubblewrapExecutor(options);
    writeText(lab.file("limitation"), executor ? (*executor)->limitation() : executor.error().message);
    writeText(lab.file("group"), readText("/proc/self/cgroup"));
    if (executor) executor->reset();  // when nothing of the probe is left
    ::_exit(0);
  }
  int status = -1;
  REQUIRE(::waitpid(agent, &status, 0) == agent);
  REQUIRE(status == 0);
  return {readText(lab.file("limitation")), readText(lab.file("group"))};
}

}  // namespace

TEST_CASE("an agent whose group was not delegated asks systemd for a scope and runs its tasks in it") {
  Lab lab;
  const auto probe = groupMount() / ("hearth-probe-" + std::to_string(::getpid()));
  if (::mkdir(probe.c_str(), 0755) != 0) {
    WARN("no control group can be made here: not tested");
    return;
  }
  ::rmdir(probe.c_str());
  const std::string words = lab.file("words").string();
  const auto [limitation, group] =
      askForScope(lab, "echo \"$@\" > " + words + "\nshift 8\nmkdir " + groupMount().string() + "/$1\necho $7 > " +
                           groupMount().string() + "/$1/cgroup.procs\n");
  const std::string asked = readText(words);
  CHECK_THAT(asked, Catch::StartsWith(::geteuid() == 0 ? "--system" : "--user"));
  CHECK_THAT(asked, Catch::Contains("StartTransientUnit") && Catch::Contains(" Delegate b true "));
  const auto name = asked.substr(asked.find("hearth-agent-"), asked.find(".scope") + 6 - asked.find("hearth-agent-"));
  CHECK_THAT(group, Catch::Contains("0::/" + name + "/agent\n"));
  CHECK_THAT(limitation, !Catch::Contains("delegated"));  // it may lack controllers, which is another matter
  ::rmdir((groupMount() / name / "agent").c_str());
  CHECK(eventually([&] { return ::rmdir((groupMount() / name).c_str()) == 0; }));  // nothing of the probe is left in it
}

TEST_CASE("where nobody gives the agent a scope it goes on without, and says how to get one") {
  Lab lab;
  for (const char* script : {"exit 1\n", "exit 0\n"}) {  // refused; promised and not done
    const auto [limitation, group] = askForScope(lab, script);
    CHECK(group == readText("/proc/self/cgroup"));
    CHECK_THAT(limitation, Catch::Contains("systemd-run") || Catch::Contains("unified"));
  }
}

TEST_CASE("what runs in the groups of an agent that was killed is ended when the next one takes them over") {
  const auto folder = groupMount() / ("hearth-left-" + std::to_string(::getpid()));
  if (::mkdir(folder.c_str(), 0755) != 0) {
    WARN("no control group can be made here: not tested");
    return;
  }
  ::mkdir((folder / "task-7").c_str(), 0755);
  ::mkdir((folder / "task-7" / "run").c_str(), 0755);
  const pid_t left = ::fork();
  if (left == 0) {
    for (;;) ::pause();
  }
  writeText(folder / "task-7" / "run" / "cgroup.procs", std::to_string(left));
  writeText(folder / "task-7" / "run" / "cgroup.freeze", "1");
  CHECK(CgroupRoot::at(folder));
  int status = 0;
  CHECK(eventually([&] { return ::waitpid(left, &status, WNOHANG) == left; }));
  CHECK(WIFSIGNALED(status));
  CHECK_FALSE(std::filesystem::exists(folder / "task-7"));
  CHECK(::rmdir(folder.c_str()) == 0);
}

TEST_CASE("a control group of the kernel freezes a task, ends it and is removed") {
  const auto folder = groupMount() / ("hearth-test-" + std::to_string(::getpid()));
  if (::mkdir(folder.c_str(), 0755) != 0 || !std::filesystem::exists(folder / "cgroup.freeze")) {
    WARN("no control group can be made here: not tested");
    return;
  }
  {
    Lab lab;
    EndBox box;
    auto options = lab.options();
    options.controlGroup = folder;
    auto executor = makeBubblewrapExecutor(options);
    REQUIRE(executor);
    CHECK((*executor)->tier() >= SandboxTier::kNamespaces);
    auto run = (*executor)->start(lab.spec({"tick", "/work/ticks"}), box.receiver());
    REQUIRE(run);
    const auto size = [&] {
      return std::filesystem::exists(lab.work() / "ticks") ? std::filesystem::file_size(lab.work() / "ticks") : 0;
    };
    REQUIRE(eventually([&] { return size() > 0; }));
    CHECK(std::filesystem::exists(folder / "task-2" / "run"));
    CHECK(readText(folder / "task-2" / "run" / "cgroup.procs") != "");
    (*run)->freeze();
    CHECK(eventually(
        [&] { return readText(folder / "task-2" / "run" / "cgroup.events").find("frozen 1") != std::string::npos; }));
    const auto frozen = size();
    CHECK_FALSE(eventually([&] { return size() > frozen; }, std::chrono::milliseconds(300)));
    (*run)->thaw();
    CHECK(eventually([&] { return size() > frozen; }));
    (*run)->freeze();
    (*run)->stop("frozen");
    const auto end = box.wait();
    REQUIRE(end);
    CHECK(end->reason == "frozen");
    CHECK(eventually([&] { return !std::filesystem::exists(folder / "task-2"); }));
  }
  CHECK(::rmdir(folder.c_str()) == 0);
}
