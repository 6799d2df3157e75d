// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/executor.h"

namespace hearth::bench {

double millisecondsSince(std::chrono::steady_clock::time_point start);
/// The value that this part of the others lies below.
double quantile(std::vector<double> values, double part);
[[noreturn]] void giveUp(const std::string& why);

/// From a plain fork to the program's end, in milliseconds.
double plainRun(const std::string& program);

/// A folder that is removed at the end.
struct Folder {
  std::filesystem::path path;
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

/// Runs of one kind beside plain ones, in turns, so that both see the same machine.
struct StartTimes {
  std::vector<double> plain, confined, processor;  ///< milliseconds; processor: of the confined ones
};

/// Prints the line of a figure: the median of the confined runs over that of the plain ones.
void printStart(const char* figure, const StartTimes& times, double ceiling, const std::string& conditions);

/// Waits for a run that must end with the exit code 64 of hearth-task-init, which does nothing when it is not pid 1.
sandbox::RunEnd runOnce(sandbox::Executor& executor, sandbox::RunSpec spec);

}  // namespace hearth::bench
