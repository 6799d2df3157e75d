/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small cluster of masses under their own gravity: doubles, square roots, short inner loops. */
#include <math.h>
#include <stdlib.h>

#include "print.h"

enum { kBodies = 7 };

typedef struct {
  double at[3], speed[3], mass;
} Body;

static double nextFraction(unsigned* state) {
  *state = *state * 1664525u + 1013904223u;
  return (double)(*state >> 8) / (1 << 24);
}

static void attract(Body* a, Body* b, double step) {
  double d[3], square = 0.01;
  for (int k = 0; k < 3; ++k) {
    d[k] = a->at[k] - b->at[k];
    square += d[k] * d[k];
  }
  const double pull = step / (square * sqrt(square));
  for (int k = 0; k < 3; ++k) {
    a->speed[k] -= d[k] * b->mass * pull;
    b->speed[k] += d[k] * a->mass * pull;
  }
}

static double energy(const Body* bodies) {
  double sum = 0;
  for (int i = 0; i < kBodies; ++i) {
    for (int k = 0; k < 3; ++k) sum += 0.5 * bodies[i].mass * bodies[i].speed[k] * bodies[i].speed[k];
  }
  return sum;
}

int main(int argc, char** argv) {
  const long steps = argc > 1 ? atol(argv[1]) : 1000;
  Body bodies[kBodies];
  unsigned state = 7;
  for (int i = 0; i < kBodies; ++i) {
    for (int k = 0; k < 3; ++k) {
      bodies[i].at[k] = nextFraction(&state) * 10;
      bodies[i].speed[k] = nextFraction(&state) - 0.5;
    }
    bodies[i].mass = 1 + nextFraction(&state);
  }
  for (long s = 0; s < steps; ++s) {
    for (int i = 0; i < kBodies; ++i) {
      for (int j = i + 1; j < kBodies; ++j) attract(&bodies[i], &bodies[j], 0.001);
    }
    for (int i = 0; i < kBodies; ++i) {
      for (int k = 0; k < 3; ++k) bodies[i].at[k] += 0.001 * bodies[i].speed[k];
    }
    if (s % (steps / 10 + 1) == 0) printDouble(energy(bodies));
  }
  printDouble(energy(bodies));
  printDouble(bodies[3].at[1]);
  return 0;
}
