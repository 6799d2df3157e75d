/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "streams.h"

#include <string.h>

#include "host.h"
#include "os.h"

enum { kKeptLimit = 64 << 20 };

typedef struct {
  uint8_t* bytes;
  size_t size, room;
} Kept;

static uint64_t inputRead;
static Kept kept[3]; /* [0] stays empty */
static int isTooMuch;

void hearthNoteRead(int stream, size_t bytes) {
  if (stream == 0) inputRead += bytes;
}

void hearthNoteWritten(int stream, const void* bytes, size_t size) {
  if (!hearthKeepsCheckpoints() || isTooMuch || stream < 1 || stream > 2) return;
  Kept* to = &kept[stream];
  if (size > kKeptLimit - to->size) {
    isTooMuch = 1;
    return;
  }
  if (to->size + size > to->room) {
    to->room = (to->size + size) * 2;
    to->bytes = hearthResize(to->bytes, to->room);
  }
  memcpy(to->bytes + to->size, bytes, size);
  to->size += size;
}

int hearthStreamsFit(void) { return !isTooMuch; }

void hearthWriteStreams(void) {
  hearthPutNumber(inputRead);
  for (int stream = 1; stream <= 2; ++stream) {
    hearthPutNumber(kept[stream].size);
    hearthPut(kept[stream].bytes, kept[stream].size);
  }
}

static void skipInput(void) {
  uint8_t bytes[4096];
  for (uint64_t left = inputRead; left > 0;) {
    size_t done;
    if (osRead(0, bytes, left < sizeof bytes ? left : sizeof bytes, &done) != kSuccess || done == 0) {
      hearthDie("its standard input is not the one it had");
    }
    left -= done;
  }
}

void hearthReadStreams(void) {
  inputRead = hearthTakeNumber(UINT64_MAX);
  skipInput();
  for (int stream = 1; stream <= 2; ++stream) {
    Kept* to = &kept[stream];
    to->size = to->room = hearthTakeNumber(kKeptLimit);
    to->bytes = hearthResize(to->bytes, to->room);
    hearthTake(to->bytes, to->size);
    osWriteAll(stream, to->bytes, to->size);
  }
}
