/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HEARTH_HOST_H
#define HEARTH_HOST_H

#include <stddef.h>
#include <stdint.h>
#include <wasm-rt.h>

/* What the parts of a build share: a WebAssembly module as C, woven so that it can leave and come back (woven.h), and
 * the host that is linked to it. One thread, one module, one process; all state is global. Every function that may fail
 * for a reason of the guest's returns an error number of WASI preview 1. */

/* ---- the module, as client/wasm/weave makes it ---- */

typedef struct HearthModule {
  void (*create)(void); /* memory, tables and globals as the module states them */
  void (*start)(void);  /* its _start; returns early when the module unwound */
  wasm_rt_memory_t* memory;
  void (*visitGlobals)(void (*visit)(void* cell, uint32_t bytes));
} HearthModule;

extern const HearthModule hearthGuarded; /* relies on guard pages behind its memory */
extern const HearthModule hearthChecked; /* checks every access */

/* Of this build: made at publish. */
extern const uint8_t hearthModuleDigest[32];
extern const int hearthHasRealClocks;

/* ---- memory and traps (runtime.c) ---- */

extern wasm_rt_memory_t* hearthMemory;

/* Chooses how memory is had from now on; false: the system does not give the address space for guard pages. */
int hearthReserveGuard(void);
void hearthCatchFaults(void);
/* The bytes at an address of the guest; NULL when they do not lie in its memory. */
void* hearthBytes(uint32_t address, uint32_t size);
/* Ends the process as a trap does: one line on standard error, status 134. */
WASM_RT_NO_RETURN void hearthDie(const char* why);
/* One line on standard error, and the program goes on. */
void hearthWarn(const char* what, const char* why);
void* hearthAllocate(size_t bytes);
void* hearthResize(void* old, size_t bytes);
char* hearthCopyText(const char* text);

/* ---- frames of the module that left (frames.c); woven.h has the module's side ---- */

void hearthWriteFrames(void);
void hearthReadFrames(void);
/* After start() returned: whether it did so to be written down. */
int hearthHasUnwound(void);
/* The next start() goes on where the frames say. */
void hearthRewind(void);

/* ---- guest state besides memory and frames (wasi.c, wasi_files.c) ---- */

void hearthStartState(int argc, char** argv, char** environment);
void hearthWriteState(void);
void hearthReadState(void);
void hearthOpenStreams(void);
void hearthWriteFiles(void);
void hearthReadFiles(void);

/* ---- checkpoint (checkpoint.c) ---- */

/* Learns from the environment where a checkpoint stands and which task this is; from here on it may be asked for. */
void hearthPrepareCheckpoint(void);
int hearthKeepsCheckpoints(void);
/* What seeds a task's random numbers; empty outside of one. */
const char* hearthTask(void);
/* Whether a fit checkpoint was there and all state is now as it says. */
int hearthResume(void);
/* Writes one beside the last good one and puts it in its place; what goes wrong is said, and the last good one stays.
 */
void hearthWriteCheckpoint(void);

/* The stream of the checkpoint that is being written or read. A read that passes the end, or a number above its limit,
 * ends the process: the checksum was right before the first byte was taken, so somebody made this file. */
void hearthPut(const void* bytes, size_t size);
void hearthPutNumber(uint64_t number);
void hearthPutText(const char* text);
void hearthTake(void* bytes, size_t size);
uint64_t hearthTakeNumber(uint64_t most);
char* hearthTakeText(void);

#endif
