// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/files.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hearth::cli {
namespace fs = std::filesystem;

Result<std::string> readTextFile(const fs::path& file, std::uint64_t limit) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed))
    return fail(ErrorCode::kNotFound, file.string() + " is not a file", "Check the path");
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(ErrorCode::kIo, "cannot read " + file.string() + ": " + std::strerror(errno), "Check its permissions");
  std::string text;
  char buffer[16384];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > limit) {
      return fail(ErrorCode::kTooLarge, file.string() + " is larger than " + std::to_string(limit) + " bytes",
                  "It cannot be what it should be: check the path");
    }
  }
  return text;
}

Result<void> writeTextFile(const fs::path& file, std::string_view text, unsigned mode) {
  std::string temporary = file.string() + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  const auto failed = [&](const char* what) {
    const std::string why = std::strerror(errno);
    if (descriptor >= 0) ::unlink(temporary.c_str());
    return fail(errno == ENOSPC ? ErrorCode::kExhausted : ErrorCode::kIo,
                std::string("cannot ") + what + " " + file.string() + ": " + why,
                "Check the folder's permissions and the free space");
  };
  if (descriptor < 0) return failed("create");
  bool isWritten = ::fchmod(descriptor, mode) == 0;
  while (isWritten && !text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    isWritten = written > 0;
    if (isWritten) text.remove_prefix(static_cast<std::size_t>(written));
  }
  isWritten = isWritten && ::fsync(descriptor) == 0;
  const int cause = errno;
  ::close(descriptor);
  errno = cause;
  if (!isWritten) return failed("write");
  if (::rename(temporary.c_str(), file.c_str()) != 0) return failed("replace");
  return {};
}

Result<void> makeFolders(const fs::path& folder, unsigned mode) {
  if (folder.empty()) return {};
  std::error_code failed;
  if (fs::is_directory(folder, failed)) return {};
  HEARTH_TRY(makeFolders(folder.parent_path(), mode));
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) {
    return fail(ErrorCode::kIo, "cannot make the folder " + folder.string() + ": " + std::strerror(errno),
                "Check the permissions of the folder above it");
  }
  if (!fs::is_directory(folder, failed)) {
    return fail(ErrorCode::kConflict, folder.string() + " is there already and is not a folder",
                "Choose another place");
  }
  return {};
}

Result<TemporaryFolder> TemporaryFolder::make(const fs::path& parent, std::string_view prefix) {
  std::error_code failed;
  std::string path = ((parent.empty() ? fs::temp_directory_path(failed) : parent) / prefix).string() + "XXXXXX";
  if (failed || ::mkdtemp(path.data()) == nullptr) {
    return fail(ErrorCode::kIo, "cannot make a temporary folder " + path + ": " + std::strerror(errno),
                "Check TMPDIR and the free space");
  }
  return TemporaryFolder(path);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : m_path(std::exchange(other.m_path, {})) {}
TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
  std::swap(m_path, other.m_path);
  return *this;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!m_path.empty()) fs::remove_all(m_path, ignored);
}

}  // namespace hearth::cli
