// SPDX-License-Identifier: GPL-3.0-or-later
// bench_chatter: figures chatter (sync calls a task while there is a backlog, ten tasks a call) and chatter_rows (row
// writes a task), counted at the Dispatcher's door.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/served_project.h"
#include "sim/world.h"

using namespace hearth;
using namespace hearth::sim;

namespace {

constexpr std::uint32_t kHosts = 1'000;
constexpr std::uint64_t kTasksACall = 10;
constexpr std::uint64_t kTasks = kHosts * kTasksACall * 100;

/// Hosts that are always there and run ten tasks at a time, all of a batch that is far larger than they are.
WorldOptions backlog() {
  WorldOptions options;
  options.hosts = kHosts;
  options.processors = kTasksACall;
  options.profile = findProfile("steady").value();
  options.hostsPerAccount = kHosts;
  options.arrivals = Duration::minutes(1);
  options.keepRows = false;
  Submission submission;
  submission.plan.owner = AccountId{1};
  submission.plan.tasks = kTasks;
  submission.megaflop = 5ULL * 10'700;  // 5 s on the median host; 2 % are slow enough for a heartbeat (30 s)
  options.submissions.push_back(submission);
  return options;
}

}  // namespace

int main() {
  const WorldReport report = World(backlog()).run();
  const std::vector<std::pair<std::string, std::string>> conditions{
      {"hosts", std::to_string(kHosts) + ", always there"},
      {"tasks", std::to_string(kTasks) + " of about 5 s, ten at a time on a host, all returned by one call"},
      {"calls", std::to_string(report.calls) + ", enrolments and heartbeats (30 s) among them"},
      {"ceiling", "one call for ten tasks"}};
  const double calls = report.per(report.calls);
  bench::printFigure("chatter", calls, "sync calls a task", 1.0 / kTasksACall, calls * kTasksACall, conditions);
  const double rows = report.per(report.rows);
  constexpr double kLeasedAndReturned = 3;  // the lease, its end, the result
  bench::printFigure("chatter_rows", rows, "row writes a task", kLeasedAndReturned, rows / kLeasedAndReturned,
                     {{"counted", "rows inserted, deleted and updated from the first lease to the last verdict"},
                      {"ceiling", "a lease written and deleted, a result appended"}});
  return report.done ? 0 : 1;
}
