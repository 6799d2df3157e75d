// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/work_folder.h"

#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/unique_fd.h"

namespace hearth::sandbox {
namespace {

constexpr std::size_t kDepth = 64;           // each level holds a descriptor
constexpr std::uint64_t kEntries = 200'000;  // of one task's folder, so that a walk of it takes less than a second
constexpr std::uint64_t kNameBytes = 4096;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Folder openBelow(int at, const char* name) {
  const int fd = openFolderBelow(at, name);
  if (fd < 0) return nullptr;
  DIR* folder = ::fdopendir(fd);
  if (folder == nullptr) ::close(fd);
  return Folder(folder);
}

/// Called for each entry with the folder it is in; false ends the walk.
using Visit = std::function<bool(int folder, const char* name, const struct stat& info)>;

/// Depth first. Returns why it did not see everything, or empty.
std::string walk(const std::filesystem::path& top, const Visit& visit) {
  std::vector<Folder> open;
  open.push_back(openBelow(AT_FDCWD, top.c_str()));
  if (!open.back()) return std::string("cannot be read: ") + std::strerror(errno);
  while (!open.empty()) {
    const dirent* entry = ::readdir(open.back().get());
    if (entry == nullptr) {
      open.pop_back();
      continue;
    }
    const int at = ::dirfd(open.back().get());
    struct stat info {};
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    if (::fstatat(at, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // removed meanwhile
    if (!visit(at, entry->d_name, info)) return {};
    if (!S_ISDIR(info.st_mode)) continue;
    if (open.size() >= kDepth) return "its folders are nested more than " + std::to_string(kDepth) + " deep";
    Folder below = openBelow(at, entry->d_name);
    if (below) {
      open.push_back(std::move(below));
    } else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
      return std::string("a folder in it cannot be read: ") + std::strerror(errno);
    }
  }
  return {};
}

}  // namespace

int openFolderBelow(int at, const char* name) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const int fd = ::openat(at, name, flags);
  if (fd >= 0 || errno != EACCES) return fd;
  const UniqueFd closed(::openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (closed && ::chmod(("/proc/self/fd/" + std::to_string(closed.number())).c_str(), 0700) == 0) {
    return ::openat(at, name, flags);
  }
  errno = EACCES;
  return -1;
}

Result<FolderUse> measureFolder(const std::filesystem::path& folder) {
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return fail(ErrorCode::kNotFound, "the task's folder " + folder.string() + " is not there");
  }
  FolderUse use;
  use.refusal = walk(folder, [&use](int, const char*, const struct stat& entry) {
    use.bytes += static_cast<std::uint64_t>(entry.st_blocks) * 512 + kNameBytes;
    return ++use.entries < kEntries;
  });
  if (use.refusal.empty() && use.entries >= kEntries) {
    use.refusal = "it holds more than " + std::to_string(kEntries) + " files";
  }
  return use;
}

Result<void> prepareFolder(const std::filesystem::path& folder, std::optional<Owner> owner) {
  std::string problem;
  const auto give = [&owner](int at, const char* name) {
    return !owner || ::fchownat(at, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) == 0;
  };
  const std::string refusal = walk(folder, [&](int at, const char* name, const struct stat& entry) {
    if (!S_ISDIR(entry.st_mode) && entry.st_nlink > 1) {
      problem = std::string("'") + name + "' has a second name outside or inside of the folder (a hard link)";
    } else if (!give(at, name)) {
      problem = std::string("'") + name + "' cannot be given to the task's user: " + std::strerror(errno);
    }
    return problem.empty();
  });
  if (problem.empty() && refusal.empty() && !give(AT_FDCWD, folder.c_str())) problem = std::strerror(errno);
  if (problem.empty()) problem = refusal;
  if (problem.empty()) return {};
  return fail(ErrorCode::kInvalid, "the task's folder " + folder.string() + ": " + problem,
              "Put copies of the inputs in it: the task may change everything that it finds there.");
}

}  // namespace hearth::sandbox
