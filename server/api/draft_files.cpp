// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/draft_files.h"

#include <utility>

#include "base/limits.h"

namespace hearth::server {

Result<DraftFiles::Shared> DraftFiles::of(const std::string& draft) {
  if (auto known = m_known.find(draft)) return *known;
  const std::uint64_t before = m_changes;
  auto files = m_read.draftFiles(draft, "", limits::kFilesPerBundle);
  if (!files) return fail(std::move(files).error());
  auto shared = std::make_shared<const std::vector<FileRef>>(std::move(*files));
  if (m_changes == before) m_known.put(draft, shared, shared->size() + 1);
  return shared;
}

void DraftFiles::changed(const std::string& draft) {
  ++m_changes;
  m_known.erase(draft);
}

}  // namespace hearth::server
