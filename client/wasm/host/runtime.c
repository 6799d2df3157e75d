/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "os.h"

/* What wasm2c's C asks of its runtime: memory, tables, types of functions, traps. */

enum { kPageBytes = 65536, kMostPages = 65535, kMostTable = 1 << 20, kMostTypes = 4096, kMostValues = 64 };

wasm_rt_memory_t* hearthMemory;

static uint8_t* guardBase; /* NULL: memory is resized, and the module checks each access */

void hearthWarn(const char* what, const char* why) {
  char line[512];
  const int size = snprintf(line, sizeof line, "hearth: %s: %s\n", what, why);
  osWriteAll(2, line, size < (int)sizeof line ? (size_t)size : sizeof line - 1);
}

void hearthDie(const char* why) {
  hearthWarn("the module was ended", why);
  _Exit(134);
}

void wasm_rt_trap(wasm_rt_trap_t trap) { hearthDie(wasm_rt_strerror(trap)); }

const char* wasm_rt_strerror(wasm_rt_trap_t trap) {
  switch (trap) {
    case WASM_RT_TRAP_OOB:
      return "it trapped: access outside of its memory";
    case WASM_RT_TRAP_INT_OVERFLOW:
      return "it trapped: an integer does not hold the result";
    case WASM_RT_TRAP_DIV_BY_ZERO:
      return "it trapped: division by zero";
    case WASM_RT_TRAP_INVALID_CONVERSION:
      return "it trapped: not a number was to become an integer";
    case WASM_RT_TRAP_UNREACHABLE:
      return "it trapped: it reached what it calls unreachable, as abort() does";
    case WASM_RT_TRAP_CALL_INDIRECT:
      return "it trapped: call of no function, or of another type";
    case WASM_RT_TRAP_EXHAUSTION:
      return "it trapped: its calls are nested too deeply";
    default:
      return "it trapped";
  }
}

void* hearthAllocate(size_t bytes) { return hearthResize(NULL, bytes); }

void* hearthResize(void* old, size_t bytes) {
  void* now = realloc(old, bytes == 0 ? 1 : bytes);
  if (now == NULL) hearthDie("there is no memory left for its host");
  return now;
}

char* hearthCopyText(const char* text) {
  const size_t bytes = strlen(text) + 1;
  return memcpy(hearthAllocate(bytes), text, bytes);
}

void* hearthBytes(uint32_t address, uint32_t size) {
  if ((uint64_t)address + size > hearthMemory->size) return NULL;
  return hearthMemory->data + address;
}

int osWriteAll(int file, const void* bytes, size_t size) {
  const uint8_t* from = bytes;
  while (size > 0) {
    size_t done;
    if (osWrite(file, from, size, &done) != kSuccess || done == 0) return 0;
    from += done;
    size -= done;
  }
  return 1;
}

static void onFault(const void* address) {
  const uint8_t* at = address;
  const int isMemory = guardBase != NULL && at >= guardBase && at < guardBase + OS_GUARDED_BYTES;
  wasm_rt_trap(isMemory ? WASM_RT_TRAP_OOB : WASM_RT_TRAP_EXHAUSTION);
}

void hearthCatchFaults(void) { osCatchFaults(onFault); }

int hearthReserveGuard(void) {
  guardBase = osReserve(OS_GUARDED_BYTES);
  return guardBase != NULL;
}

void wasm_rt_init(void) {}
bool wasm_rt_is_initialized(void) { return true; }
void wasm_rt_free(void) {}

void wasm_rt_allocate_memory(wasm_rt_memory_t* memory, uint32_t pages, uint32_t mostPages) {
  memory->data = guardBase;
  memory->pages = 0;
  memory->size = 0;
  memory->max_pages = mostPages < kMostPages ? mostPages : kMostPages;
  if (wasm_rt_grow_memory(memory, pages) == UINT32_MAX) hearthDie("it asks for more memory than there is");
}

uint32_t wasm_rt_grow_memory(wasm_rt_memory_t* memory, uint32_t delta) {
  const uint32_t before = memory->pages;
  if (delta > memory->max_pages - before) return UINT32_MAX;
  const size_t oldSize = (size_t)before * kPageBytes;
  const size_t added = (size_t)delta * kPageBytes;
  if (guardBase != NULL) {
    if (added > 0 && !osCommit(guardBase + oldSize, added)) return UINT32_MAX;
  } else {
    uint8_t* data = osResize(memory->data, oldSize, oldSize + added);
    if (data == NULL && added > 0) return UINT32_MAX;
    memory->data = data;
  }
  memory->pages = before + delta;
  memory->size = memory->pages * kPageBytes;
  return before;
}

void wasm_rt_free_memory(wasm_rt_memory_t* memory) { memory->size = 0; }

typedef struct {
  uint32_t params, results;
  uint8_t values[kMostValues];
} FunctionType;

static FunctionType* types;
static uint32_t typeCount;

uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  FunctionType type;
  memset(&type, 0, sizeof type);
  if (params > kMostValues || results > kMostValues - params) hearthDie("a function of it has too many parameters");
  type.params = params;
  type.results = results;
  va_list list;
  va_start(list, results);
  for (uint32_t i = 0; i < params + results; ++i) type.values[i] = (uint8_t)va_arg(list, int);
  va_end(list);
  for (uint32_t i = 0; i < typeCount; ++i) {
    if (memcmp(&types[i], &type, sizeof type) == 0) return i + 1;
  }
  if (typeCount == kMostTypes) hearthDie("it has too many types of functions");
  types = hearthResize(types, (typeCount + 1) * sizeof type);
  types[typeCount] = type;
  return ++typeCount;
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t* table, uint32_t elements, uint32_t most) {
  if (elements > kMostTable) hearthDie("its table of functions is too large");
  table->data = calloc(elements == 0 ? 1 : elements, sizeof *table->data);
  if (table->data == NULL) hearthDie("there is no memory left for its table");
  table->size = elements;
  table->max_size = most;
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t* table) { free(table->data); }
