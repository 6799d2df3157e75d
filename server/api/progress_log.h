// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/actions.h"

namespace hearth::server {

/// How far a batch had got at an instant.
struct ProgressPoint {
  Instant at;
  std::uint64_t certified = 0;
  std::uint64_t failed = 0;
  std::uint64_t active = 0;
  bool operator==(const ProgressPoint&) const = default;
};
using ProgressPoints = std::vector<ProgressPoint>;

/// Points of a life are thinned to so many: the counts grow, so that a point that is left out only makes it coarser.
inline constexpr std::size_t kProgressPoints = 240;
/// At most kProgressPoints, evenly spread; the first and the last stay.
ProgressPoints thinned(ProgressPoints points);
/// As the store keeps them. What cannot be read is no point.
std::string toText(const ProgressPoints& points);
ProgressPoints pointsOf(std::string_view text);

/// Notes how batches get on, a point a second at most, until it is written to the store. Notices come from the
/// Runtime's thread; any thread may call. Memory: kUnsaved points for each open batch.
class ProgressLog {
 public:
  static constexpr Duration kStep = Duration::seconds(1);
  static constexpr Duration kSaveEvery = Duration::minutes(1);
  static constexpr std::size_t kUnsaved = 128;

  /// True if the points of this batch should be saved now: the caller does, and says ended().
  bool notice(const core::BatchNotice& notice, Instant now);
  /// What was not saved yet.
  ProgressPoints unsaved(BatchId batch) const;
  /// Saving ended: points up to this one are in the store, none if it failed. True if they should be saved again at
  /// once, since the batch's last point came meanwhile.
  bool ended(BatchId batch, const std::optional<ProgressPoint>& last);

 private:
  struct Entry {
    ProgressPoints points;
    Instant asked;  ///< to be saved
    bool saving = false;
    bool over = false;
  };
  mutable std::mutex m_mutex;
  std::map<BatchId, Entry> m_entries;  ///< guarded by m_mutex
};

}  // namespace hearth::server
