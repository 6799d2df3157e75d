/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Printing without printf, which is more code than the programs here and takes a compiler longer. Doubles as their
 * bits. */
#ifndef HEARTH_TESTS_PRINT_H
#define HEARTH_TESTS_PRINT_H

#include <stdint.h>
#include <string.h>
#include <unistd.h>

static void printBytes(const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t done = write(1, bytes, size);
    if (done <= 0) return;
    bytes += done;
    size -= (size_t)done;
  }
}

static void printText(const char* text) { printBytes(text, strlen(text)); }

static void printHex(uint64_t value) {
  char digits[17];
  for (int i = 0; i < 16; ++i) digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
  digits[16] = '\n';
  printBytes(digits, sizeof digits);
}

static inline void printDouble(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  printHex(bits);
}

#endif
