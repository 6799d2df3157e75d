/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A task for the pages' tests: `frames N MILLISECONDS` leaves a picture and a table of numbers, or fails for each seventh N. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIDE = 48, ROW = 1 + 3 * SIDE, RAW = ROW * SIDE };

static uint32_t crc(const uint8_t* bytes, size_t size, uint32_t before) {
  uint32_t sum = ~before;
  for (size_t i = 0; i < size; ++i) {
    sum ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320U : 0);
  }
  return ~sum;
}

static uint8_t* put32(uint8_t* at, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) *at++ = (uint8_t)(value >> shift);
  return at;
}

static void chunk(FILE* file, const char* kind, const uint8_t* bytes, uint32_t size) {
  uint8_t word[8];
  fwrite(word, 1, (size_t)(put32(word, size) - word), file);
  memcpy(word, kind, 4);
  fwrite(word, 1, 4, file);
  fwrite(bytes, 1, size, file);
  fwrite(word + 4, 1, (size_t)(put32(word + 4, crc(bytes, size, crc(word, 4, 0))) - word - 4), file);
}

/* An RGB picture whose bytes are stored, not packed. */
static int picture(const char* name, long n) {
  static uint8_t raw[RAW], data[RAW + 11];
  for (int y = 0; y < SIDE; ++y) {
    for (int x = 0; x < SIDE; ++x) {
      uint8_t* pixel = raw + y * ROW + 1 + 3 * x;
      pixel[0] = (uint8_t)(40 + 4 * x);
      pixel[1] = (uint8_t)(40 + 4 * y);
      pixel[2] = (uint8_t)(60 + 13 * n);
    }
  }
  uint32_t low = 1, high = 0;
  for (int i = 0; i < RAW; ++i) {
    low = (low + raw[i]) % 65521;
    high = (high + low) % 65521;
  }
  const uint8_t head[] = {0x78, 0x01, 1, RAW & 255, RAW >> 8, (uint8_t)~(RAW & 255), (uint8_t) ~(RAW >> 8)};
  memcpy(data, head, sizeof head);
  memcpy(data + sizeof head, raw, RAW);
  put32(data + sizeof head + RAW, high << 16 | low);
  uint8_t about[13];
  put32(put32(about, SIDE), SIDE);
  memcpy(about + 8, "\x08\x02\0\0", 5);
  FILE* file = fopen(name, "wb");
  if (file == NULL) return 1;
  fwrite("\x89PNG\r\n\x1A\n", 1, 8, file);
  chunk(file, "IHDR", about, sizeof about);
  chunk(file, "IDAT", data, sizeof data);
  chunk(file, "IEND", about, 0);
  return fclose(file);
}

int main(int argc, char** argv) {
  const long n = argc > 1 ? atol(argv[1]) : 0;
  const long milliseconds = argc > 2 ? atol(argv[2]) : 0;
  const struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&pause, NULL);
  printf("frame %ld\n", n);
  if (n % 7 == 3) {
    fprintf(stderr, "begin\nno convergence after %ld steps\n", n * 11);
    return 3;
  }
  FILE* table = fopen("table.csv", "w");
  if (table == NULL) return 1;
  fprintf(table, "step,energy\n");
  for (int step = 0; step < 5; ++step) fprintf(table, "%d,%.3f\n", step, (double)(n * n) / 10 + 1.0 / (step + 1));
  if (fclose(table) != 0) return 1;
  return picture("frame.png", n);
}
