/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HEARTH_STREAMS_H
#define HEARTH_STREAMS_H

#include <stddef.h>
#include <stdint.h>

/* Standard input, output and error across a checkpoint. A program that goes on has new streams: what was written
 * before is written again, so that the output of the resumed run is whole, and what was read before is skipped. */

void hearthNoteRead(int stream, size_t bytes);
void hearthNoteWritten(int stream, const void* bytes, size_t size);
/* Whether what was written still fits into a checkpoint. */
int hearthStreamsFit(void);
void hearthWriteStreams(void);
void hearthReadStreams(void);

#endif
