/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stb: noise as a picture, made into a PNG in the task's folder, read again, made smaller. */
#include <stdio.h>
#include <stdlib.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_THREAD_LOCALS
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_PERLIN_IMPLEMENTATION
#include <stb_image.h>
#include <stb_image_resize.h>
#include <stb_image_write.h>
#include <stb_perlin.h>

#include "print.h"

static unsigned hashOf(const unsigned char* bytes, int count) {
  unsigned hash = 2166136261u;
  for (int i = 0; i < count; ++i) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

int main(int argc, char** argv) {
  const int side = argc > 1 ? atoi(argv[1]) : 64;
  unsigned char* pixels = malloc((size_t)side * side * 3);
  if (pixels == NULL) return 1;
  for (int i = 0; i < side * side * 3; ++i) {
    const float x = (float)(i / 3 % side) * 0.05f, y = (float)(i / 3 / side) * 0.05f;
    const float noise = stb_perlin_fbm_noise3(x, y, (float)(i % 3), 2.0f, 0.5f, 5);
    const float scaled = 127.5f + 120.0f * noise;
    pixels[i] = (unsigned char)(scaled < 0 ? 0 : scaled > 255 ? 255 : scaled);
  }
  if (stbi_write_png("picture.png", side, side, 3, pixels, side * 3) == 0) return 2;
  int width, height, channels;
  unsigned char* back = stbi_load("picture.png", &width, &height, &channels, 3);
  if (back == NULL) return 3;
  unsigned char* small = malloc((size_t)width * height);
  if (small == NULL || !stbir_resize_uint8(back, width, height, 0, small, width / 3, height / 2, 0, 3)) return 4;
  printHex((uint64_t)width << 32 | (uint64_t)height << 8 | (uint64_t)channels);
  printHex(hashOf(back, side * side * 3));
  printHex(hashOf(small, width / 3 * (height / 2) * 3));
  return 0;
}
