// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/blob_sweep.h"

#include <utility>

#include "server/blob/blob_listing.h"

namespace hearth::server {

std::size_t BlobSweep::run() {
  std::unordered_set<Digest> candidates;
  for (unsigned folders = 0; folders < 256 && !m_stopping && candidates.size() < kCandidates; ++folders) {
    const auto begin = static_cast<std::uint8_t>(m_next);
    m_next = (m_next + 1) % 256;
    for (const Digest& blob : blobsMadeBefore(m_folder, begin, m_clock() - kGrace)) {
      const auto named = m_read.follow().isNamed(blob);
      if (!named) return 0;
      if (!*named) candidates.insert(blob);
    }
  }
  return candidates.empty() ? 0 : m_unnamed.remove(std::move(candidates));
}

}  // namespace hearth::server
