/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HEARTH_ATTACKS_GUEST_H
#define HEARTH_ATTACKS_GUEST_H

#include <stdint.h>

/* A line for the suite, through the room of the task's standard output on the second disk; "open: ..." is what was
 * gained. Once that disk is given up, a line is only kept. */
void say(const char* line);
void giveUpDisks(void);
/* All lines so far, and what stands at the beginning of the second disk. */
uint32_t allSaid(const char** text, const void** head, uint32_t* headBytes);

int writeFile(const char* path, const char* text);

/* Both disks without the kernel's drivers: everything that a device is told is made up here. */
void driveByHand(void);

#endif
