// SPDX-License-Identifier: GPL-3.0-or-later
// The year that tests and the benchmark live through, and what is made of its figures.
#include <algorithm>
#include <cmath>
#include <utility>

#include "unit/agent/host_year.h"

namespace hearth::agent::test {

YearOptions usualYear(std::uint64_t seed) {
  YearOptions options;
  options.seed = seed;
  options.projects = {{"proteins", 300, Duration::minutes(50), Duration::days(4), 1, 0, 0},
                      {"weather", 200, Duration::hours(3), Duration::days(7), 2, 0, 0},
                      {"primes", 100, Duration::hours(8), Duration::days(10), 1, 120, 135}};
  for (const auto& [name, value] :
       {std::pair{"heat.pause", "88"}, std::pair{"heat.resume", "78"}, std::pair{"load.pause", "75%"},
        std::pair{"load.resume", "30%"}, std::pair{"in-use.processors", "25%"}, std::pair{"in-use.memory", "20%"},
        std::pair{"battery", "80%"}, std::pair{"times", "daily 18:00-12:00"}, std::pair{"programs", "supertuxkart"},
        std::pair{"shares.proteins", "300"}, std::pair{"shares.weather", "200"}, std::pair{"shares.primes", "100"}}) {
    (void)setPreference(options.preferences, name, value);
  }
  return options;
}

double YearReport::worstShare(const std::vector<YearProject>& plans) const {
  double shares = 0, worst = 0;
  for (const YearProject& plan : plans) shares += plan.share;
  for (std::size_t month = 0; month + 1 < projects.front().months.size(); ++month) {
    double all = 0;
    bool steady = true;
    for (const Project& project : projects) {
      all += project.months[month];
      steady = steady && project.steady[month];
    }
    for (std::size_t i = 0; i < projects.size() && steady && all > 0; ++i) {
      worst = std::max(worst, std::abs(projects[i].months[month] / all - plans[i].share / shares));
    }
  }
  return worst;
}

}  // namespace hearth::agent::test
