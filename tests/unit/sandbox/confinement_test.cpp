// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;

TEST_CASE("a program runs with its arguments and its output is kept") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome outcome = attack(who, {"say", "hello", "a b", ""});
  CHECK(outcome.refusal == "");
  CHECK(outcome.exit == ExitKind::kOk);
  CHECK(outcome.reason == "");
  CHECK(outcome.exitCode == 0);
  CHECK(outcome.output == "hello\na b\n\n");
  CHECK(outcome.error == "");
}

TEST_CASE("an exit code and a signal of the program's own are told") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome exited = attack(who, {"exit", "42"});
  CHECK(exited.exit == ExitKind::kExitCode);
  CHECK(exited.exitCode == 42);
  CHECK_THAT(exited.reason, Catch::Contains("42"));
  const Outcome signalled = attack(who, {"raise", "11"});
  CHECK(signalled.exit == ExitKind::kSignal);
  CHECK(signalled.exitCode == 11);
  CHECK_THAT(signalled.reason, Catch::Contains("SIGSEGV"));
}

TEST_CASE("the environment is what was given and nothing else") {
  ::setenv("SECRET_TOKEN", "hidden", 1);
  const Outcome outcome = attack(everyone().front(), {"environment"}, [](RunSpec& spec) {
    spec.environment = {{"HOME", "/work"}, {"TASK", "7"}};
  });
  CHECK(outcome.output == "HOME=/work\nTASK=7\n");
}

TEST_CASE("standard input is a file of the task's folder or nothing") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  Lab lab;
  writeText(lab.work() / "numbers", "1 2 3\n");
  CHECK(attack(
            who, {"copy-input"}, [](RunSpec& spec) { spec.standardInput = "numbers"; }, &lab)
            .output == "1 2 3\n");
  CHECK(attack(who, {"copy-input"}, {}, &lab).output == "");
  ::symlink("/etc/passwd", (lab.work() / "link").c_str());
  CHECK_THAT(attack(
                 who, {"copy-input"}, [](RunSpec& spec) { spec.standardInput = "link"; }, &lab)
                 .refusal,
             Catch::Contains("standard input"));
  CHECK_THAT(attack(
                 who, {"copy-input"}, [](RunSpec& spec) { spec.standardInput = "../output"; }, &lab)
                 .refusal,
             Catch::Contains("standard input"));
}

TEST_CASE("a task sees its package, its folder and nothing of the machine") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  Lab lab;
  const std::string secret = (lab.folder() / "secret").string();
  writeText(secret, "key");
  const Outcome root = attack(who, {"list-root"}, {}, &lab);
  CHECK_THAT(root.output, Catch::Contains("bin\n") && Catch::Contains("work\n") && Catch::Contains("tmp\n"));
  CHECK_THAT(root.output, !Catch::Contains("etc") && !Catch::Contains("home") && !Catch::Contains("root") &&
                              !Catch::Contains("usr"));
  const std::string agent = std::to_string(::getpid());
  const Outcome read =
      attack(who,
             {"read", secret, "/etc/shadow", "/etc/passwd", "/root", "/home", "/proc/" + agent + "/environ",
              "/proc/1/environ", "/proc/1/mem", "/proc/1/maps", "/proc/1/root", "/proc/kcore", "/dev/mem", "/dev/kmsg",
              "/dev/vda", "/dev/kvm", "/sys/kernel", "/run", "/var"},
             {}, &lab);
  CHECK(read.exit == ExitKind::kOk);
  CHECK(read.output == "");
}

TEST_CASE("a task writes in its folder and in /tmp and nowhere else") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  CHECK(attack(who, {"write", "/work/a", "/tmp/a", "/dev/shm/a"}).output ==
        "open: /work/a\nopen: /tmp/a\nopen: /dev/shm/a\n");
  const Outcome closed = attack(who, {"write", "/a", "/bin/a", "/bin/attacks", "/hearth-task-init", "/dev/a",
                                      "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory",
                                      "/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/proc/self/oom_score_adj"});
  CHECK(closed.exit == ExitKind::kOk);
  CHECK(closed.output == "");
}

TEST_CASE("a task of an agent that is root belongs to a user of its own") {
  if (::geteuid() != 0) return;
  Lab lab;
  writeText(lab.work() / "input", "x");
  CHECK(attack(Who::kRoot, {"write", "/work/made", "/work/input"}, {}, &lab).output ==
        "open: /work/made\nopen: /work/input\n");
  for (const char* name : {"made", "input", "."}) {
    struct stat info {};
    REQUIRE(::stat((lab.work() / name).c_str(), &info) == 0);
    CHECK(info.st_uid == 64999);
    CHECK(info.st_gid == 64999);
  }
}

TEST_CASE("no socket can be made, and none reached") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome outcome = attack(who, {"network"});
  CHECK(outcome.exit == ExitKind::kOk);
  CHECK(outcome.output == "");
}

TEST_CASE("the kernel's doors are closed") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome outcome = attack(who, {"kernel"});
  CHECK(outcome.refusal == "");
  CHECK(outcome.exit == ExitKind::kOk);
  CHECK(outcome.output == "");
}

TEST_CASE("system calls of a foreign architecture end the task") {
  const Outcome outcome = attack(everyone().front(), {"foreign-abi"});
  CHECK(outcome.exit == ExitKind::kSignal);
  CHECK_THAT(outcome.reason, Catch::Contains("SIGSYS"));
}

TEST_CASE("no file that the agent has open is inherited") {
  const Who who = GENERATE(from_range(everyone()));
  const int leak = ::dup(1);  // without FD_CLOEXEC
  CHECK(attack(who, {"files"}).output == "");
  ::close(leak);
}

TEST_CASE("a spec that cannot run is refused with words") {
  const Who who = everyone().front();
  CHECK_THAT(attack(who, {}, [](RunSpec& spec) { spec.program = "bin/attacks"; }).refusal, Catch::Contains("absolute"));
  CHECK_THAT(attack(who, {}, [](RunSpec& spec) { spec.memoryBytes = 0; }).refusal, Catch::Contains("memory"));
  CHECK_THAT(attack(who, {std::string("a\0b", 3)}).refusal, Catch::Contains("NUL"));
  CHECK_THAT(attack(who, {}, [](RunSpec& spec) { spec.environment = {{"A=B", "c"}}; }).refusal, Catch::Contains("A=B"));
  CHECK_THAT(attack(who, {}, [](RunSpec& spec) { spec.arguments.assign(30, std::string(100'000, 'x')); }).refusal,
             Catch::Contains("input file"));
  CHECK_THAT(attack(who, {}, [](RunSpec& spec) { spec.packageRoot = "/nowhere"; }).refusal, Catch::Contains("package"));
  const Outcome missing = attack(who, {}, [](RunSpec& spec) { spec.program = "/bin/nothing"; });
  CHECK(missing.exit == ExitKind::kExitCode);
  CHECK_THAT(missing.reason, Catch::Contains("cannot be started"));
}

TEST_CASE("a package may not bring a name that the sandbox gives") {
  Lab lab;
  const auto package = lab.spec({}).packageRoot;
  std::filesystem::create_directory(package / "proc");
  CHECK(attack(everyone().front(), {"exit", "0"}, {}, &lab).refusal == "");
  writeText(package / "work", "");
  CHECK_THAT(attack(everyone().front(), {"exit", "0"}, {}, &lab).refusal, Catch::Contains("/work"));
}

TEST_CASE("an input that has a second name is refused, since the task could change it under that name") {
  Lab lab;
  writeText(lab.file("cached"), "shared");
  std::filesystem::create_hard_link(lab.file("cached"), lab.work() / "input");
  CHECK_THAT(attack(everyone().front(), {"exit", "0"}, {}, &lab).refusal, Catch::Contains("second name"));
}

TEST_CASE("a task sees the devices that it was given, may control no others, and others see none") {
  if (::access("/dev/kvm", F_OK) != 0) {
    WARN("skipped: there is no /dev/kvm to stand for a device");
    return;
  }
  const auto look = [](std::vector<std::filesystem::path> devices) {
    Lab lab;
    std::filesystem::copy_file("/bin/busybox", lab.spec({}).packageRoot / "bin/ls");
    return attack(
        everyone().front(), {"/dev"},
        [&](RunSpec& spec) {
          spec.program = "/bin/ls";
          spec.devices = std::move(devices);
        },
        &lab);
  };
  CHECK(look({}).output.find("kvm") == std::string::npos);
  CHECK(look({"/dev/kvm"}).output.find("kvm\n") != std::string::npos);
  for (const char* bad : {"/etc/passwd", "/dev/mem", "/dev/dri/../mem", "/dev/sda", "dri/renderD128"}) {
    const Outcome refused = look({bad});
    CHECK(refused.refusal.find("is not a device that a task may be given") != std::string::npos);
  }
}
