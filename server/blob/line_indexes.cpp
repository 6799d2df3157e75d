// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "server/blob/blob_store.h"
#include "server/blob/line_index.h"
#include "server/blob/posix_file.h"

namespace hearth::server {
namespace {

constexpr std::size_t kIndexBytes = 64 * limits::kMiB;  // of the longest list that a blob can be

Result<std::string> readWhole(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!file || ::fstat(file.number(), &status) != 0) return fail(systemError(errno, "opening " + path.string()));
  std::string bytes(std::min(static_cast<std::size_t>(status.st_size), kIndexBytes), '\0');
  const auto count = readAt(file.number(), std::as_writable_bytes(std::span(bytes)), 0);
  if (!count) return fail(count.error());
  bytes.resize(*count);
  return bytes;
}

}  // namespace

LineIndexes::LineIndexes(const BlobStore& blobs, std::filesystem::path folder, std::size_t open)
    : m_blobs(blobs), m_folder(std::move(folder)), m_open(open) {}

std::shared_ptr<const LineList> LineIndexes::recent(const Digest& list) {
  const std::lock_guard lock(m_mutex);
  const auto found =
      std::find_if(m_lists.begin(), m_lists.end(), [&](const auto& entry) { return entry.first == list; });
  if (found == m_lists.end()) return nullptr;
  m_lists.splice(m_lists.begin(), m_lists, found);
  return found->second;
}

void LineIndexes::remember(const Digest& list, std::shared_ptr<const LineList> opened) {
  const std::lock_guard lock(m_mutex);
  m_lists.emplace_front(list, std::move(opened));
  if (m_lists.size() > m_open) m_lists.pop_back();
}

/// Losing the file costs one more scan: so it is renamed into place, not synced, and an error is no trouble.
void LineIndexes::keep(const Digest& list, const LineIndex& index) const {
  ::mkdir(m_folder.c_str(), 0700);
  const std::filesystem::path path = m_folder / (list.hex() + ".lines");
  const std::filesystem::path temporary = path.string() + ".tmp";
  const std::string bytes = toBytes(index);
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return;
  const bool written = writeAt(file.number(), std::as_bytes(std::span(bytes)), 0).has_value();
  file.close();
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) ::unlink(temporary.c_str());
}

Result<LineIndex> LineIndexes::readOrBuild(const Digest& list, int file) {
  if (const auto bytes = readWhole(m_folder / (list.hex() + ".lines"))) {
    if (auto index = parseLineIndex(*bytes)) return index;
  }
  auto index = buildLineIndex(file);
  if (index) keep(list, *index);
  return index;
}

Result<std::shared_ptr<const LineList>> LineIndexes::open(const Digest& list) {
  if (auto known = recent(list)) return known;
  const std::lock_guard building(m_building);
  if (auto known = recent(list)) return known;
  const auto opened = m_blobs.open(list);
  if (!opened) return fail(opened.error());
  Descriptor file(*opened);
  auto index = readOrBuild(list, file.number());
  if (!index) return fail(std::move(index).error());
  auto made = std::make_shared<const LineList>(file.release(), std::move(*index));
  remember(list, made);
  return made;
}

}  // namespace hearth::server
