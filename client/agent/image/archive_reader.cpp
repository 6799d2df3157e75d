// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/archive_reader.h"

#include <cerrno>

namespace hearth::image {

la_ssize_t ArchiveFeed::read(archive* reader, void* self, const void** buffer) {
  auto* feed = static_cast<ArchiveFeed*>(self);
  auto piece = feed->m_pull();
  if (!piece) {
    feed->m_error = std::move(piece).error();
    ::archive_set_error(reader, EIO, "%s", "its bytes cannot be read");
    return -1;
  }
  *buffer = piece->data();
  return static_cast<la_ssize_t>(piece->size());
}

Error ArchiveFeed::errorOf(archive* reader) const {
  if (m_error) return *m_error;
  const char* why = ::archive_error_string(reader);
  return {ErrorCode::kInvalid, why != nullptr ? why : "it is damaged", "Save the image again."};
}

const char* nameOf(archive_entry* entry) {
  const char* name = ::archive_entry_pathname(entry);
  return name != nullptr ? name : ::archive_entry_pathname_utf8(entry);
}

}  // namespace hearth::image
