/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How soon points of the plane leave: one long loop of doubles without a call. */
#include <stdint.h>
#include <stdlib.h>

#include "print.h"

int main(int argc, char** argv) {
  const int side = argc > 1 ? atoi(argv[1]) : 64;
  const int most = 500;
  uint64_t hash = 1469598103934665603u;
  double sum = 0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double cr = 3.0 * x / side - 2.2, ci = 2.4 * y / side - 1.2;
      double r = 0, i = 0;
      int turns = 0;
      while (turns < most && r * r + i * i < 4) {
        const double next = r * r - i * i + cr;
        i = 2 * r * i + ci;
        r = next;
        ++turns;
      }
      sum += r + i;
      hash = (hash ^ (uint64_t)turns) * 1099511628211u;
    }
  }
  printHex(hash);
  printDouble(sum);
  return 0;
}
