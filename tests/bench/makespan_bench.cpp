// SPDX-License-Identifier: GPL-3.0-or-later
// bench_makespan [SEEDS [HOSTS]]: figures makespan_1, makespan_5 and makespan_20: how much longer than the exact
// optimum the real Dispatcher needs for a bag on machines that come and go, beside the reference ladder of the same
// seeds.
#include "bench/bag_figures.h"
#include "bench/served_project.h"

using namespace hearth::bench;

int main(int argc, char** argv) {
  const BagExtent extent = bagExtent(argc, argv);
  for (const std::uint64_t tasksPerHost : {1U, 5U, 20U}) {
    const BagFigures figures = runBags(tasksPerHost, extent);
    printFigure("makespan_" + std::to_string(tasksPerHost), figures.dispatcher.makespan, "x exact optimum",
                figures.ladder.makespan, figures.dispatcher.makespan / figures.ladder.makespan, figures.conditions);
  }
  return 0;
}
