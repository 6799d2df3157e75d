// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "base/result.h"

namespace hearth::image {

struct CloseArchive {
  void operator()(archive* open) const { ::archive_read_free(open); }
};
using ArchiveHandle = std::unique_ptr<archive, CloseArchive>;

/// libarchive turns the names in an archive into the characters of the thread's locale, and loses those that it has
/// not. As long as this lives, the calling thread's characters are UTF-8. (Of names in extended headers libarchive
/// composes what is decomposed.)
class Utf8Scope {
 public:
  Utf8Scope() : m_utf8(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (m_utf8 != nullptr) m_before = ::uselocale(m_utf8);
  }
  ~Utf8Scope() {
    if (m_utf8 == nullptr) return;
    ::uselocale(m_before);
    ::freelocale(m_utf8);
  }
  Utf8Scope(const Utf8Scope&) = delete;
  Utf8Scope& operator=(const Utf8Scope&) = delete;

 private:
  locale_t m_utf8 = nullptr, m_before = nullptr;
};

/// What libarchive pulls from: the next piece, empty at the end.
using Pull = std::function<Result<std::string_view>()>;

/// Feeds an archive from a Pull and keeps the error that ended it. Must outlive the archive.
class ArchiveFeed {
 public:
  explicit ArchiveFeed(Pull pull) : m_pull(std::move(pull)) {}
  ArchiveFeed(const ArchiveFeed&) = delete;
  ArchiveFeed& operator=(const ArchiveFeed&) = delete;

  int open(archive* reader) { return ::archive_read_open(reader, this, nullptr, &ArchiveFeed::read, nullptr); }
  /// Why reading failed: the feed's own reason where it has one, else libarchive's.
  Error errorOf(archive* reader) const;

 private:
  static la_ssize_t read(archive* reader, void* self, const void** buffer);

  Pull m_pull;
  std::optional<Error> m_error;
};

/// The name of an entry as it stands in the archive; null where there is none that can be read.
const char* nameOf(archive_entry* entry);

}  // namespace hearth::image
