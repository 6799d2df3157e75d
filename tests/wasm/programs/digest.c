/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 over a stream that it makes itself: 32-bit integers, a table, rotations. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

static uint32_t table[64];

static uint32_t rotate(uint32_t x, int by) { return (x >> by) | (x << (32 - by)); }

/* The fraction bits of the cube roots of the first 64 primes, by integers alone. */
static void fillTable(void) {
  int count = 0;
  for (uint64_t p = 2; count < 64; ++p) {
    int isPrime = 1;
    for (uint64_t d = 2; d * d <= p; ++d) isPrime = isPrime && p % d != 0;
    if (!isPrime) continue;
    uint64_t root = 0;
    for (int bit = 34; bit >= 0; --bit) {
      const unsigned __int128 c = root | (uint64_t)1 << bit;
      if (c * c * c <= (unsigned __int128)p << 96) root = (uint64_t)c;
    }
    table[count++] = (uint32_t)root;
  }
}

static void addBlock(uint32_t h[8], const uint8_t* block) {
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; ++i)
    w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; ++i) {
    const uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  memcpy(v, h, sizeof v);
  for (int i = 0; i < 64; ++i) {
    const uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
    const uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + table[i] + w[i];
    const uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
    const uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += t1;
    v[0] = t1 + t2;
  }
  for (int i = 0; i < 8; ++i) h[i] += v[i];
}

int main(int argc, char** argv) {
  const long blocks = argc > 1 ? atol(argv[1]) : 1000;
  uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t block[64];
  uint32_t state = 1;
  fillTable();
  for (long b = 0; b < blocks; ++b) {
    for (int i = 0; i < 64; ++i) {
      state = state * 1664525u + 1013904223u;
      block[i] = (uint8_t)(state >> 24);
    }
    addBlock(h, block);
  }
  for (int i = 0; i < 8; ++i) printHex(h[i]);
  return 0;
}
