// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "sandbox/executor.h"

namespace hearth::bench {

/// What the benchmarks of the sandbox have in common.
[[noreturn]] void giveUp(const std::string& why);

using Clock = std::chrono::steady_clock;
double millisecondsSince(Clock::time_point start);
/// The value below which that part of them lies.
double at(std::vector<double> values, double part);

/// A folder with a package of the given program of ours as /program, and places for works; removed at the end.
class Place {
 public:
  explicit Place(const char* program);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  const std::filesystem::path& path() const { return m_path; }
  std::filesystem::path program() const { return m_path / "package" / "program"; }
  /// Its own folder for each `name`; limits are wide.
  sandbox::RunSpec spec(const std::string& name, std::vector<std::string> arguments) const;
  /// Processes of this machine that run the program, whoever started them.
  std::vector<pid_t> processes() const;

  std::unique_ptr<sandbox::Executor> bubblewrap(const std::filesystem::path& controlGroup = {}) const;
  std::unique_ptr<sandbox::Executor> landlock() const;

 private:
  std::filesystem::path m_path;
};

/// A run and its end.
class Started {
 public:
  Started(sandbox::Executor& executor, sandbox::RunSpec spec);
  sandbox::Run& run() { return *m_run; }
  /// Waits for it.
  sandbox::RunEnd end() { return m_end.get(); }

 private:
  std::shared_ptr<std::promise<sandbox::RunEnd>> m_promise;  // shared with the receiver, which may come last
  std::future<sandbox::RunEnd> m_end;
  std::unique_ptr<sandbox::Run> m_run;
};

/// The machine and how busy it was, as JSON fields.
std::string conditions();

/// Prints a figure as a line of JSON; `more` are further fields of its conditions, each with a comma behind it.
void printFigure(const std::string& name, double value, const char* unit, double ceiling, const std::string& more);

}  // namespace hearth::bench
