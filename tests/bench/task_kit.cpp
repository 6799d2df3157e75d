// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/task_kit.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace hearth::bench {

namespace fs = std::filesystem;

void giveUp(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double at(std::vector<double> values, double part) {
  if (values.empty()) giveUp("nothing was measured");
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

Place::Place(const char* program) {
  std::string name = (fs::temp_directory_path() / "hearth-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) giveUp("cannot make " + name);
  m_path = name;
  ::chmod(name.c_str(), 0755);
  fs::create_directories(m_path / "package");
  fs::copy_file(fs::path(HEARTH_BIN_DIR) / program, this->program());
}

Place::~Place() {
  std::error_code ignored;
  fs::remove_all(m_path, ignored);
}

sandbox::RunSpec Place::spec(const std::string& name, std::vector<std::string> arguments) const {
  sandbox::RunSpec spec;
  spec.packageRoot = m_path / "package";
  spec.work = m_path / "works" / name;
  fs::create_directories(spec.work);
  spec.program = "/program";
  spec.arguments = std::move(arguments);
  spec.standardOutput = m_path / (name + ".output");
  spec.standardError = m_path / (name + ".error");
  spec.memoryBytes = spec.diskBytes = 256 << 20;
  spec.time = Duration::seconds(600);
  return spec;
}

std::vector<pid_t> Place::processes() const {
  struct stat wanted {};
  std::vector<pid_t> found;
  if (::stat(program().c_str(), &wanted) != 0) return found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    struct stat running {};
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc() || pid <= 0) continue;
    if (::stat((entry.path() / "exe").c_str(), &running) != 0) continue;
    if (running.st_dev == wanted.st_dev && running.st_ino == wanted.st_ino) found.push_back(pid);
  }
  return found;
}

namespace {

std::unique_ptr<sandbox::Executor> checked(Result<std::unique_ptr<sandbox::Executor>> made) {
  if (!made) giveUp(made.error().message);
  if ((*made)->tier() == SandboxTier::kNone) giveUp((*made)->limitation());
  return std::move(*made);
}

}  // namespace

std::unique_ptr<sandbox::Executor> Place::bubblewrap(const fs::path& controlGroup) const {
  sandbox::BubblewrapOptions options;
  options.scratch = m_path / "scratch";
  options.init = fs::path(HEARTH_BIN_DIR) / "hearth-task-init";
  options.background = false;  // what waiting for a busy machine costs is another matter
  options.controlGroup = controlGroup;
  return checked(sandbox::makeBubblewrapExecutor(options));
}

std::unique_ptr<sandbox::Executor> Place::landlock() const {
  sandbox::LandlockOptions options;
  options.scratch = m_path / "scratch";
  options.init = fs::path(HEARTH_BIN_DIR) / "hearth-task-init";
  options.background = false;
  return checked(sandbox::makeLandlockExecutor(options));
}

Started::Started(sandbox::Executor& executor, sandbox::RunSpec spec)
    : m_promise(std::make_shared<std::promise<sandbox::RunEnd>>()), m_end(m_promise->get_future()) {
  auto run = executor.start(std::move(spec), [promise = m_promise](sandbox::RunEnd end) { promise->set_value(end); });
  if (!run) giveUp(run.error().message);
  m_run = std::move(*run);
}

std::string conditions() {
  double load[1] = {0};
  ::getloadavg(load, 1);
  utsname system{};
  ::uname(&system);
  char text[256];
  std::snprintf(text, sizeof text, "\"user\":\"%s\",\"kernel\":\"%s\",\"processors\":%ld,\"load\":%.1f",
                ::geteuid() == 0 ? "root, dropped" : "unprivileged", system.release, ::sysconf(_SC_NPROCESSORS_ONLN),
                load[0]);
  return text;
}

void printFigure(const std::string& name, double value, const char* unit, double ceiling, const std::string& more) {
  std::printf("{\"figure\":\"%s\",\"value\":%.2f,\"unit\":\"%s\",\"ceiling\":%g", name.c_str(), value, unit, ceiling);
  if (ceiling > 0) std::printf(",\"ratio\":%.2f", value / ceiling);
  std::printf(",\"conditions\":{%s%s}}\n", more.c_str(), conditions().c_str());
  std::fflush(stdout);
}

}  // namespace hearth::bench
