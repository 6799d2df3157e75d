// SPDX-License-Identifier: GPL-3.0-or-later
// agent_idle: what an agent costs its owner while its project has no work: proportional set size and processor time
// over ten minutes (HEARTH_IDLE_SECONDS: another time), beside Debian's boinc-client, idle too, in the same minutes.
// agent_idle_with_tray: the same of a second agent that a tray is connected to, and of that tray.
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
  Background(const std::vector<std::string>& command, const std::string& log,
             const std::vector<std::pair<std::string, std::string>>& environment = {})
      : m_process(::fork()) {
    if (m_process != 0) return;
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
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

template <class Holds>
void waitUntil(Holds holds, const char* what) {
  for (int i = 0; i < 600; ++i) {
    if (holds()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  giveUp(std::string("this did not come: ") + what);
}

/// What Xvfb says on its output: the number of its display.
std::string displayIn(const std::string& log) {
  std::string number;
  waitUntil([&] { return static_cast<bool>(std::getline(std::ifstream(log), number)) && !number.empty(); },
            "a display");
  return ":" + number;
}

/// A client that asks nobody on the network.
std::vector<std::string> boincIn(const std::string& folder) {
  ::mkdir(folder.c_str(), 0700);
  std::ofstream(folder + "/cc_config.xml")
      << "<cc_config><options><dont_contact_ref_site>1</dont_contact_ref_site></options></cc_config>\n";
  return {"/usr/bin/boinc", "--dir", folder, "--gui_rpc_port", "31999"};
}

/// What a program cost between two looks at it.
class Cost {
 public:
  explicit Cost(const Background& program) : m_program(program), m_start(program.cpu()) {}
  double percent(int seconds) const { return 100 * (m_program.cpu() - m_start) / seconds; }
  double megabytes() const { return m_program.megabytes(); }

 private:
  const Background& m_program;
  double m_start;
};

void print(const std::string& name, const Cost& cost, int seconds,
           const std::vector<std::pair<std::string, std::string>>& conditions) {
  const double megabytes = cost.megabytes(), percent = cost.percent(seconds);
  printFigure(name, megabytes, "MB of proportional set size", kCeilingMegabytes, megabytes / kCeilingMegabytes,
              conditions);
  printFigure(name + "_cpu", percent, "percent of a core", kCeilingPercent, percent / kCeilingPercent, conditions);
}

}  // namespace

int main() {
  const char* asked = std::getenv("HEARTH_IDLE_SECONDS");  // NOLINT(concurrency-mt-unsafe)
  const int length = asked != nullptr ? std::max(1, std::atoi(asked)) : 600;
  const ServedProject project;
  const std::string agent = std::string(HEARTH_BIN_DIR) + "/hearth-agent";
  const std::string folder = (project.folder() / "agent").string(), second = folder + "2";
  joinProject(agent, project, folder);
  joinProject(agent, project, second);

  const Background ours({agent, "daemon", "--dir", folder}, folder + ".log");
  const Background theirs(boincIn((project.folder() / "boinc").string()), folder + ".boinc.log");
  const Background display({"/usr/bin/Xvfb", "-displayfd", "1", "-noreset", "-screen", "0", "320x200x24"},
                           folder + ".display.log");
  const Background watched({agent, "daemon", "--dir", second}, second + ".log");
  const std::string socket = second + "/control.sock";
  waitUntil([&] { return ::access(socket.c_str(), R_OK) == 0; }, "the agent's socket");
  const Background tray({std::string(HEARTH_BIN_DIR) + "/hearth-tray", "--hidden"}, folder + ".tray.log",
                        {{"HEARTH_AGENT_SOCKET", socket}, {"DISPLAY", displayIn(folder + ".display.log")}});
  std::this_thread::sleep_for(kSettle);
  if (!ours.runs() || !watched.runs() || !tray.runs()) giveUp("an agent or the tray does not run");
  const bool compared = theirs.runs();
  const Cost own(ours), withTray(watched), trays(tray), boincs(theirs);
  std::this_thread::sleep_for(std::chrono::seconds(length));
  if (!ours.runs() || !watched.runs() || !tray.runs()) giveUp("an agent or the tray ended");
  const std::string seconds = std::to_string(length), none = "does not run here";
  print("agent_idle", own, length,
        {{"seconds", seconds},
         {"project", "one, without work"},
         {"boinc_client_pss_mb", compared ? number(boincs.megabytes(), 1) : none},
         {"boinc_client_cpu_percent", compared ? number(boincs.percent(length), 3) : none}});
  print("agent_idle_with_tray", withTray, length,
        {{"seconds", seconds},
         {"tray_pss_mb", number(trays.megabytes(), 1)},
         {"tray_cpu_percent", number(trays.percent(length), 3)}});
  return 0;
}
