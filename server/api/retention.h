// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <unordered_set>

#include "db/store.h"
#include "server/api/message_sender.h"
#include "server/api/unnamed_blobs.h"

namespace hearth::server {

/// Removes the results of batches whose time has come, and says so before. Called now and then by one thread; each call
/// looks through the batches that are over and removes at most kSlices pieces, so that the store's writer is never held
/// up for long. The batch, its submission and its counts stay. A blob that the rows named goes when nothing else names
/// it (UnnamedBlobs); those of rows that went right before the process ended are left to the BlobSweep.
class Retention {
 public:
  struct Settings {
    Duration keep = {};  ///< after the end of a batch whose owner chose nothing; 0: for ever
    MessageSettings messages = {};
  };
  static constexpr Duration kWarning = Duration::days(7);
  static constexpr Duration kGrace = Duration::days(1);  ///< at least, from the warning on
  static constexpr std::size_t kSliceTasks = 1000;
  static constexpr std::size_t kSlices = 1000;
  static constexpr std::size_t kCandidates = 200'000;  ///< blobs looked for at a time

  Retention(Runtime& runtime, db::ReadStore& read, BlobStore& blobs, Settings settings, std::function<Instant()> clock)
      : m_read(read), m_unnamed(runtime, read, blobs), m_settings(std::move(settings)), m_clock(std::move(clock)) {}

  /// True if there is more to remove.
  bool run();

 private:
  void look(const db::BatchRecord& batch);
  void warn(const db::BatchRecord& batch, BatchCare care, Instant until);
  void remove(const db::BatchRecord& batch, BatchCare care);
  bool removeSlice(BatchId batch, TaskIndex from);
  /// Removes those of m_candidates that nothing names.
  void removeBlobs();

  db::ReadStore& m_read;
  UnnamedBlobs m_unnamed;
  const Settings m_settings;
  const std::function<Instant()> m_clock;
  std::size_t m_slices = 0;  ///< left to this call
  std::unordered_set<Digest> m_candidates;
};

}  // namespace hearth::server
