// SPDX-License-Identifier: GPL-3.0-or-later
// policy: processor time for one year of a host's life in virtual time: the real Sharing and the real cores of three
// projects, among an owner, heat, a battery, games and metered networks. Every promise is checked after every event.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "unit/agent/host_year.h"

namespace {

using namespace hearth::agent::test;

constexpr double kCeilingSeconds = 2;
constexpr int kYears = 5;

double processorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main() {
  std::vector<double> took;
  double worstShare = 0, missed = 0, taken = 0, used = 0, allowed = 0;
  std::uint64_t events = 0, decisions = 0;
  for (int year = 0; year < kYears; ++year) {
    const YearOptions options = usualYear(static_cast<std::uint64_t>(year) + 1);
    const double start = processorSeconds();
    const YearReport report = liveYear(options);
    took.push_back(processorSeconds() - start);
    if (!report.broken.empty() || report.silent > 0) {
      std::fprintf(stderr, "bench_policy: a promise was broken: %s\n",
                   report.broken.empty() ? "it stood still and did not say why" : report.broken.front().c_str());
      return 1;
    }
    worstShare = std::max(worstShare, report.worstShare(options.projects));
    events += report.events;
    decisions += report.decisions;
    used += report.usedSeconds;
    allowed += report.allowedSeconds;
    for (const auto& project : report.projects) {
      taken += static_cast<double>(project.taken);
      missed += static_cast<double>(project.late + project.givenBack);
    }
  }
  std::sort(took.begin(), took.end());
  const double median = took[took.size() / 2];
  std::printf(
      "{\"figure\":\"policy\",\"value\":%.2f,\"unit\":\"processor seconds a year\",\"ceiling\":%.0f,\"ratio\":%.2f,"
      "\"conditions\":{\"years\":%d,\"slowest\":%.2f,\"events\":%llu,\"decisions\":%llu,\"projects\":3,"
      "\"tasks\":%.0f,\"missed_deadlines\":%.4f,\"worst_share_of_a_month\":%.4f,\"used_of_allowed\":%.3f}}\n",
      median, kCeilingSeconds, median / kCeilingSeconds, kYears, took.back(), static_cast<unsigned long long>(events),
      static_cast<unsigned long long>(decisions), taken, missed / taken, worstShare, used / allowed);
  return median <= kCeilingSeconds ? 0 : 1;
}
