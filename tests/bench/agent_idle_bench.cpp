// SPDX-License-Identifier: GPL-3.0-or-later
// agent_idle: what an agent costs its owner while its project has no work: proportional set size and processor time
// over ten minutes (HEARTH_IDLE_SECONDS: another time), beside Debian's boinc-client, idle too, in the same minutes.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/served_project.h"

namespace {

using namespace hearth::bench;

constexpr double kCeilingMegabytes = 20;
constexpr double kCeilingPercent = 0.05;
constexpr auto kSettle = std::chrono::seconds(20);  // start, first call, first looks around

/// A program in the background that ends with this one; `boinc` asks not to run twice in a folder.
class Background {
 public:
  Background(const std::vector<std::string>& command, const std::string& log) : m_process(::fork()) {
    if (m_process != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ::dup2(file, 1);
    ::dup2(file, 2);
    std::vector<char*> arguments;
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ~Background() {
    ::kill(m_process, SIGTERM);
    ::waitpid(m_process, nullptr, 0);
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  bool runs() const { return ::waitpid(m_process, nullptr, WNOHANG) == 0; }
  double cpu() const { return processorSeconds(m_process); }
  double megabytes() const {
    std::ifstream file("/proc/" + std::to_string(m_process) + "/smaps_rollup");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("Pss:")) return std::strtod(line.c_str() + 4, nullptr) * 1024 / 1e6;
    }
    return 0;
  }

 private:
  pid_t m_process;
};

std::string number(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

void joinProject(const std::string& agent, const ServedProject& project, const std::string& folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), 1);
    ::execl(agent.c_str(), agent.c_str(), "join", project.joinLink().c_str(), "--dir", folder.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) giveUp("the agent could not join");
}

/// A client that asks nobody on the network.
std::vector<std::string> boincIn(const std::string& folder) {
  ::mkdir(folder.c_str(), 0700);
  std::ofstream(folder + "/cc_config.xml")
      << "<cc_config><options><dont_contact_ref_site>1</dont_contact_ref_site></options></cc_config>\n";
  return {"/usr/bin/boinc", "--dir", folder, "--gui_rpc_port", "31999"};
}

}  // namespace

int main() {
  const char* asked = std::getenv("HEARTH_IDLE_SECONDS");  // NOLINT(concurrency-mt-unsafe)
  const int length = asked != nullptr ? std::max(1, std::atoi(asked)) : 600;
  const ServedProject project;
  const std::string agent = std::string(HEARTH_BIN_DIR) + "/hearth-agent";
  const std::string folder = (project.folder() / "agent").string();
  joinProject(agent, project, folder);

  const Background ours({agent, "daemon", "--dir", folder}, folder + ".log");
  const Background theirs(boincIn((project.folder() / "boinc").string()), folder + ".boinc.log");
  std::this_thread::sleep_for(kSettle);
  if (!ours.runs()) giveUp("the agent does not run");
  const bool compared = theirs.runs();
  const double ourStart = ours.cpu(), theirStart = compared ? theirs.cpu() : 0;
  std::this_thread::sleep_for(std::chrono::seconds(length));
  if (!ours.runs()) giveUp("the agent ended");
  const double percent = 100 * (ours.cpu() - ourStart) / length;
  const double theirPercent = compared ? 100 * (theirs.cpu() - theirStart) / length : 0;
  const double megabytes = ours.megabytes(), theirMegabytes = compared ? theirs.megabytes() : 0;
  const std::vector<std::pair<std::string, std::string>> conditions{
      {"seconds", std::to_string(length)},
      {"project", "one, without work"},
      {"boinc_client_pss_mb", compared ? number(theirMegabytes, 1) : "does not run here"},
      {"boinc_client_cpu_percent", compared ? number(theirPercent, 3) : "does not run here"}};
  printFigure("agent_idle", megabytes, "MB of proportional set size", kCeilingMegabytes, megabytes / kCeilingMegabytes,
              conditions);
  printFigure("agent_idle_cpu", percent, "percent of a core", kCeilingPercent, percent / kCeilingPercent, conditions);
  return 0;
}
