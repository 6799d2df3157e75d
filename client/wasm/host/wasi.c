/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wasi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "woven.h"

/* Arguments, environment, clocks, random numbers, end. Clocks are virtual unless the application asked for real ones at
 * publish: they start at the same moment in every run, and go on by a microsecond each time they are read and by
 * as much as the guest sleeps. Random numbers follow from the module and the task. */

enum { kEventBytes = 32, kSubscriptionBytes = 48, kMostSubscriptions = 4096 };
static const uint64_t kEpoch = UINT64_C(946684800) * 1000000000u; /* 2000-01-01 */
static const uint64_t kReading = 1000;

static int argumentCount;
static char** arguments;
static int variableCount;
static char** variables;
static uint64_t elapsed;     /* virtual clocks: since the start */
static uint64_t steadyStart; /* real clocks: what the steady one is counted from */
static uint64_t randomState[4];

int hearthPutAt(uint32_t address, uint64_t value, uint32_t bytes) {
  void* at = hearthBytes(address, bytes);
  if (at == NULL) return kFault;
  memcpy(at, &value, bytes);
  return kSuccess;
}

/* ---- random numbers: xoshiro256**, whose state is filled from a hash of what names the task ---- */

static uint64_t mix(uint64_t* state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static void seedRandom(void) {
  uint64_t seed = 0;
  for (size_t i = 0; i < sizeof hearthModuleDigest; ++i) seed = mix(&seed) ^ hearthModuleDigest[i];
  for (const char* at = hearthTask(); *at != '\0'; ++at) seed = mix(&seed) ^ (uint8_t)*at;
  for (int i = 0; i < 4; ++i) randomState[i] = mix(&seed);
}

static uint64_t rotate(uint64_t value, int by) { return (value << by) | (value >> (64 - by)); }

static uint64_t nextRandom(void) {
  uint64_t* s = randomState;
  const uint64_t result = rotate(s[1] * 5, 7) * 9;
  const uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 45);
  return result;
}

uint32_t WASI(random_get)(Wasi* wasi, uint32_t address, uint32_t size) {
  (void)wasi;
  uint8_t* out = hearthBytes(address, size);
  if (out == NULL) return kFault;
  for (uint32_t i = 0; i < size; i += 8) {
    const uint64_t value = nextRandom();
    memcpy(out + i, &value, size - i < 8 ? size - i : 8);
  }
  return kSuccess;
}

/* ---- arguments and environment ---- */

/* The same on every platform: without the folder that a build lies in, and Windows' ending. */
static char* programName(char* path) {
  for (char* at = path; *at != '\0'; ++at) {
    if (*at == '/' || *at == '\\') path = at + 1;
  }
  const size_t length = strlen(path);
  if (length > 4 && strcmp(path + length - 4, ".exe") == 0) path[length - 4] = '\0';
  return path;
}

void hearthStartState(int argc, char** argv, char** environment) {
  argumentCount = argc;
  arguments = argv;
  if (argc > 0) argv[0] = programName(argv[0]);
  variables = hearthAllocate(sizeof *variables);
  for (; *environment != NULL; ++environment) {
    if (strncmp(*environment, "HEARTH_CHECKPOINT", 17) == 0) continue;
    variables = hearthResize(variables, (size_t)(variableCount + 1) * sizeof *variables);
    variables[variableCount++] = *environment;
  }
  steadyStart = osSteadyTime();
  seedRandom();
}

static uint32_t putSizes(int count, char** texts, uint32_t countAt, uint32_t bytesAt) {
  uint64_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += strlen(texts[i]) + 1;
  const int failed = hearthPutAt(countAt, (uint64_t)count, 4);
  return (uint32_t)(failed ? failed : hearthPutAt(bytesAt, bytes, 4));
}

static uint32_t putTexts(int count, char** texts, uint32_t list, uint32_t bytes) {
  for (int i = 0; i < count; ++i) {
    const uint32_t size = (uint32_t)strlen(texts[i]) + 1;
    char* at = hearthBytes(bytes, size);
    if (at == NULL || hearthPutAt(list, bytes, 4) != kSuccess) return kFault;
    memcpy(at, texts[i], size);
    bytes += size;
    list += 4;
  }
  return kSuccess;
}

uint32_t WASI(args_sizes_get)(Wasi* wasi, uint32_t countAt, uint32_t bytesAt) {
  (void)wasi;
  return putSizes(argumentCount, arguments, countAt, bytesAt);
}

uint32_t WASI(args_get)(Wasi* wasi, uint32_t list, uint32_t bytes) {
  (void)wasi;
  return putTexts(argumentCount, arguments, list, bytes);
}

uint32_t WASI(environ_sizes_get)(Wasi* wasi, uint32_t countAt, uint32_t bytesAt) {
  (void)wasi;
  return putSizes(variableCount, variables, countAt, bytesAt);
}

uint32_t WASI(environ_get)(Wasi* wasi, uint32_t list, uint32_t bytes) {
  (void)wasi;
  return putTexts(variableCount, variables, list, bytes);
}

/* ---- clocks ---- */

uint64_t hearthClock(uint32_t clock) {
  if (hearthHasRealClocks) return clock == 0 ? osRealTime() : elapsed + osSteadyTime() - steadyStart;
  elapsed += kReading;
  return clock == 0 ? kEpoch + elapsed : elapsed;
}

uint32_t WASI(clock_res_get)(Wasi* wasi, uint32_t clock, uint32_t at) {
  (void)wasi;
  return clock > 3 ? kInvalid : (uint32_t)hearthPutAt(at, kReading, 8);
}

uint32_t WASI(clock_time_get)(Wasi* wasi, uint32_t clock, uint64_t precision, uint32_t at) {
  (void)wasi;
  (void)precision;
  return clock > 3 ? kInvalid : (uint32_t)hearthPutAt(at, hearthClock(clock), 8);
}

static void sleepFor(uint64_t nanoseconds) {
  if (!hearthHasRealClocks) {
    elapsed += nanoseconds;
    return;
  }
  osSleep(nanoseconds);
}

/* ---- waiting: files are always ready; only if nothing but clocks is waited for, the earliest one is ---- */

typedef struct {
  uint64_t user;
  uint8_t kind; /* 0: clock, 1: read, 2: write */
  uint64_t wait;
} Subscription;

static int readSubscription(uint32_t at, Subscription* out) {
  const uint8_t* bytes = hearthBytes(at, kSubscriptionBytes);
  if (bytes == NULL) return kFault;
  uint32_t clock;
  uint16_t flags;
  memcpy(&out->user, bytes, 8);
  out->kind = bytes[8];
  memcpy(&clock, bytes + 16, 4);
  memcpy(&out->wait, bytes + 24, 8);
  memcpy(&flags, bytes + 40, 2);
  if (out->kind > 2 || (out->kind == 0 && clock > 3)) return kInvalid;
  if (out->kind == 0 && (flags & 1) != 0) {
    const uint64_t now = hearthClock(clock);
    out->wait = out->wait > now ? out->wait - now : 0;
  }
  return kSuccess;
}

static uint32_t putEvent(uint32_t at, const Subscription* subscription) {
  uint8_t* bytes = hearthBytes(at, kEventBytes);
  if (bytes == NULL) return kFault;
  memset(bytes, 0, kEventBytes);
  memcpy(bytes, &subscription->user, 8);
  bytes[10] = subscription->kind;
  return kSuccess;
}

uint32_t WASI(poll_oneoff)(Wasi* wasi, uint32_t in, uint32_t out, uint32_t count, uint32_t countAt) {
  (void)wasi;
  if (count == 0 || count > kMostSubscriptions) return kInvalid;
  int hasFile = 0;
  uint64_t earliest = UINT64_MAX;
  Subscription subscription;
  for (uint32_t i = 0; i < count; ++i) {
    const int failed = readSubscription(in + i * kSubscriptionBytes, &subscription);
    if (failed) return (uint32_t)failed;
    if (subscription.kind != 0)
      hasFile = 1;
    else if (subscription.wait < earliest)
      earliest = subscription.wait;
  }
  uint32_t events = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (readSubscription(in + i * kSubscriptionBytes, &subscription) != kSuccess) continue;
    const int isReady = hasFile ? subscription.kind != 0 : subscription.wait <= earliest;
    if (isReady && putEvent(out + events++ * kEventBytes, &subscription) != kSuccess) return kFault;
  }
  if (!hasFile) sleepFor(earliest);
  return (uint32_t)hearthPutAt(countAt, events, 4);
}

uint32_t WASI(sched_yield)(Wasi* wasi) {
  (void)wasi;
  return kSuccess;
}

void WASI(proc_exit)(Wasi* wasi, uint32_t status) {
  (void)wasi;
  exit((int)(status & 0xff));
}

uint32_t WASI(proc_raise)(Wasi* wasi, uint32_t signal) {
  (void)wasi;
  (void)signal;
  hearthDie("it raised a signal against itself");
}

/* ---- checkpoint ---- */

void hearthWriteState(void) {
  hearthPutNumber(hearthHasRealClocks ? elapsed + osSteadyTime() - steadyStart : elapsed);
  hearthPut(randomState, sizeof randomState);
  hearthWriteFiles();
}

void hearthReadState(void) {
  elapsed = hearthTakeNumber(UINT64_MAX);
  steadyStart = osSteadyTime();
  hearthTake(randomState, sizeof randomState);
  hearthReadFiles();
}
