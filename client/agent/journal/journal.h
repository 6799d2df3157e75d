// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "agent_core/actions.h"
#include "agent_core/event.h"
#include "base/result.h"

namespace hearth::agent {

/// What the agent must not forget: attempts with their phase and result, the jobs that they belong to, and what the
/// owner asked for. One SQLite file; what write() reported as written survives a power loss. Owned by the loop's
/// thread.
///
/// When a write fails (disk full) its rows are kept, up to kPendingRows, and go out before the next ones, so the order
/// never changes.
class Journal {
 public:
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

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
