/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libbz2: sorting, Huffman codes, much memory. Not back again: its decoder is a function of 2,000 lines, slow to
 * compile. */
#include <bzlib.h>
#include <stdlib.h>

#include "print.h"

void bz_internal_error(int code) { exit(code & 0xff); }

int main(int argc, char** argv) {
  const unsigned size = (unsigned)(argc > 1 ? atol(argv[1]) : 100) * 1024;
  unsigned packed = size + size / 100 + 600, state = 5;
  char* text = malloc(size);
  char* out = malloc(packed);
  if (text == NULL || out == NULL) return 1;
  for (unsigned i = 0; i < size; ++i) {
    state = state * 1664525u + 1013904223u;
    text[i] = (char)(state >> 24 < 200 && i > 300 ? text[i - 1 - (state >> 16) % 300] : 'a' + (state >> 20) % 26);
  }
  if (BZ2_bzBuffToBuffCompress(out, &packed, text, size, 9, 0, 30) != BZ_OK) return 2;
  unsigned hash = 0;
  for (unsigned i = 0; i < packed; ++i) hash = hash * 31 + (unsigned char)out[i];
  printHex(packed);
  printHex(hash);
  return 0;
}
