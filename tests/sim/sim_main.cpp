// SPDX-License-Identifier: GPL-3.0-or-later
// sim: runs a world, or one after the other for many seeds, and prints its figures as one JSON object. Ends with 1 when
// a checker complains; what it prints then is enough to repeat the run.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <unistd.h>

#include "sim/fault_world.h"
#include "sim/world.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

constexpr std::uint64_t kSeedsOfCheck = 2'000;  ///< with --part alone

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::string part = "1/1";
  std::uint32_t hosts = 1'000;
  double days = 1;
  std::uint64_t tasks = 0;
  std::uint32_t batches = 1;
  double hours = 2;
  std::uint32_t processors = 1, buffer = 0;
  std::string profile = "seti";
  bool faults = false, check = false, restart = false, dropRows = false;
};

std::string g_running;  // for a crash of the process: which run it was

const char* commit() {
  const char* told = std::getenv("HEARTH_COMMIT");
  return told != nullptr ? told : HEARTH_SIM_COMMIT;
}

std::string howToRepeat(std::uint64_t seed) { return "seed " + std::to_string(seed) + ", commit " + commit(); }

void onAbort(int) {
  const ssize_t written = ::write(STDERR_FILENO, g_running.data(), g_running.size());
  ::_exit(written < 0 ? 2 : 1);
}

double processorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void addSubmissions(const Arguments& arguments, WorldOptions& options) {
  const std::uint64_t tasks = arguments.tasks != 0 ? arguments.tasks : std::uint64_t{5} * arguments.hosts;
  for (std::uint32_t i = 0; i < arguments.batches; ++i) {
    Submission submission;
    submission.plan.owner = AccountId{1 + i % 10};
    submission.plan.tasks = tasks / arguments.batches + (i < tasks % arguments.batches ? 1 : 0);
    if (submission.plan.tasks == 0) continue;
    submission.plan.policy.deadline = Duration::days(14);
    submission.plan.policy.retries = 100;
    submission.megaflop =
        static_cast<std::uint64_t>(arguments.hours * 3'600 * 5'771);  // at the mean speed of SETI hosts
    options.submissions.push_back(submission);
  }
}

WorldOptions optionsFrom(const Arguments& arguments, std::uint64_t seed) {
  if (arguments.faults) {
    WorldOptions options = faultWorld(seed, arguments.hosts, arguments.tasks);
    options.length = options.faults->until + Duration{static_cast<std::int64_t>(arguments.days * 86'400e6)};
    return options;
  }
  WorldOptions options;
  options.seed = seed;
  options.hosts = arguments.hosts;
  options.length = {static_cast<std::int64_t>(arguments.days * 86'400e6)};
  options.profile = findProfile(arguments.profile).value();
  options.processors = arguments.processors;
  options.buffer = arguments.buffer;
  options.resumable = !arguments.restart;
  options.check = arguments.check;
  options.keepRows = !arguments.dropRows;
  options.hostsPerAccount = arguments.dropRows ? 1'000 : 1;
  addSubmissions(arguments, options);
  return options;
}

std::string hexOf(std::uint64_t word) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(word));
  return text;
}

boost::json::object jsonOf(const Arguments& arguments, std::uint64_t seed, const WorldReport& report,
                           double processor) {
  const auto hours = [](Duration duration) { return duration.inSeconds() / 3'600; };
  boost::json::object line{{"seed", seed},
                           {"commit", commit()},
                           {"hosts", arguments.hosts},
                           {"events", report.events},
                           {"virtual_hours", hours(report.virtualTime)},
                           {"done", report.done},
                           {"makespan_hours", hours(report.makespan)},
                           {"ninety_percent_hours", hours(report.ninety)},
                           {"tasks", report.tasks},
                           {"certified", report.certified},
                           {"failed", report.failed},
                           {"lapsed_leases", report.lapsed},
                           {"expired_leases", report.expired},
                           {"copies_per_task", report.per(report.leases)},
                           {"calls_per_task", report.per(report.calls)},
                           {"row_writes_per_task", report.per(report.rows)},
                           {"idle_fraction", report.idle()},
                           {"wasted_fraction", report.wasted()},
                           {"crashes", report.crashes},
                           {"messages_lost", report.messagesLost},
                           {"refusals", report.refusals},
                           {"complaints", report.complaintCount},
                           {"cpu_seconds", processor},
                           {"cpu_us_per_event", processor * 1e6 / static_cast<double>(report.events)},
                           {"hash", hexOf(report.hash)}};
  return line;
}

/// Whether all was well.
bool runOne(const Arguments& arguments, std::uint64_t seed, bool print) {
  g_running = "sim: a check of the server's own failed: " + howToRepeat(seed) + "\n";
  const double before = processorSeconds();
  World world(optionsFrom(arguments, seed));
  const WorldReport report = world.run();
  if (print) std::cout << boost::json::serialize(jsonOf(arguments, seed, report, processorSeconds() - before)) << '\n';
  if (report.complaintCount == 0) return true;
  std::cerr << "sim: " << report.complaintCount << " complaints: " << howToRepeat(seed) << '\n';
  for (const std::string& complaint : report.complaints) std::cerr << "  " << complaint << '\n';
  return false;
}

/// "k/n": the k-th of n parts of the seeds, so that several processes share them.
int runSeeds(const Arguments& arguments) {
  unsigned part = 1;
  unsigned parts = 1;
  if (std::sscanf(arguments.part.c_str(), "%u/%u", &part, &parts) != 2 || part < 1 || part > parts) {
    std::cerr << "sim: --part is written k/n\n";
    return 2;
  }
  std::uint64_t failures = 0;
  std::uint64_t runs = 0;
  for (std::uint64_t i = part - 1; i < arguments.seeds; i += parts) {
    ++runs;
    failures += runOne(arguments, arguments.seed + i, false) ? 0 : 1;
  }
  boost::json::object line{
      {"seeds", runs}, {"failed", failures}, {"cpu_seconds", processorSeconds()}, {"commit", commit()}};
  std::cout << boost::json::serialize(line) << '\n';
  return failures == 0 ? 0 : 1;
}

void addOptions(CLI::App& app, Arguments& arguments) {
  app.add_option("--seed", arguments.seed, "everything random follows from it");
  app.add_option("--seeds", arguments.seeds, "so many worlds, of this seed and those after it")
      ->envname("HEARTH_SIM_SEEDS");
  app.add_option("--part", arguments.part, "with --seeds: k/n, the k-th of n parts");
  app.add_option("--hosts", arguments.hosts, "volunteers' machines")->check(CLI::Range(1U, 10'000'000U));
  app.add_option("--days", arguments.days, "the world ends then at the latest (with faults: so long after they healed)")
      ->check(CLI::Range(0.001, 3'650.0));
  app.add_option("--tasks", arguments.tasks, "tasks in all; default 5 a host");
  app.add_option("--batches", arguments.batches, "batches that they are spread over")
      ->check(CLI::Range(1U, 1'000'000U));
  app.add_option("--hours", arguments.hours, "run time of a task on a mean SETI host");
  app.add_option("--processors", arguments.processors, "attempts that a host runs at a time")
      ->check(CLI::Range(1U, 256U));
  app.add_option("--buffer", arguments.buffer, "attempts that a host holds besides")->check(CLI::Range(0U, 256U));
  app.add_option("--profile", arguments.profile, "population of hosts")->check([](const std::string& name) {
    const auto profile = findProfile(name);
    return profile ? std::string() : profile.error().message + "; " + profile.error().hint;
  });
  app.add_flag("--faults", arguments.faults, "the fault simulation: what goes wrong follows from the seed");
  app.add_flag("--check", arguments.check, "hold everything against the truth (always so with --faults)");
  app.add_flag("--restart-interrupted", arguments.restart, "an interrupted attempt begins again");
  app.add_flag("--drop-rows", arguments.dropRows, "count what is to be kept and drop it: for very large worlds");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, onAbort);
  CLI::App app("Runs the real dispatcher with simulated hosts in virtual time");
  Arguments arguments;
  addOptions(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.faults && app.count("--hosts") == 0) arguments.hosts = 16;
  if (arguments.faults && app.count("--days") == 0) arguments.days = 60;
  if (arguments.tasks == 0) arguments.tasks = std::uint64_t{arguments.faults ? 7U : 5U} * arguments.hosts;
  if (app.count("--part") > 0 && app.count("--seeds") == 0) arguments.seeds = kSeedsOfCheck;
  if (arguments.seeds > 1) return runSeeds(arguments);
  return runOne(arguments, arguments.seed, true) ? 0 : 1;
}
