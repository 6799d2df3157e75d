// SPDX-License-Identifier: GPL-3.0-or-later
// bench_tail [SEEDS [HOSTS]]: figures tail and tail_waste at five tasks a host: how much the last tenth of a bag holds
// it up, and what share of the work nobody needed, beside the reference ladder of the same seeds.
#include "bench/bag_figures.h"
#include "bench/served_project.h"

using namespace hearth::bench;

int main(int argc, char** argv) {
  const BagFigures figures = runBags(5, bagExtent(argc, argv));
  printFigure("tail", figures.dispatcher.tail, "T / (t90 / .9)", figures.ladder.tail,
              figures.dispatcher.tail / figures.ladder.tail, figures.conditions);
  printFigure("tail_waste", figures.dispatcher.wasted * 100, "% of executed work", figures.ladder.wasted * 100,
              figures.dispatcher.wasted / figures.ladder.wasted, figures.conditions);
  return 0;
}
