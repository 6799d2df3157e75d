// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/files.h"

#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>

#include <dirent.h>
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

constexpr int kPasses = 16;

Result<void> writeAll(int descriptor, std::string_view content, const fs::path& file) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(fileError("cannot write", file));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Empties one folder: files are unlinked, folders moved up into `trash`, so that no path ever becomes long.
Result<void> emptyFolder(const fs::path& folder, const fs::path& trash, std::uint64_t& counter) {
  ::chmod(folder.c_str(), 0700);
  const std::unique_ptr<DIR, CloseFolder> entries(::opendir(folder.c_str()));
  if (!entries) return fail(fileError("cannot read", folder));
  const int descriptor = ::dirfd(entries.get());
  while (const dirent* entry = ::readdir(entries.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of our own
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (::unlinkat(descriptor, entry->d_name, 0) == 0 || errno == ENOENT) continue;
    if (errno != EISDIR && errno != EPERM) return fail(fileError("cannot remove", folder / name));
    ::fchmodat(descriptor, entry->d_name, 0700, 0);  // a folder of a task that has ended: nobody swaps it for a link
    const fs::path moved = trash / std::to_string(counter++);
    if (::renameat(descriptor, entry->d_name, AT_FDCWD, moved.c_str()) != 0) {
      return fail(fileError("cannot remove", folder / name));
    }
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

Result<void> removeTree(const fs::path& folder, const fs::path& trash) {
  static std::atomic<std::uint64_t> calls{0};
  if (::chmod(folder.c_str(), 0700) != 0 && errno == ENOENT) return {};
  const fs::path own = trash / (std::to_string(::getpid()) + "-" + std::to_string(calls++));
  HEARTH_TRY(makeFolder(own, 0700));
  if (::rename(folder.c_str(), (own / "0").c_str()) != 0) return fail(fileError("cannot remove", folder));
  std::uint64_t counter = 1;
  // Each folder below got the next number, so emptying them in order reaches all.
  for (std::uint64_t i = 0; i < counter; ++i) {
    const fs::path each = own / std::to_string(i);
    // A file system may leave out entries of a folder that changes while it is read.
    for (int pass = 1;; ++pass) {
      HEARTH_TRY(emptyFolder(each, own, counter));
      if (::rmdir(each.c_str()) == 0) break;
      if (errno != ENOTEMPTY || pass == kPasses) return fail(fileError("cannot remove", each));
    }
  }
  if (::rmdir(own.c_str()) != 0) return fail(fileError("cannot remove", own));
  return {};
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
