// SPDX-License-Identifier: GPL-3.0-or-later
// Amicable pairs (a, b), a < b, each the sum of the other's proper divisors, with the smaller one in [FROM, TO).
// `amicable FROM TO` prints one pair a line. It saves where it is when it is asked (docs/checkpoints.md).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hearth_checkpoint.h"

enum { kMostPairs = 1000 };

struct State {
  unsigned long next;
  unsigned pairs;
  unsigned long first[kMostPairs], second[kMostPairs];
};

static unsigned long properDivisorSum(unsigned long number) {
  unsigned long sum = 1;
  for (unsigned long divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor != 0) continue;
    sum += divisor;
    if (divisor != number / divisor) sum += number / divisor;
  }
  return sum;
}

int main(int count, char** arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: amicable FROM TO\n");
    return 2;
  }
  struct State state;
  memset(&state, 0, sizeof state);
  state.next = strtoul(arguments[1], NULL, 10);
  const unsigned long end = strtoul(arguments[2], NULL, 10);
  size_t size;
  void* kept = hearth_checkpoint_load("amicable-1", &size);
  if (kept != NULL && size == sizeof state) {
    memcpy(&state, kept, size);
    fprintf(stderr, "goes on at %lu\n", state.next);
  }
  free(kept);
  while (state.next < end) {
    const unsigned long number = state.next++;
    const unsigned long other = properDivisorSum(number);
    if (other > number && properDivisorSum(other) == number && state.pairs < kMostPairs) {
      state.first[state.pairs] = number;
      state.second[state.pairs++] = other;
    }
    if (hearth_checkpoint_due() && hearth_checkpoint_save("amicable-1", &state, sizeof state) != 0) {
      perror("the state could not be saved");
    }
  }
  for (unsigned i = 0; i < state.pairs; ++i) printf("%lu %lu\n", state.first[i], state.second[i]);
  return 0;
}
