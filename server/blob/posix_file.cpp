// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/posix_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace hearth::server {

void Descriptor::close() {
  if (m_number >= 0) ::close(release());
}

Error systemError(int error, const std::string& what) {
  const std::string message = what + ": " + std::generic_category().message(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {ErrorCode::kExhausted, message, "Free some space on the disk of the data folder, then try again."};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return {ErrorCode::kExhausted, message, "The server is out of file descriptors or memory: try again later."};
    case ENOENT:
      return {ErrorCode::kNotFound, message, ""};
    case EACCES:
    case EPERM:
    case EROFS:
      return {ErrorCode::kIo, message, "Check who owns the data folder and that it is not mounted read-only."};
    default:
      return {ErrorCode::kIo, message, "Look into the system's log for trouble with the disk."};
  }
}

Result<void> writeAt(int file, std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail(systemError(errno, "writing to the disk"));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<std::size_t> readAt(int file, std::span<std::byte> bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pread(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count < 0) {
      if (errno == EINTR) continue;
      return fail(systemError(errno, "reading from the disk"));
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> syncFolder(const std::filesystem::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.number()) != 0) {
    return fail(systemError(errno, "writing the folder " + folder.string() + " to the disk"));
  }
  return {};
}

Result<std::uint64_t> freeBytes(const std::filesystem::path& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) return fail(systemError(errno, "looking at the disk of " + path.string()));
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace hearth::server
