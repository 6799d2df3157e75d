// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "base/result.h"
#include "sandbox/unique_fd.h"

namespace hearth::sandbox {

/// Stands still while the machine sleeps, and knows nothing of the time of day: a day's sleep and a set clock cost a
/// task none of its time.
using Clock = std::chrono::steady_clock;

/// Standard output or error of a task: what comes out of a pipe goes into a file up to a limit, the rest is read and
/// dropped, so that the task neither blocks nor dies of it. Used by the executor's thread.
class StreamFile {
 public:
  /// At the cut a line says so, within `limitBytes`, unless `exact`: then the file holds the first bytes and no more.
  static Result<StreamFile> create(const std::filesystem::path& file, std::uint64_t limitBytes, bool exact);

  /// The end that the task writes to; given away once.
  UniqueFd takeWriter() { return std::move(m_writer); }
  int reader() const { return m_reader.number(); }
  bool ended() const { return !m_reader; }
  bool passedLimit() const { return m_dropped > 0; }
  bool failedToWrite() const { return m_error != 0; }
  /// After the cut the pipe is emptied at a bounded rate: not before this moment.
  Clock::time_point notBefore() const { return m_notBefore; }

  /// Reads what is there, at most a bounded amount.
  void drain(Clock::time_point now);
  /// Reads what is left, writes the line about the cut, closes the file. Every writer must be gone.
  void close();

 private:
  StreamFile() = default;
  void keep(const char* data, std::size_t size);

  UniqueFd m_reader, m_writer, m_file;
  std::uint64_t m_limit = 0, m_kept = 0, m_dropped = 0;
  bool m_exact = false;
  int m_error = 0;
  Clock::time_point m_notBefore{};
};

}  // namespace hearth::sandbox
