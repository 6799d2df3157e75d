// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/unique_fd.h"
#include "sandbox/vm_executor.h"
#include "sandbox/vm_protocol.h"
#include "sandbox/vm_result.h"
#include "support/test_machine.h"
#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

/// The machine, made once for all tests; empty where QEMU is not installed.
fs::path machine() {
  const auto folder = test::testMachine(HEARTH_SOURCE_DIR, HEARTH_BIN_DIR, "hearth-guest-init");
  INFO((folder ? std::string() : folder.error().message));
  REQUIRE(folder);
  if (folder->empty()) WARN("skipped: qemu-system-x86 is not installed (packaging/setup/test.txt)");
  return *folder;
}

std::unique_ptr<Executor> emulated(const Lab& lab, const fs::path& folder) {
  VmOptions options;
  options.machine = folder;
  options.confinement = lab.options();
  options.emulate = true;
  options.accelerator = "/nonexistent/kvm";
  auto executor = makeVmExecutor(options);
  INFO((executor ? (*executor)->limitation() : executor.error().message));
  REQUIRE(executor);
  REQUIRE((*executor)->tier() == SandboxTier::kVirtualMachine);
  CHECK_THAT((*executor)->limitation(), Contains("there is no /nonexistent/kvm") && Contains("emulated"));
  return std::move(*executor);
}

/// A run of busybox's shell.
RunSpec shell(const Lab& lab, const std::string& script) {
  RunSpec spec = lab.spec({"sh", "-c", script});
  const fs::path place = spec.packageRoot / "bin/busybox";
  if (!fs::exists(place)) fs::copy_file("/bin/busybox", place);
  spec.program = "/bin/busybox";
  spec.environment = {{"PATH", "/bin"}, {"GREETING", "hello"}};
  spec.time = Duration::seconds(120);
  return spec;
}

RunEnd runToEnd(Executor& executor, RunSpec spec) {
  EndBox box;
  auto run = executor.start(std::move(spec), box.receiver());
  INFO((run ? std::string() : run.error().message));
  REQUIRE(run);
  const auto end = box.wait(180s);
  REQUIRE(end);
  return *end;
}

/// The arguments of a process, with blanks between them; empty when it is gone.
std::string commandLine(const fs::path& process) {
  std::array<char, 4096> text;
  const UniqueFd file(::open((process / "cmdline").c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t got = file ? ::read(file.number(), text.data(), text.size()) : -1;
  std::string line(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  std::replace(line.begin(), line.end(), '\0', ' ');
  return line;
}

int machinesWith(const std::string& memory) {
  int count = 0;
  std::error_code error;
  for (const auto& each : fs::directory_iterator("/proc", error)) {
    const std::string line = commandLine(each.path());
    count += line.find("qemu-system") != std::string::npos && line.find("-m " + memory + " ") != std::string::npos;
  }
  return count;
}

}  // namespace

TEST_CASE("a task in a virtual machine sees its package, its folder and its environment, and nothing else") {
  const fs::path folder = machine();
  if (folder.empty()) return;
  Lab lab;
  const auto executor = emulated(lab, folder);
  fs::create_directories(lab.work() / "sub");
  writeText(lab.work() / "input", "from outside\n");
  writeText(lab.work() / "sub/other", "other\n");
  RunSpec spec = shell(lab, R"(
    id -u; pwd; echo $GREETING; cat; cat sub/other
    echo written > sub/result; mkdir -p a/b; echo deep > a/b/c; ln -s /etc/passwd link; mkfifo pipe
    echo changed >> input
    touch /new; ls /sys /proc/sys/net/ipv4/conf/eth0; cat /proc/1/environ; id -G
    echo done >&2; exit 3)");
  spec.standardInput = "input";
  const RunEnd end = runToEnd(*executor, spec);
  CHECK(end.reason == "it ended with exit code 3");
  CHECK(end.exit == ExitKind::kExitCode);
  CHECK(end.exitCode == 3);
  CHECK(readText(lab.file("output")) == "65534\n/work\nhello\nfrom outside\nother\n65534\n");
  const std::string errors = readText(lab.file("error"));
  for (const char* words : {"/new: Read-only file system", "/sys: No such file", "conf/eth0: No such file",
                            "/proc/1/environ': Permission denied", "done\n"}) {
    CHECK_THAT(errors, Contains(words));
  }
  CHECK(readText(lab.work() / "sub/result") == "written\n");
  CHECK(readText(lab.work() / "a/b/c") == "deep\n");
  CHECK(readText(lab.work() / "input") == "from outside\nchanged\n");
  CHECK_FALSE(fs::exists(fs::symlink_status(lab.work() / "link")));
  CHECK_FALSE(fs::exists(fs::symlink_status(lab.work() / "pipe")));
  CHECK(end.usage.processor.inSeconds() > 0);
  CHECK(fs::is_empty(lab.file("scratch")));
}

TEST_CASE("a task in a virtual machine is held to its limits, and its result says to which") {
  const fs::path folder = machine();
  if (folder.empty()) return;
  Lab lab;
  const auto executor = emulated(lab, folder);
  {
    RunSpec spec = shell(lab, "echo begun; sleep 1000");
    spec.time = Duration::seconds(4);
    const RunEnd end = runToEnd(*executor, spec);
    CHECK(end.exit == ExitKind::kTimeLimit);
    CHECK(end.reason == "it ran longer than its limit of 4 s");
    CHECK(readText(lab.file("output")) == "begun\n");
  }
  {
    RunSpec spec = shell(lab, "");
    spec.program = "/bin/attacks";
    spec.arguments = {"balloon", "4", "30"};
    const RunEnd end = runToEnd(*executor, spec);
    CHECK(end.exit == ExitKind::kMemoryLimit);
    CHECK_THAT(end.reason, Contains("more memory than its limit of 64 MiB"));
  }
  {
    const RunEnd end =
        runToEnd(*executor, shell(lab, "for i in $(seq 40); do sleep 100 & done 2>/dev/null; wait %1; exit 9"));
    CHECK(end.exit == ExitKind::kProcessLimit);
  }
  {
    const RunEnd end = runToEnd(*executor, shell(lab, "dd if=/dev/zero of=big bs=1M count=100 2>/dev/null; echo $?"));
    CHECK(readText(lab.file("output")) == "1\n");
    CHECK(fs::file_size(lab.work() / "big") <= 10 * limits::kMiB);
    fs::remove(lab.work() / "big");
  }
  {
    RunSpec spec = shell(lab, "yes | head -c 3000000; yes | head -c 3000000 >&2");
    CHECK(runToEnd(*executor, spec).exit == ExitKind::kOk);
    CHECK(fs::file_size(lab.file("output")) == limits::kStreamBytes);
    CHECK_THAT(readText(lab.file("error")), Contains("[cut here: 2737856 more bytes were not kept]"));
    spec.standardOutputBytes = 1000;
    CHECK(runToEnd(*executor, spec).exit == ExitKind::kDiskLimit);
    CHECK(fs::file_size(lab.file("output")) == 1000);
  }
}

TEST_CASE("a virtual machine is frozen, thawed and stopped") {
  const fs::path folder = machine();
  if (folder.empty()) return;
  Lab lab;
  const auto executor = emulated(lab, folder);
  RunSpec spec = shell(lab, "while :; do :; done");
  EndBox box;
  auto run = executor->start(spec, box.receiver());
  REQUIRE(run);
  REQUIRE(eventually([&] { return (*run)->usage().processor.inSeconds() > 0.3; }, 60s));
  (*run)->freeze();
  // What was measured before the freeze may still come in.
  Duration before = (*run)->usage().processor;
  REQUIRE(eventually([&] { return std::exchange(before, (*run)->usage().processor) == (*run)->usage().processor; }));
  (*run)->thaw();
  REQUIRE(eventually([&] { return (*run)->usage().processor > before; }, 60s));
  (*run)->stop("enough");
  const auto end = box.wait(30s);
  REQUIRE(end);
  CHECK(end->exit == ExitKind::kHostFailed);
  CHECK(end->reason == "enough");
}

TEST_CASE("a virtual machine ends with its agent, however that ends") {
  const fs::path folder = machine();
  if (folder.empty()) return;
  Lab lab;
  RunSpec spec = shell(lab, "while :; do :; done");
  spec.memoryBytes = 171 * limits::kMiB;  // by which it is told from other tests' machines
  spec.time = Duration::seconds(600);
  const pid_t agent = ::fork();  // before this process has threads
  if (agent == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    VmOptions options;
    options.machine = folder;
    options.confinement = lab.options();
    options.emulate = true;
    options.accelerator = "/nonexistent/kvm";
    const auto executor = makeVmExecutor(options);
    if (executor) {
      const auto run = (*executor)->start(spec, [](RunEnd) {});
      ::pause();
    }
    ::_exit(1);
  }
  std::string memory;
  const bool isThere = eventually(
      [&] {
        for (int each = 300; each < 330 && memory.empty(); ++each) {
          if (machinesWith(std::to_string(each)) > 0) memory = std::to_string(each);
        }
        return !memory.empty();
      },
      200s);
  ::kill(agent, SIGKILL);
  ::waitpid(agent, nullptr, 0);
  REQUIRE(isThere);
  CHECK(eventually([&] { return machinesWith(memory) == 0; }));
}

TEST_CASE("without KVM no task runs in a virtual machine unless emulation was chosen, and the reason is said") {
  const fs::path folder = machine();
  if (folder.empty()) return;
  Lab lab;
  VmOptions options;
  options.machine = folder;
  options.confinement = lab.options();
  options.accelerator = "/nonexistent/kvm";
  const auto executor = makeVmExecutor(options);
  REQUIRE(executor);
  CHECK((*executor)->tier() == SandboxTier::kNone);
  CHECK_THAT((*executor)->limitation(), Contains("there is no /nonexistent/kvm"));
  const auto run = (*executor)->start(shell(lab, "echo no"), [](RunEnd) {});
  REQUIRE_FALSE(run);
  CHECK_THAT(run.error().message, Contains("no virtual machine runs on this machine"));
}

TEST_CASE("KVM that is there and does not work is said; where it works tasks run with it") {
  struct stat device {};
  const fs::path folder = machine();
  if (folder.empty()) return;
  if (::geteuid() != 0 || ::stat("/dev/kvm", &device) != 0) {
    WARN("skipped: there is no /dev/kvm, or no right to join its group");
    return;
  }
  Lab lab;
  RunSpec spec = shell(lab, "echo yes");
  lab.giveTo(64999);
  const auto begun = std::chrono::steady_clock::now();
  const pid_t agent = ::fork();  // of a user who may use it
  if (agent == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::setgroups(1, &device.st_gid) != 0 || ::setgid(64999) != 0 || ::setuid(64999) != 0) ::_exit(99);
    VmOptions options;
    options.machine = folder;
    options.confinement = lab.options();
    const auto executor = makeVmExecutor(options);
    std::ofstream answer(lab.file("answer"));
    answer << (executor ? (*executor)->limitation() : executor.error().message);
    EndBox box;
    const bool works = executor && (*executor)->tier() == SandboxTier::kVirtualMachine;
    const auto run = works ? (*executor)->start(spec, box.receiver()) : fail(ErrorCode::kUnsupported, "");
    if (run) answer << (box.wait(60s) ? readText(lab.file("output")) : "it never ended");
    answer.close();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(agent, &status, 0) == agent);
  const std::string answer = readText(lab.file("answer"));
  CAPTURE(answer);
  CHECK(std::chrono::steady_clock::now() - begun < 60s);
  CHECK((answer == "yes\n" || answer.find("a machine with it did not run") != std::string::npos));
}

TEST_CASE("a machine that hangs with KVM is given up after its patience, and nothing of it is left") {
  if (::access("/dev/kvm", R_OK | W_OK) != 0) {
    WARN("skipped: there is no /dev/kvm");
    return;
  }
  Lab lab;
  VmOptions options;
  options.machine = lab.folder() / "closed" / "machine";
  fs::create_directories(options.machine / "root/usr/bin");
  fs::create_directories(options.machine / "root/boot");
  fs::copy_file(fs::path(HEARTH_BIN_DIR) / "sandbox-hang", options.machine / "root/usr/bin/qemu-system-x86_64");
  for (const char* part : {"vmlinuz", "initrd"}) writeText(options.machine / "root/boot" / part, "none");
  options.confinement = lab.options();
  options.patience = Duration::seconds(2);
  const auto executor = makeVmExecutor(options);
  REQUIRE(executor);
  CHECK((*executor)->tier() == SandboxTier::kNone);
  CHECK_THAT((*executor)->limitation(),
             Contains("/dev/kvm is there, but a machine with it did not run: it hung for 2 s"));
  CHECK(fs::is_empty(lab.file("scratch")));
}

TEST_CASE("a machine that was not made, or not whole, is refused with how to make it") {
  Lab lab;
  VmOptions options;
  options.machine = lab.folder() / "nothing";
  options.confinement = lab.options();
  const auto executor = makeVmExecutor(options);
  REQUIRE_FALSE(executor);
  CHECK_THAT(executor.error().message, Contains("qemu-system-x86_64 is not there"));
  CHECK_THAT(executor.error().hint, Contains("build-guest"));
}

namespace {

/// The second disk as a hostile machine may leave it.
struct Disk {
  std::string bytes = std::string(1 << 20, '\0');
  HearthVmResult result{};
  std::uint64_t at = kVmStreams + 2 * 4096;

  Disk() {
    result.magic = kHearthVmResultMagic;
    result.state = kVmEnded;
  }
  Disk& entry(std::uint32_t kind, const std::string& path, const std::string& data, std::uint64_t claimed = ~0ULL) {
    const HearthVmEntry head{kind, 0, static_cast<std::uint32_t>(path.size()), 0,
                             claimed == ~0ULL ? data.size() : claimed};
    put(&head, sizeof head);
    put(path.data(), path.size());
    put(data.data(), data.size());
    return *this;
  }
  void put(const void* from, std::size_t size) {
    std::memcpy(bytes.data() + at, from, size);
    at += size;
  }
  RunEnd take(const Lab& lab) {
    std::memcpy(bytes.data(), &result, sizeof result);
    writeText(lab.file("disk"), bytes);
    return takeVmResult(lab.spec({}), {64 << 20, 4096, 4096, 64 << 10, bytes.size()}, lab.file("disk"), {}, "");
  }
};

}  // namespace

TEST_CASE("what a hostile machine leaves cannot leave the task's folder") {
  const auto& [kind, path] = GENERATE(table<char, std::string>({{'F', "../escaped"},
                                                                {'F', "/escaped"},
                                                                {'F', "a/../../escaped"},
                                                                {'D', ".."},
                                                                {'F', "link/escaped"},
                                                                {'D', "link/escaped"},
                                                                {'F', "./x"},
                                                                {'F', "a//b"},
                                                                {'F', std::string("a\0b", 3)},
                                                                {'L', "new-link"},
                                                                {'X', "other"},
                                                                {'F', std::string(70, 'd') + "/none"}}));
  Lab lab;
  fs::create_directory(lab.folder() / "outside");
  fs::create_symlink(lab.folder() / "outside", lab.work() / "link");
  Disk disk;
  const RunEnd end = disk.entry(static_cast<std::uint32_t>(kind), path, "bad").entry('E', "", "").take(lab);
  CHECK(end.exit == ExitKind::kDiskLimit);
  CHECK(fs::is_empty(lab.folder() / "outside"));
  CHECK_FALSE(fs::exists(lab.folder() / "escaped"));
  CHECK_FALSE(fs::exists(lab.file("escaped")));
}

TEST_CASE("what a hostile machine claims is bounded by what it was given") {
  Lab lab;
  Disk disk;
  SECTION("more bytes than there are") {
    CHECK(disk.entry('F', "big", "x", 1ULL << 40).take(lab).exit == ExitKind::kDiskLimit);
  }
  SECTION("more than the task may write") {
    const std::string part(40 << 10, 'x');
    CHECK(disk.entry('F', "a", part).entry('F', "b", part).entry('E', "", "").take(lab).exit == ExitKind::kDiskLimit);
    CHECK(fs::exists(lab.work() / "a"));
    CHECK_FALSE(fs::exists(lab.work() / "b"));
  }
  SECTION("more names than the task's disk has room for") {
    for (int i = 0; i < 19; ++i) disk.entry('D', "d" + std::to_string(i), "");
    CHECK(disk.entry('E', "", "").take(lab).reason == "it wrote more than 18 files and folders");
    CHECK_FALSE(fs::exists(lab.work() / "d18"));
  }
  SECTION("streams longer than their room") {
    disk.result.outputKept = disk.result.errorKept = ~0ULL;
    CHECK(disk.entry('E', "", "").take(lab).exit == ExitKind::kOk);
    CHECK(fs::file_size(lab.file("output")) == 4096);
  }
  SECTION("no end") { CHECK(disk.entry('F', "a", "whole").take(lab).exit == ExitKind::kDiskLimit); }
  SECTION("nothing at all") {
    disk.result = {};
    CHECK(disk.take(lab).reason == "the virtual machine ended without a result: its system broke down");
  }
  SECTION("an input that is a link stays what it was outside") {
    writeText(lab.file("victim"), "safe");
    fs::create_symlink(lab.file("victim"), lab.work() / "in");
    CHECK(disk.entry('F', "in", "new").entry('E', "", "").take(lab).exit == ExitKind::kOk);
    CHECK(readText(lab.file("victim")) == "safe");
    CHECK(readText(lab.work() / "in") == "new");
  }
}
