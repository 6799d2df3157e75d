// SPDX-License-Identifier: GPL-3.0-or-later
// hearth-attacks: every attack of the catalogue under every executor that runs here, by an agent of an unprivileged
// user and by one that root started. Prints a JSON object a line; exit 0 only if everything was denied. With --bare the
// attacks run with nothing around them, and exit 0 only if those that should succeed do: the suite can fail. With
// --handed-in virtual machines are given the owner's files, and exit 0 only if that is seen.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <set>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks/catalogue.h"
#include "attacks/executors.h"
#include "attacks/machine_trial.h"
#include "attacks/round.h"
#include "attacks/world.h"

namespace {

using namespace hearth;
using namespace hearth::attacks;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int kExitBroken = 3;
constexpr uid_t kFirstUser = 58000;  // and up: one of its own for each run of the suite, so that several can run

struct Row {
  std::string attack, control;
  bool isRight = false;
  std::string outcome;
  std::string within = {};  ///< what it gained inside of what confines it
  std::string seconds = "0";
};

std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') all += '\\';
    if (static_cast<unsigned char>(byte) < 0x20 || static_cast<unsigned char>(byte) > 0x7e) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned char>(byte));
      all += code;
    } else {
      all += byte;
    }
  }
  return all + '"';
}

void print(const Row& row, const std::string& executor, const std::string& user) {
  const std::string within = row.within.empty() ? "" : ",\"within\":" + quoted(row.within);
  std::printf("{\"attack\":%s,\"executor\":%s,\"user\":%s,\"control\":%s,\"outcome\":%s%s,\"seconds\":%s}\n",
              quoted(row.attack).c_str(), quoted(executor).c_str(), quoted(user).c_str(), quoted(row.control).c_str(),
              quoted(row.outcome).c_str(), within.c_str(), row.seconds.c_str());
  std::fflush(stdout);
}

void drop(uid_t user) {
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) {
    giveUp("cannot become an unprivileged user");
  }
  ::prctl(PR_SET_DUMPABLE, 1);  // as what never changed its user
}

[[noreturn]] void beAgent(const Plan& plan, const ExecutorKind& kind, World& world, bool dropped, int to,
                          const std::function<void(sandbox::Executor&)>& live) {
  world.leakIntoThisProcess();
  if (kind.enter) kind.enter(world);
  if (dropped) drop(plan.user);
  ::signal(SIGURG, SIG_IGN);
  auto executor = kind.make(world);
  const bool isConfined = kind.walls != Walls::kNothing && kind.walls != Walls::kModule;
  if (!executor || (isConfined && (*executor)->tier() == SandboxTier::kNone)) {
    const std::string why = !executor ? executor.error().message : (*executor)->limitation();
    const std::string line = "\t\t0\tcannot confine here: " + why + "\t\t0\n";
    if (::write(to, line.data(), line.size()) < 0) ::_exit(1);
    ::_exit(kExitBroken);
  }
  live(**executor);
  executor->reset();
  ::_exit(0);
}

std::vector<Row> readRows(int from, pid_t agent, std::string& death) {
  std::string text;
  char buffer[65536];
  for (ssize_t got = 0; (got = ::read(from, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(from);
  int status = 0;
  ::waitpid(agent, &status, 0);
  if (status != 0) death = "the agent did not live: wait status " + std::to_string(status);
  std::vector<Row> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    Row row;
    std::string right;
    std::getline(fields, row.attack, '\t');
    std::getline(fields, row.control, '\t');
    std::getline(fields, right, '\t');
    std::getline(fields, row.outcome, '\t');
    std::getline(fields, row.within, '\t');
    if (std::string took; std::getline(fields, took)) row.seconds = took;
    row.isRight = right == "1";
    rows.push_back(std::move(row));
  }
  return rows;
}

std::unique_ptr<sandbox::Run> startStubborn(const std::string& word, sandbox::Executor& executor, const World& world) {
  sandbox::RunSpec spec;
  spec.packageRoot = world.package();
  spec.work = world.closed() / "works" / ("kill-" + word);
  fs::create_directories(spec.work);
  spec.program = "/bin/hostile";
  spec.arguments = {word};
  spec.standardOutput = spec.work.string() + ".output";
  spec.standardError = spec.work.string() + ".error";
  spec.memoryBytes = spec.diskBytes = 64 << 20;
  spec.processes = 64;
  spec.time = Duration::seconds(60);
  auto run = executor.start(spec, {});
  if (!run) giveUp(run.error().message);
  while (!fs::exists(spec.work / "ready")) std::this_thread::sleep_for(2ms);
  return std::move(*run);
}

/// An agent that dies by SIGKILL while its tasks do what they can to stay.
Row killAgent(const Plan& plan, const ExecutorKind& kind, World& world, bool dropped) {
  const bool isMachine = kind.walls == Walls::kMachine;
  const std::size_t expected = isMachine ? 3 : 5;  // processes of theirs
  Row row{"outlive-the-agent", "the lifeline: process 1 or the guardian ends everything when it breaks", false, {}};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) giveUp("no pipe");
  const pid_t agent = ::fork();
  if (agent == 0) {
    beAgent(plan, kind, world, dropped, ends[1], [&](sandbox::Executor& executor) {
      std::vector<std::unique_ptr<sandbox::Run>> runs;
      std::shared_ptr<void> machines;
      if (isMachine) machines = beginInMachines(expected, executor, world);
      for (const char* word : {"scattered", "stubborn", "relay"}) {
        if (!isMachine) runs.push_back(startStubborn(word, executor, world));
      }
      if (::write(ends[1], "r", 1) != 1) giveUp("the agent cannot report");
      for (;;) ::pause();
    });
  }
  ::close(ends[1]);
  char readiness = 0;
  const bool began = ::read(ends[0], &readiness, 1) == 1 && readiness == 'r';
  const std::size_t running = world.hostileProcesses().size();
  ::kill(agent, SIGKILL);
  ::waitpid(agent, nullptr, 0);
  ::close(ends[0]);
  const auto until = std::chrono::steady_clock::now() + 5s;
  while (!world.hostileProcesses().empty() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(5ms);
  }
  const std::size_t left = world.hostileProcesses().size();
  row.isRight = began && running >= expected && left == 0;
  row.outcome = row.isRight                    ? "denied"
                : !began || running < expected ? "broken: its tasks did not begin"
                                               : "SUCCEEDED: " + std::to_string(left) + " processes go on";
  return row;
}

/// The next agent sweeps what one that was killed left behind, which host-unchanged then does not find.
Row startAgain(const Plan& plan, const ExecutorKind& kind, World& world, bool dropped) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) giveUp("no pipe");
  const pid_t agent = ::fork();
  if (agent == 0) beAgent(plan, kind, world, dropped, ends[1], [](sandbox::Executor&) {});
  ::close(ends[1]);
  std::string death;
  static_cast<void>(readRows(ends[0], agent, death));
  return {"hinder-the-next-agent", "remains are swept at its start", death.empty(),
          death.empty() ? "denied" : "SUCCEEDED: " + death};
}

Row compare(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after) {
  Row row{"host-unchanged", "all of them", true, "denied"};
  std::string changes;
  for (const auto& [name, value] : before) {
    const auto found = after.find(name);
    if (found == after.end())
      changes += name + " is gone; ";
    else if (found->second != value)
      changes += name + " was '" + value + "' and is '" + found->second + "'; ";
  }
  for (const auto& [name, value] : after) {
    if (!before.contains(name)) changes += name + " is new; ";
  }
  if (changes.empty()) return row;
  return {row.attack, row.control, false, "SUCCEEDED: " + changes};
}

/// Returns how many rows were wrong.
int attackExecutor(const Plan& plan, const ExecutorKind& kind, bool dropped) {
  const std::string user = dropped ? "unprivileged" : "root, which drops";
  const uid_t agentUser = dropped ? plan.user : 0;
  World world(plan.user, agentUser);
  if (const std::string why = kind.prepare ? kind.prepare(world, agentUser) : ""; !why.empty()) {
    if (kind.cleanUp) static_cast<void>(kind.cleanUp(world));
    print({"-", "-", true, "not run here: " + why}, kind.name, user);
    return 0;
  }
  if (plan.isHandedIn) world.handIn();
  const auto before = world.look();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) giveUp("no pipe");
  const pid_t agent = ::fork();
  if (agent == 0) {
    beAgent(plan, kind, world, dropped, ends[1],
            [&](sandbox::Executor& executor) { tryAll(plan, kind, executor, world, ends[1]); });
  }
  ::close(ends[1]);
  std::string death;
  std::vector<Row> rows = readRows(ends[0], agent, death);
  const auto isWanted = [&](const char* name) {
    return kind.walls != Walls::kModule && kind.walls != Walls::kTakenMachine &&
           (plan.only.empty() || plan.only == name);
  };
  if (!plan.isBare && !plan.isHandedIn) {
    if (isWanted("outlive-the-agent")) rows.push_back(killAgent(plan, kind, world, dropped));
    if (isWanted("hinder-the-next-agent")) rows.push_back(startAgain(plan, kind, world, dropped));
    rows.push_back({"agent-alive", "all of them", death.empty(), death.empty() ? "denied" : "SUCCEEDED: " + death});
    Row host = compare(before, world.look());
    const std::string left = kind.cleanUp ? kind.cleanUp(world) : "";
    if (!left.empty()) host = {host.attack, host.control, false, "SUCCEEDED: control groups are left: " + left};
    rows.push_back(std::move(host));
  }
  for (const pid_t pid : world.hostileProcesses()) ::kill(pid, SIGKILL);
  for (const Row& row : rows) print(row, kind.name, user);
  return static_cast<int>(std::count_if(rows.begin(), rows.end(), [](const Row& row) { return !row.isRight; })) +
         (rows.empty() ? 1 : 0);
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  plan.user = ::geteuid() == 0 ? kFirstUser + static_cast<uid_t>(::getpid()) % 6000 : ::geteuid();
  std::string onlyExecutor;
  std::set<std::string> butExecutors;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--bare")
      plan.isBare = true;
    else if (word == "--handed-in")
      plan.isHandedIn = true;
    else if (word == "--attack" && i + 1 < argc)
      plan.only = argv[++i];
    else if (word == "--executor" && i + 1 < argc)
      onlyExecutor = argv[++i];
    else if (word == "--but" && i + 1 < argc)
      butExecutors.insert(argv[++i]);
    else
      giveUp("usage: hearth-attacks [--bare | --handed-in] [--executor NAME | --but NAME...] [--attack NAME]");
  }
  ::umask(022);
  int wrong = 0;
  if (plan.isBare) {
    for (const ExecutorKind& kind : foils()) wrong += attackExecutor(plan, kind, true);
  } else {
    for (const ExecutorKind& kind : executors()) {
      if (plan.isHandedIn && kind.walls != Walls::kMachine) continue;
      if ((!onlyExecutor.empty() && kind.name != onlyExecutor) || butExecutors.contains(kind.name)) continue;
      wrong += attackExecutor(plan, kind, true);
      if (::geteuid() == 0 && (!kind.isDear || plan.isWhole)) wrong += attackExecutor(plan, kind, false);
    }
  }
  if (wrong > 0) std::fprintf(stderr, "hearth-attacks: %d rows are not as they should be\n", wrong);
  return wrong == 0 ? 0 : 1;
}
