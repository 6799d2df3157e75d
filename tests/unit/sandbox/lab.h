// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/executor.h"

namespace hearth::sandbox {

/// Who runs the agent in a test.
enum class Who { kRoot, kUnprivileged };
/// Both where the tests run as root, else the user that they run as.
std::vector<Who> everyone();
const char* nameOf(Who who);

/// A folder of a test's own, with the package of the attacks; removed with all in it.
class Lab {
 public:
  Lab();
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  const std::filesystem::path& folder() const { return m_folder; }
  std::filesystem::path work() const { return m_folder / "closed" / "work"; }
  std::filesystem::path file(const char* name) const { return m_folder / "closed" / name; }
  BubblewrapOptions options() const;
  /// A run of an attack with small limits.
  RunSpec spec(std::vector<std::string> attack) const;
  /// Gives everything to another user.
  void giveTo(unsigned user) const;

 private:
  std::filesystem::path m_folder;
};

/// Waits for onEnd.
class EndBox {
 public:
  std::function<void(RunEnd)> receiver();
  /// Nothing after `patience`.
  std::optional<RunEnd> wait(std::chrono::milliseconds patience = std::chrono::seconds(30));

 private:
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::optional<RunEnd> m_end;
};

/// What came of a run in an agent of its own.
struct Outcome {
  std::string refusal;  ///< of the executor or of start(); empty: it ran
  ExitKind exit = ExitKind::kOk;
  int exitCode = -1;
  std::string reason, output, error;
  double processorSeconds = 0, wallSeconds = 0;
  std::uint64_t memoryPeakBytes = 0;
};

using Change = std::function<void(RunSpec&)>;
/// Runs an attack to its end in a process of its own, as `who`.
Outcome attack(Who who, const std::vector<std::string>& arguments, const Change& change = {}, Lab* lab = nullptr);

std::string readText(const std::filesystem::path& file);
void writeText(const std::filesystem::path& file, const std::string& text);
/// Asks every few milliseconds until it holds; false when it never did.
bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace hearth::sandbox
