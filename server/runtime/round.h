// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/actions.h"
#include "server/runtime/inbox.h"

namespace hearth::server {

/// What is committed together, and what may leave once it is. Filled and emptied by the Dispatcher's thread; a plain
/// value.
struct Round {
  static constexpr std::size_t kItems = 8'192;  ///< a round takes no more
  static constexpr std::size_t kBytes = 64 * limits::kMiB;

  std::vector<db::Unit> units;  ///< of the Dispatcher: one an event, as it came, the first
  std::vector<DirectoryCommit> commits;
  std::vector<core::Reply> replies;
  std::vector<Load> loads;
  std::vector<core::BatchNotice> notices;  ///< the latest of each batch
  std::size_t items = 0;
  std::size_t bytes = 0;

  bool empty() const { return !needsCommit() && replies.empty() && loads.empty() && notices.empty(); }
  bool needsCommit() const { return !units.empty() || !commits.empty(); }
  bool hasRoom() const { return items < kItems && bytes < kBytes && m_changes < 4 * kItems; }

  /// Of the many progress rows and counters that a round has, the last of each counts: earlier ones are replaced in
  /// place.
  void add(core::Actions actions);
  /// The units to apply, in order; the round keeps the callbacks.
  std::vector<db::Unit> takeUnits();

 private:
  struct Place {
    std::size_t unit = 0;
    std::size_t change = 0;
  };
  void add(Changes&& fresh);
  /// Whether an earlier one took the change's place in the round, `place` its own if not.
  bool replaced(Change& change, Place place);
  Change& at(Place place) { return units[place.unit].changes[place.change]; }

  std::size_t m_changes = 0;
  std::unordered_map<BatchId, Place> m_progressAt;
  std::unordered_map<BatchId, std::size_t> m_noticeAt;
  std::optional<Place> m_countersAt;
};

}  // namespace hearth::server
