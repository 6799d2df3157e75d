// SPDX-License-Identifier: GPL-3.0-or-later
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/executor.h"
#include "sandbox/unique_fd.h"
#include "sandbox/work_folder.h"

namespace hearth::sandbox {
namespace {

constexpr int kTries = 1000;
constexpr int kPasses = 100'000;
constexpr int kDepth = 32;  // each level holds a descriptor; what is deeper is moved up first

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Empties folders below one top.
class Remover {
 public:
  explicit Remover(int top) : m_top(top) {}
  /// `fd` is closed by it. False, with errno, when something cannot be removed.
  bool empty(int fd, int depth);

 private:
  bool removeEntry(int at, const char* name, int depth);
  bool moveUp(int at, const char* name);

  int m_top;
  unsigned long m_moved = 0;
};

bool Remover::empty(int fd, int depth) {
  if (fd < 0) return false;
  ::fchmod(fd, 0700);
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd));
  if (!folder) {
    ::close(fd);
    return false;
  }
  while (const dirent* entry = ::readdir(folder.get())) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    if (!removeEntry(fd, entry->d_name, depth)) return false;
  }
  return true;
}

bool Remover::removeEntry(int at, const char* name, int depth) {
  if (::unlinkat(at, name, 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  if (::unlinkat(at, name, AT_REMOVEDIR) == 0) return true;
  if (errno != ENOTEMPTY && errno != EEXIST) return false;
  if (depth >= kDepth) return moveUp(at, name);
  const int below = openFolderBelow(at, name);
  return below >= 0 && empty(below, depth + 1) && ::unlinkat(at, name, AT_REMOVEDIR) == 0;
}

/// To the top, where a later pass finds it.
bool Remover::moveUp(int at, const char* name) {
  const UniqueFd folder(openFolderBelow(at, name));
  if (!folder) return false;
  ::fchmod(folder.number(), 0700);  // a folder that is closed to writing cannot be moved
  for (int tries = 0; tries < kTries; ++tries) {
    const std::string place = ".hearth-removing-" + std::to_string(m_moved++);
    if (::renameat2(at, name, m_top, place.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EEXIST) return false;
  }
  return false;
}

}  // namespace

Result<void> removeWork(const std::filesystem::path& work) {
  const UniqueFd top(openFolderBelow(AT_FDCWD, work.c_str()));
  bool going = static_cast<bool>(top);
  if (!going && errno == ENOENT) return {};
  Remover remover(top.number());
  for (int pass = 0; going && pass < kPasses; ++pass) {
    going = remover.empty(openFolderBelow(AT_FDCWD, work.c_str()), 1);
    if (going && ::rmdir(work.c_str()) == 0) return {};
    going = going && (errno == ENOTEMPTY || errno == EEXIST);
  }
  return fail(ErrorCode::kIo, "cannot remove the task's folder " + work.string() + ": " + std::strerror(errno),
              "Remove it by hand.");
}

}  // namespace hearth::sandbox
