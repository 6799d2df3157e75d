/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The C library's mathematics, function after function: what differs first between two machines' libraries. */
#include <math.h>
#include <stdlib.h>

#include "print.h"

int main(int argc, char** argv) {
  const long count = argc > 1 ? atol(argv[1]) : 1000;
  double sums[8] = {0};
  for (long i = 1; i <= count; ++i) {
    const double x = (double)i * 0.001;
    sums[0] += sin(x) * cos(x * 1.7);
    sums[1] += exp(-x * 0.01) * log(x + 1);
    sums[2] += pow(x, 0.37);
    sums[3] += tanh(x - 3) + atan2(x, 2.5);
    sums[4] += cbrt(x) + hypot(x, 1.5);
    sums[5] += erf(x * 0.001) + lgamma(x + 0.5);
    sums[6] += fmod(x * 997, 3.3) + (double)sinf((float)x);
    sums[7] += fma(x, x, -0.1) + nearbyint(x * 10);
  }
  for (int k = 0; k < 8; ++k) printDouble(sums[k]);
  return 0;
}
