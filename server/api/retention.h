// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <unordered_set>

#include "db/store.h"
#include "server/api/message_sender.h"

namespace hearth::server {

class BlobStore;
class Runtime;

/// Removes the results of batches whose time has come, and says so before. Called now and then by one thread; each call
/// looks through the batches that are over and removes at most kSlices pieces, so that the store's writer is never held
/// up for long. The batch, its submission and its counts stay. A blob goes when nothing names it any more: what the
/// rows named is put aside, so that whoever has it sends it again, then all other rows are looked through for it, and
/// only then it is removed. Blobs of rows that went right before the process ended stay, unused.
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
      : m_runtime(runtime), m_read(read), m_blobs(blobs), m_settings(std::move(settings)), m_clock(std::move(clock)) {}

  /// True if there is more to remove.
  bool run();

 private:
  void look(const db::BatchRecord& batch);
  void warn(const db::BatchRecord& batch, BatchCare care, Instant until);
  void remove(const db::BatchRecord& batch, BatchCare care);
  bool removeSlice(BatchId batch, TaskIndex from);
  /// Removes those of m_candidates that nothing names.
  void removeBlobs();
  /// Takes what rows name out of the candidates; false: they could not be looked through.
  bool spareNamed();
  bool keep(Changes changes);

  Runtime& m_runtime;
  db::ReadStore& m_read;
  BlobStore& m_blobs;
  const Settings m_settings;
  const std::function<Instant()> m_clock;
  std::size_t m_slices = 0;  ///< left to this call
  std::unordered_set<Digest> m_candidates;
};

}  // namespace hearth::server
