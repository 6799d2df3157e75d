// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/makespan.h"

/// What the figures `makespan` and `tail` have in common: many seeds of one bag, averaged.
namespace hearth::bench {

struct BagExtent {
  std::uint64_t seeds = 20;
  std::uint32_t hosts = 2'000;
};

/// Of one policy over all seeds.
struct BagAverages {
  double makespan = 0;  ///< by the exact optimum; geometric mean, as is the next
  double tail = 0;
  double wasted = 0, copies = 0;
  double worst = 0;  ///< makespan / optimum
};

struct BagFigures {
  BagAverages dispatcher, ladder;
  std::uint64_t ladderFaster = 0;  ///< seeds
  std::vector<std::pair<std::string, std::string>> conditions;
};

/// SEEDS and HOSTS from the command line; tells how it is used and ends the process where they are wrong.
BagExtent bagExtent(int argc, char** argv);

/// Runs all seeds. Ends the process with a message where a bag was not finished.
BagFigures runBags(std::uint64_t tasksPerHost, const BagExtent& extent);

}  // namespace hearth::bench
