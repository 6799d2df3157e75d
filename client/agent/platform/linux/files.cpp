// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/files.h"

#include <cerrno>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace hearth::agent {
namespace {

namespace fs = std::filesystem;

Result<void> writeAll(int descriptor, std::string_view content, const fs::path& file) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(fileError("cannot write", file));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

UniqueFd::~UniqueFd() {
  if (m_descriptor >= 0) ::close(m_descriptor);
}

Error fileError(const std::string& what, const fs::path& path) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT;
  return {full ? ErrorCode::kExhausted : ErrorCode::kIo,
          what + " " + path.string() + ": " + std::generic_category().message(code),
          full ? "Free some space on the agent's disk." : "Check the disk and who owns the agent's folder."};
}

Result<void> makeFolder(const fs::path& folder, unsigned mode) {
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) return fail(fileError("cannot make", folder));
  if (::chmod(folder.c_str(), mode) != 0) return fail(fileError("cannot set the mode of", folder));
  return {};
}

Result<void> syncFolder(const fs::path& folder) {
  const UniqueFd descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor || ::fsync(*descriptor) != 0) return fail(fileError("cannot sync", folder));
  return {};
}

Result<void> nameDurably(const fs::path& file, const fs::path& name) {
  {
    const UniqueFd descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!descriptor || ::fsync(*descriptor) != 0) return fail(fileError("cannot sync", file));
  }
  if (::rename(file.c_str(), name.c_str()) != 0) return fail(fileError("cannot rename", file));
  return syncFolder(name.parent_path());
}

Result<void> writeFileDurably(const fs::path& file, std::string_view content, unsigned mode) {
  fs::path partial = file;
  partial += ".new";
  ::unlink(partial.c_str());
  {
    const UniqueFd descriptor(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!descriptor) return fail(fileError("cannot make", partial));
    HEARTH_TRY(writeAll(*descriptor, content, partial));
    if (::fsync(*descriptor) != 0) return fail(fileError("cannot sync", partial));
  }
  if (::rename(partial.c_str(), file.c_str()) != 0) return fail(fileError("cannot rename", partial));
  return syncFolder(file.parent_path());
}

Result<std::string> readSmallFile(const fs::path& file, std::size_t mostBytes) {
  const UniqueFd descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) {
    const bool missing = errno == ENOENT;
    Error error = fileError("cannot open", file);
    if (missing) error.code = ErrorCode::kNotFound;
    return fail(std::move(error));
  }
  std::string content;
  char piece[4096];
  for (;;) {
    const ssize_t got = ::read(*descriptor, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(fileError("cannot read", file));
    if (got == 0) return content;
    content.append(piece, static_cast<std::size_t>(got));
    if (content.size() > mostBytes) return fail(ErrorCode::kTooLarge, file.string() + " is too large");
  }
}

Result<void> copyFile(const fs::path& from, const fs::path& to, unsigned mode) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) return fail(fileError("cannot open", from));
  const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!target) return fail(fileError("cannot make", to));
  if (::ioctl(*target, FICLONE, *source) == 0) return {};
  for (;;) {
    const ssize_t copied = ::copy_file_range(*source, nullptr, *target, nullptr, std::size_t{1} << 30, 0);
    if (copied > 0) continue;
    if (copied == 0) return {};
    if (errno == EINTR) continue;
    break;  // between some file systems the kernel cannot: by hand, from where it stopped
  }
  if (errno == ENOSPC || errno == EDQUOT) return fail(fileError("cannot write", to));
  const auto buffer = std::make_unique<char[]>(1 << 16);
  for (;;) {
    const ssize_t got = ::read(*source, buffer.get(), 1 << 16);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(fileError("cannot read", from));
    if (got == 0) return {};
    HEARTH_TRY(writeAll(*target, {buffer.get(), static_cast<std::size_t>(got)}, to));
  }
}

Result<std::uint64_t> freeDisk(const fs::path& folder) {
  struct statvfs facts {};
  if (::statvfs(folder.c_str(), &facts) != 0) return fail(fileError("cannot ask for the free space of", folder));
  return std::uint64_t{facts.f_bavail} * facts.f_frsize;
}

Result<UniqueFd> lockFile(const fs::path& file) {
  UniqueFd descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!descriptor) return fail(fileError("cannot open", file));
  if (::flock(*descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(ErrorCode::kConflict, "another hearth-agent uses " + file.parent_path().string(),
                  "Stop it with `hearth-agent quit`, or name another folder with --dir.");
    }
    return fail(fileError("cannot lock", file));
  }
  return descriptor;
}

}  // namespace hearth::agent
