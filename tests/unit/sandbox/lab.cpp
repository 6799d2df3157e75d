// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/sandbox/lab.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hearth::sandbox {

namespace fs = std::filesystem;

std::vector<Who> everyone() {
  if (::geteuid() == 0) return {Who::kRoot, Who::kUnprivileged};
  return {Who::kUnprivileged};
}

const char* nameOf(Who who) { return who == Who::kRoot ? "root" : "unprivileged"; }

Lab::Lab() {
  std::string name = (fs::temp_directory_path() / "hearth-sandbox-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  m_folder = name;
  ::chmod(name.c_str(), 0711);
  // Below a folder that only its owner may enter, as the agent's data are.
  fs::create_directories(m_folder / "closed" / "package" / "bin");
  fs::create_directories(work());
  fs::permissions(m_folder / "closed", fs::perms::owner_all);
  fs::copy_file(fs::path(HEARTH_BIN_DIR) / "sandbox-attacks", m_folder / "closed" / "package" / "bin" / "attacks");
  fs::copy_file(fs::path(HEARTH_BIN_DIR) / "hearth-task-init", m_folder / "closed" / "hearth-task-init");
}

Lab::~Lab() {
  std::error_code ignored;
  fs::remove_all(m_folder, ignored);
}

BubblewrapOptions Lab::options() const {
  BubblewrapOptions options;
  options.scratch = m_folder / "closed" / "scratch";
  options.init = m_folder / "closed" / "hearth-task-init";
  options.background = false;  // the machine may be busy with other tests
  return options;
}

RunSpec Lab::spec(std::vector<std::string> attack) const {
  RunSpec spec;
  spec.packageRoot = m_folder / "closed" / "package";
  spec.work = work();
  spec.program = "/bin/attacks";
  spec.arguments = std::move(attack);
  spec.standardOutput = file("output");
  spec.standardError = file("error");
  spec.memoryBytes = 64 << 20;
  spec.diskBytes = 8 << 20;
  spec.processes = 16;
  spec.time = Duration::seconds(20);
  return spec;
}

void Lab::giveTo(unsigned user) const {
  for (const auto& entry : fs::recursive_directory_iterator(m_folder)) {
    REQUIRE(::lchown(entry.path().c_str(), user, user) == 0);
  }
  REQUIRE(::lchown(m_folder.c_str(), user, user) == 0);
}

std::function<void(RunEnd)> EndBox::receiver() {
  return [this](RunEnd end) {
    const std::lock_guard lock(m_mutex);
    m_end = std::move(end);
    m_changed.notify_all();
  };
}

std::optional<RunEnd> EndBox::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(m_mutex);
  m_changed.wait_for(lock, patience, [this] { return m_end.has_value(); });
  return m_end;
}

namespace {

constexpr unsigned kUnprivileged = 64999;

void runAttack(const Lab& lab, RunSpec spec, const fs::path& answer) {
  std::ofstream out(answer);
  auto executor = makeBubblewrapExecutor(lab.options());
  if (!executor) {
    out << "refused\n" << executor.error().message;
    return;
  }
  EndBox box;
  auto run = (*executor)->start(std::move(spec), box.receiver());
  if (!run) {
    out << "refused\n" << run.error().message << ' ' << run.error().hint;
    return;
  }
  const auto end = box.wait(std::chrono::seconds(60));
  if (!end) {
    out << "refused\nit never ended";
    return;
  }
  out << "ran\n"
      << static_cast<int>(end->exit) << ' ' << end->exitCode << ' ' << end->usage.processor.inSeconds() << ' '
      << end->usage.wall.inSeconds() << ' ' << end->usage.memoryPeakBytes << '\n'
      << end->reason;
}

Outcome parse(const std::string& text) {
  std::istringstream in(text);
  std::string first;
  std::getline(in, first);
  Outcome outcome;
  if (first != "ran") {
    outcome.refusal.assign(std::istreambuf_iterator<char>(in), {});
    if (outcome.refusal.empty()) outcome.refusal = "the agent of the test died";
    return outcome;
  }
  int kind = 0;
  in >> kind >> outcome.exitCode >> outcome.processorSeconds >> outcome.wallSeconds >> outcome.memoryPeakBytes;
  in.ignore();
  outcome.exit = static_cast<ExitKind>(kind);
  outcome.reason.assign(std::istreambuf_iterator<char>(in), {});
  return outcome;
}

}  // namespace

Outcome attack(Who who, const std::vector<std::string>& arguments, const Change& change, Lab* lab) {
  std::optional<Lab> own;
  if (lab == nullptr) lab = &own.emplace();
  RunSpec spec = lab->spec(arguments);
  if (change) change(spec);
  const bool drop = ::geteuid() == 0 && who == Who::kUnprivileged;
  if (drop) lab->giveTo(kUnprivileged);
  const pid_t child = ::fork();
  if (child == 0) {
    if (drop && (::setgroups(0, nullptr) != 0 || ::setresgid(kUnprivileged, kUnprivileged, kUnprivileged) != 0 ||
                 ::setresuid(kUnprivileged, kUnprivileged, kUnprivileged) != 0)) {
      ::_exit(99);
    }
    runAttack(*lab, std::move(spec), lab->file("answer"));
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  Outcome outcome = parse(readText(lab->file("answer")));
  outcome.output = readText(lab->file("output"));
  outcome.error = readText(lab->file("error"));
  return outcome;
}

std::string readText(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void writeText(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace hearth::sandbox
