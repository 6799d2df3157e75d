// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the hostile program's files share. An attack prints "open: …" for each thing that it achieved and nothing
/// else; that it came to its end is printed by main. Every attack is bounded: run without a sandbox it does no lasting
/// harm beyond the folders and processes that were planted for it.
struct Attack {
  const char* name;
  void (*run)(int count, char** words);
};

extern const struct Attack kFileAttacks[], kKernelAttacks[], kProcessAttacks[], kResourceAttacks[], kOutputAttacks[];

/// Prints "open: WHAT" unless `result` is below 0.
void got(const char* what, long result);
void rest(long milliseconds);
long number(const char* text);
/// Says to whoever started us that the attack is under way: makes the file `ready` in the folder where we are.
void ready(void);
/// Appends a byte to `file` every few milliseconds, for ten seconds.
void tick(const char* file);
