/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zlib over a text that it makes itself, there and back, and through a file in its folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "print.h"

static unsigned state = 99;

static unsigned next(unsigned below) {
  state = state * 1664525u + 1013904223u;
  return (state >> 16) % below;
}

static void makeText(unsigned char* text, size_t size) {
  static const char* const kWords[] = {"ember ", "hearth ", "kindle ", "ash ", "smoke\n", "log ", "spark, ", "warm. "};
  for (size_t at = 0; at < size;) {
    const char* word = next(9) == 0 ? "xyzzy" : kWords[next(8)];
    for (; *word != '\0' && at < size; ++word) text[at++] = (unsigned char)(*word + (next(40) == 0));
  }
}

int main(int argc, char** argv) {
  const uLong size = (uLong)(argc > 1 ? atol(argv[1]) : 100) * 1024;
  uLongf packed = compressBound(size);
  unsigned char* text = malloc(size);
  unsigned char* out = malloc(packed);
  unsigned char* back = malloc(size);
  if (text == NULL || out == NULL || back == NULL) return 1;
  makeText(text, size);
  for (int level = 1; level <= 9; level += 4) {
    uLongf bytes = packed, again = size;
    if (compress2(out, &bytes, text, size, level) != Z_OK || uncompress(back, &again, out, bytes) != Z_OK) return 2;
    printHex(bytes);
    printHex(crc32(0, out, (uInt)bytes));
    printHex(adler32(1, back, (uInt)again));
    printText(memcmp(text, back, size) == 0 ? "same\n" : "other\n");
    FILE* file = fopen("squeezed.z", level == 1 ? "wb" : "ab");
    if (file == NULL || fwrite(out, 1, bytes, file) != bytes || fclose(file) != 0) return 3;
  }
  FILE* file = fopen("squeezed.z", "rb");
  unsigned long sum = 0;
  for (int c; file != NULL && (c = getc(file)) != EOF;) sum = sum * 31 + (unsigned)c;
  printHex(sum & 0xffffffff);
  return file == NULL || fclose(file) != 0;
}
