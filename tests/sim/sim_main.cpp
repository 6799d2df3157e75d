// SPDX-License-Identifier: GPL-3.0-or-later
// sim: runs one world and prints its figures as one JSON object.
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "sim/world.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

struct Arguments {
  std::uint64_t seed = 1;
  std::uint32_t hosts = 1'000;
  double days = 1;
  std::uint64_t tasks = 0;
  std::uint32_t batches = 1;
  double hours = 2;
  std::string profile = "seti";
};

double processorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

WorldOptions optionsFrom(const Arguments& arguments) {
  WorldOptions options;
  options.seed = arguments.seed;
  options.hosts = arguments.hosts;
  options.length = {static_cast<std::int64_t>(arguments.days * 86'400e6)};
  const auto profile = findProfile(arguments.profile);
  if (!profile) throw CLI::ValidationError("--profile", profile.error().message + "; " + profile.error().hint);
  options.profile = *profile;
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
  return options;
}

boost::json::object jsonOf(const Arguments& arguments, const WorldReport& report, double processor) {
  const auto hours = [](Duration duration) { return duration.inSeconds() / 3'600; };
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(report.hash));
  return {{"seed", arguments.seed},
          {"hosts", arguments.hosts},
          {"events", report.events},
          {"virtual_hours", hours(report.virtualTime)},
          {"done", report.done},
          {"makespan_hours", hours(report.makespan)},
          {"ninety_percent_hours", hours(report.ninety)},
          {"tasks", report.tasks},
          {"certified", report.certified},
          {"failed", report.failed},
          {"expired_leases", report.expired},
          {"copies_per_task", report.per(report.leases)},
          {"calls_per_task", report.per(report.calls)},
          {"row_writes_per_task", report.per(report.rows)},
          {"idle_fraction", report.idle()},
          {"wasted_fraction", report.wasted()},
          {"cpu_seconds", processor},
          {"cpu_us_per_event", processor * 1e6 / static_cast<double>(report.events)},
          {"hash", hash}};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs the real dispatcher with simulated hosts in virtual time");
  Arguments arguments;
  app.add_option("--seed", arguments.seed, "everything random follows from it");
  app.add_option("--hosts", arguments.hosts, "volunteers' machines")->check(CLI::Range(1U, 10'000'000U));
  app.add_option("--days", arguments.days, "the world ends then at the latest")->check(CLI::Range(0.001, 3'650.0));
  app.add_option("--tasks", arguments.tasks, "tasks in all; default 5 a host");
  app.add_option("--batches", arguments.batches, "batches that they are spread over")
      ->check(CLI::Range(1U, 1'000'000U));
  app.add_option("--hours", arguments.hours, "run time of a task on a mean SETI host");
  app.add_option("--profile", arguments.profile, "population of hosts");
  try {
    app.parse(argc, argv);
    const double before = processorSeconds();
    World world(optionsFrom(arguments));
    const WorldReport report = world.run();
    std::cout << boost::json::serialize(jsonOf(arguments, report, processorSeconds() - before)) << '\n';
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
}
