/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HEARTH_WOVEN_H
#define HEARTH_WOVEN_H

#include <stdint.h>

/* What client/wasm/weave puts into the C of a module. At the head of each loop, but of those that end by themselves
 * within seconds, the module looks at hearthWanted. When it is set, each function on the stack writes the variables
 * that it still needs into a frame and returns; when the module is started again, each function takes its frame and
 * jumps to where it was, in a copy of the function that can do that. A frame holds values of the module only, no
 * address of this process, so any build of the same module reads it. */

extern volatile int hearthWanted; /* set by a signal: leave at the next loop */
extern int hearthMode;            /* 0: running, 1: leaving, 2: coming back */

/* Room for the frame of point `point` of function `function`. */
uint8_t* hearthPush(uint32_t function, uint32_t point, uint32_t bytes);
/* The frame of the function that comes back, which must be this one's; returns its point. The last one ends mode 2. */
uint32_t hearthPop(uint32_t function, uint32_t bytes, const uint8_t** frame);
/* The frame is of no point of this function. */
__attribute__((noreturn)) void hearthStray(void);

#define HEARTH_KEEP(frame, at, variable) __builtin_memcpy((frame) + (at), &(variable), sizeof(variable))
#define HEARTH_BACK(frame, at, variable) __builtin_memcpy(&(variable), (frame) + (at), sizeof(variable))

#endif
