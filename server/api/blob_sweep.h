// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>

#include "server/api/unnamed_blobs.h"

namespace hearth::server {

/// Looks through the folder of blobs for those that nothing names, such as the files of drafts that are gone, and
/// removes them; what came within the last days is left alone, since its name may be on its way. Each call goes on
/// where the last one stopped, and looks closely at kCandidates at most. Called by one thread.
class BlobSweep {
 public:
  static constexpr Duration kGrace = Duration::days(7);
  static constexpr std::size_t kCandidates = 200'000;

  /// `folder` is that of `blobs`.
  BlobSweep(Runtime& runtime, db::ReadStore& read, BlobStore& blobs, std::filesystem::path folder,
            std::function<Instant()> clock)
      : m_unnamed(runtime, read, blobs, &m_stopping),
        m_read(read),
        m_folder(std::move(folder)),
        m_clock(std::move(clock)) {}

  /// How many were removed.
  std::size_t run();
  /// Has a run that is under way end soon. Any thread.
  void stop() { m_stopping = true; }

 private:
  std::atomic<bool> m_stopping{false};
  UnnamedBlobs m_unnamed;
  db::ReadStore& m_read;
  const std::filesystem::path m_folder;
  const std::function<Instant()> m_clock;
  unsigned m_next = 0;  ///< the first byte of the blobs that are looked at next
};

}  // namespace hearth::server
