/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libbz2 there and back: sorting, Huffman codes, much memory. */
#include <bzlib.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

void bz_internal_error(int code) { exit(code & 0xff); }

int main(int argc, char** argv) {
  const unsigned size = (unsigned)(argc > 1 ? atol(argv[1]) : 100) * 1024;
  unsigned packed = size + size / 100 + 600, again = size, state = 5;
  char* text = malloc(size);
  char* out = malloc(packed);
  char* back = malloc(size);
  if (text == NULL || out == NULL || back == NULL) return 1;
  for (unsigned i = 0; i < size; ++i) {
    state = state * 1664525u + 1013904223u;
    text[i] = (char)(state >> 24 < 200 && i > 300 ? text[i - 1 - (state >> 16) % 300] : 'a' + (state >> 20) % 26);
  }
  if (BZ2_bzBuffToBuffCompress(out, &packed, text, size, 9, 0, 30) != BZ_OK) return 2;
  if (BZ2_bzBuffToBuffDecompress(back, &again, out, packed, 0, 0) != BZ_OK) return 3;
  unsigned hash = 0;
  for (unsigned i = 0; i < packed; ++i) hash = hash * 31 + (unsigned char)out[i];
  printHex(packed);
  printHex(hash);
  printText(memcmp(text, back, size) == 0 ? "same\n" : "other\n");
  return 0;
}
