// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/data_folder.h"

#include <cerrno>
#include <span>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/blob/posix_file.h"

namespace hearth::server {

Result<DataLock> DataLock::take(const DataFolder& folder) {
  const std::string path = folder.lock().string();
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return fail(systemError(errno, "opening " + path));
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(systemError(errno, "locking " + path));
    const auto holder = readTextFile(folder.lock(), 64);
    return fail(ErrorCode::kConflict,
                "the data folder " + folder.root.string() + " is in use by " +
                    (holder && !holder->empty() ? "process " + *holder : "another process"),
                "Stop that hearthd first (systemctl stop hearthd, or send it SIGTERM).");
  }
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(file.number(), 0) != 0) return fail(systemError(errno, "writing " + path));
  HEARTH_TRY(writeAt(file.number(), std::as_bytes(std::span(self)), 0));
  return DataLock(file.release());
}

DataLock::DataLock(DataLock&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

DataLock& DataLock::operator=(DataLock&& other) noexcept {
  std::swap(m_descriptor, other.m_descriptor);
  return *this;
}

DataLock::~DataLock() { Descriptor(m_descriptor).close(); }

Result<std::string> readTextFile(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(systemError(errno, "opening " + path.string()));
  std::string text(limit + 1, '\0');
  const auto count = readAt(file.number(), std::as_writable_bytes(std::span(text)), 0);
  if (!count) return fail(Error(count.error()).within(path.string()));
  if (*count > limit) {
    return fail(ErrorCode::kTooLarge, path.string() + " has more than " + std::to_string(limit) + " bytes");
  }
  text.resize(*count);
  return text;
}

Result<void> writeFileDurably(const std::filesystem::path& path, std::string_view text, unsigned mode) {
  const std::string temporary = path.string() + ".new";
  const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return fail(systemError(errno, "making " + temporary));
  // The mode also where a broken run left the file, and whatever the umask says.
  if (::fchmod(file.number(), mode) != 0) return fail(systemError(errno, "protecting " + temporary));
  auto written = writeAt(file.number(), std::as_bytes(std::span(text)), 0);
  if (written && ::fsync(file.number()) != 0) written = fail(systemError(errno, "writing " + temporary));
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = fail(systemError(errno, "naming " + path.string()));
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return syncFolder(path.parent_path());
}

}  // namespace hearth::server
