// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "agent_core/actions.h"
#include "agent_core/event.h"
#include "base/result.h"

namespace hearth::agent {

/// What tasks did on one day, by the clock on the wall.
struct HistoryDay {
  std::int64_t day = 0;  ///< since 1970
  std::uint64_t tasks = 0, failed = 0;
  Duration processorTime;
  std::uint64_t joules = 0;
  bool operator==(const HistoryDay&) const = default;
};

/// What the agent must not forget: attempts with their phase and result, the jobs that they belong to, and what the
/// owner asked for, and what was done each day. One SQLite file; what write() reported as written survives a power
/// loss. Owned by the loop's thread.
///
/// When a write fails (disk full) its rows are kept, up to kPendingRows, and go out before the next ones, so the order
/// never changes.
class Journal {
 public:
  static constexpr std::size_t kHistoryDays = 400;
  static constexpr std::size_t kPendingRows = 100'000;

  /// Makes the file where needed, readable by its owner only; refuses one that a newer agent wrote.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& file);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Everything that was kept. Rows that cannot be read are dropped and counted in `damaged`.
  struct Contents {
    Restored restored;
    std::size_t damaged = 0;
  };
  Result<Contents> load();

  /// Writes these rows, after any that are pending, as one durable transaction. On an error they are pending.
  Result<void> write(std::vector<JournalRow> rows);
  std::size_t pending() const;

  /// The days on which something was done last, so many at most, in their order. Whatever a clock once said, none goes
  /// before kHistoryDays others were added to.
  Result<std::vector<HistoryDay>> history(std::uint32_t days);

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
