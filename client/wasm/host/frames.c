/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "host.h"
#include "woven.h"

/* Innermost first while leaving, so outermost first when read from the end. A frame is its bytes and then its head,
 * so that it can be found from the end. */
typedef struct {
  uint32_t function;
  uint32_t point;
  uint32_t bytes;
} FrameHead;

enum { kFramesLimit = 1 << 30 };

volatile int hearthWanted;
int hearthMode;

static uint8_t* frames;
static size_t framesSize;
static size_t framesRoom;

uint8_t* hearthPush(uint32_t function, uint32_t point, uint32_t bytes) {
  const FrameHead head = {function, point, bytes};
  const size_t needed = framesSize + bytes + sizeof head;
  if (needed > kFramesLimit) hearthDie("its stack is too deep to be written down");
  if (needed > framesRoom) {
    framesRoom = needed * 2;
    frames = hearthResize(frames, framesRoom);
  }
  uint8_t* frame = frames + framesSize;
  memset(frame, 0, bytes);
  memcpy(frame + bytes, &head, sizeof head);
  framesSize = needed;
  hearthMode = 1;
  hearthWanted = 0;
  return frame;
}

uint32_t hearthPop(uint32_t function, uint32_t bytes, const uint8_t** frame) {
  FrameHead head;
  if (framesSize < sizeof head + bytes) hearthStray();
  memcpy(&head, frames + framesSize - sizeof head, sizeof head);
  if (head.function != function || head.bytes != bytes) hearthStray();
  framesSize -= sizeof head + bytes;
  if (framesSize == 0) hearthMode = 0;
  *frame = frames + framesSize;
  return head.point;
}

void hearthStray(void) { hearthDie("the checkpoint's stack is not one of this module"); }

int hearthHasUnwound(void) { return hearthMode == 1; }

void hearthRewind(void) { hearthMode = framesSize == 0 ? 0 : 2; }

void hearthWriteFrames(void) {
  hearthPutNumber(framesSize);
  hearthPut(frames, framesSize);
}

void hearthReadFrames(void) {
  framesSize = hearthTakeNumber(kFramesLimit);
  framesRoom = framesSize;
  frames = hearthResize(frames, framesRoom);
  hearthTake(frames, framesSize);
}
