// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/root_folder.h"

#include <cerrno>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/unique_fd.h"

namespace hearth::image {
namespace {

using sandbox::UniqueFd;

constexpr int kRemoveDepth = 200;  // each level holds a descriptor
constexpr mode_t kFolderMode = 0755, kFileMode = 0444, kProgramMode = 0555;
constexpr const char* kMountPoints[] = {"work", "tmp", "proc", "dev"};
constexpr const char* kInit = "hearth-task-init";

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// A name in an open folder.
struct Place {
  UniqueFd folder;
  ino_t folderNumber = 0;
  std::string name;
};

tl::unexpected<Error> refuse(const std::string& path, const std::string& why) {
  return fail(ErrorCode::kInvalid, "the entry '" + path.substr(0, 300) + "' " + why, "Make the image anew.");
}

tl::unexpected<Error> systemError(const std::string& path) {
  const bool isFull = errno == ENOSPC || errno == EDQUOT;
  return fail(isFull ? ErrorCode::kExhausted : ErrorCode::kIo,
              "the entry '" + path.substr(0, 300) + "' cannot be made: " + std::strerror(errno),
              isFull ? "Free some disk space." : "");
}

/// The parts of a path below the root. One that goes up is refused, also where it would stay inside.
Result<std::vector<std::string>> partsOf(const std::string& path, std::size_t depth) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return refuse(path, "goes up by '..'");
    if (part.size() > NAME_MAX) return refuse(path, "has a name longer than 255 bytes");
    if (parts.size() == depth) return refuse(path, "is nested more than " + std::to_string(depth) + " deep");
    parts.push_back(part);
  }
  if (path.size() >= PATH_MAX) return refuse(path, "is longer than a path may be");
  return parts;
}

class DiskRoot final : public RootFolder {
 public:
  DiskRoot(UniqueFd root, std::size_t depth) : m_root(std::move(root)), m_depth(depth) {}

  void beginLayer() override { m_made.clear(); }
  Result<void> makeFolder(const std::string& path) override;
  Result<int> makeFile(const std::string& path, bool executable) override;
  Result<void> makeLink(const std::string& path, const std::string& target) override;
  Result<void> makeHardLink(const std::string& path, const std::string& existing) override;
  Result<void> remove(const std::string& path) override;
  Result<void> whiteOut(const std::string& path) override;
  Result<void> whiteOutBelow(const std::string& folder) override;
  Result<void> finish() override;

 private:
  enum class Parents { kMake, kNeed };
  UniqueFd openFolder(const std::string& path) const;
  Result<Place> locate(const std::string& path, Parents parents);
  Result<UniqueFd> makeParents(const std::vector<std::string>& parts, const std::string& path);
  void keep(const Place& place) { m_made.emplace(place.folderNumber, place.name); }
  bool wasMade(ino_t folder, const char* name) const { return m_made.contains({folder, name}); }
  Result<Place> clear(const std::string& path);
  bool removeEntry(int folder, ino_t number, const char* name, bool spare, int depth);
  bool removeBelow(int folder, bool spare, int depth);

  UniqueFd m_root;
  const std::size_t m_depth;
  std::set<std::pair<ino_t, std::string>> m_made;  ///< folder and name of what the present layer made
};

/// -1 and errno where the path leads to no folder inside of the root.
UniqueFd DiskRoot::openFolder(const std::string& path) const {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const char* from = path.empty() ? "." : path.c_str();
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, m_root.number(), from, &how, sizeof how)));
}

Result<UniqueFd> DiskRoot::makeParents(const std::vector<std::string>& parts, const std::string& path) {
  UniqueFd above = openFolder("");
  std::string walked;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    walked += (i == 0 ? "" : "/") + parts[i];
    UniqueFd next = openFolder(walked);
    struct stat info {};
    if (!next && errno == ENOENT) {
      // A link that leads to nothing is there already.
      if (::mkdirat(above.number(), parts[i].c_str(), kFolderMode) != 0) {
        return errno == EEXIST ? refuse(path, "lies behind a link that leads nowhere") : systemError(path);
      }
      if (::fstat(above.number(), &info) == 0) m_made.emplace(info.st_ino, parts[i]);
      next = openFolder(walked);
    }
    if (!next && errno == ENOTDIR) return refuse(path, "lies below a file");
    if (!next && errno == ELOOP) return refuse(path, "lies behind links that lead in a circle");
    if (!next) return systemError(path);
    above = std::move(next);
  }
  return above;
}

Result<Place> DiskRoot::locate(const std::string& path, Parents parents) {
  auto parts = partsOf(path, m_depth);
  if (!parts) return fail(std::move(parts).error());
  if (parts->empty()) return refuse(path, "is the root itself");
  std::string above;
  for (std::size_t i = 0; i + 1 < parts->size(); ++i) above += (i == 0 ? "" : "/") + (*parts)[i];
  Place place{openFolder(above), 0, parts->back()};
  if (!place.folder && parents == Parents::kMake) {
    auto made = makeParents(*parts, path);
    if (!made) return fail(std::move(made).error());
    place.folder = std::move(*made);
  }
  struct stat info {};
  if (!place.folder) return fail(ErrorCode::kNotFound, "the entry '" + path + "' is not there");
  if (::fstat(place.folder.number(), &info) != 0) return systemError(path);
  place.folderNumber = info.st_ino;
  return place;
}

/// The place of a new entry, with nothing there any more.
Result<Place> DiskRoot::clear(const std::string& path) {
  auto place = locate(path, Parents::kMake);
  if (!place) return place;
  if (!removeEntry(place->folder.number(), place->folderNumber, place->name.c_str(), false, 0))
    return systemError(path);
  keep(*place);
  return place;
}

Result<void> DiskRoot::makeFolder(const std::string& path) {
  auto parts = partsOf(path, m_depth);
  if (!parts) return fail(std::move(parts).error());
  if (parts->empty()) return {};
  auto place = locate(path, Parents::kMake);
  if (!place) return fail(std::move(place).error());
  struct stat info {};
  if (::fstatat(place->folder.number(), place->name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISDIR(info.st_mode)) {
    keep(*place);
    return {};
  }
  auto cleared = clear(path);
  if (!cleared) return fail(std::move(cleared).error());
  if (::mkdirat(cleared->folder.number(), cleared->name.c_str(), kFolderMode) != 0) return systemError(path);
  return {};
}

Result<int> DiskRoot::makeFile(const std::string& path, bool executable) {
  auto place = clear(path);
  if (!place) return fail(std::move(place).error());
  UniqueFd file(::openat(place->folder.number(), place->name.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file || ::fchmod(file.number(), executable ? kProgramMode : kFileMode) != 0) return systemError(path);
  return file.release();
}

Result<void> DiskRoot::makeLink(const std::string& path, const std::string& target) {
  if (target.empty() || target.size() >= PATH_MAX) return refuse(path, "is a link to a name that cannot be");
  auto place = clear(path);
  if (!place) return fail(std::move(place).error());
  if (::symlinkat(target.c_str(), place->folder.number(), place->name.c_str()) != 0) return systemError(path);
  return {};
}

Result<void> DiskRoot::makeHardLink(const std::string& path, const std::string& existing) {
  auto from = locate(existing, Parents::kNeed);
  struct stat source {
  }, target{};
  if (!from && from.error().code != ErrorCode::kNotFound) return fail(std::move(from).error());
  if (!from || ::fstatat(from->folder.number(), from->name.c_str(), &source, AT_SYMLINK_NOFOLLOW) != 0) {
    return refuse(path, "is a hard link to '" + existing.substr(0, 300) + "', which is not in the image");
  }
  if (!S_ISREG(source.st_mode) && !S_ISLNK(source.st_mode)) return refuse(path, "is a hard link to what is no file");
  auto place = locate(path, Parents::kMake);
  if (!place) return fail(std::move(place).error());
  if (::fstatat(place->folder.number(), place->name.c_str(), &target, AT_SYMLINK_NOFOLLOW) == 0 &&
      target.st_ino == source.st_ino) {
    keep(*place);
    return {};
  }
  place = clear(path);
  if (!place) return fail(std::move(place).error());
  if (::linkat(from->folder.number(), from->name.c_str(), place->folder.number(), place->name.c_str(), 0) != 0)
    return systemError(path);
  return {};
}

Result<void> DiskRoot::remove(const std::string& path) {
  auto place = clear(path);
  if (!place) return fail(std::move(place).error());
  return {};
}

Result<void> DiskRoot::whiteOut(const std::string& path) {
  auto place = locate(path, Parents::kNeed);
  if (!place) return place.error().code == ErrorCode::kNotFound ? Result<void>() : fail(std::move(place).error());
  if (!removeEntry(place->folder.number(), place->folderNumber, place->name.c_str(), true, 0)) return systemError(path);
  return {};
}

Result<void> DiskRoot::whiteOutBelow(const std::string& folder) {
  auto parts = partsOf(folder, m_depth);
  if (!parts) return fail(std::move(parts).error());
  UniqueFd opened = openFolder(folder.empty() ? "" : folder);
  if (!opened) return {};
  if (!removeBelow(opened.release(), true, 0)) return systemError(folder);
  return {};
}

/// `spare`: what the present layer made stays, and with it the folders around it. False and errno on failure.
bool DiskRoot::removeEntry(int folder, ino_t number, const char* name, bool spare, int depth) {
  const bool kept = spare && wasMade(number, name);
  struct stat info {};
  if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT;
  if (!S_ISDIR(info.st_mode)) return kept || ::unlinkat(folder, name, 0) == 0;
  if (depth >= kRemoveDepth) {
    errno = ENAMETOOLONG;
    return false;
  }
  const int below = ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (below < 0 || !removeBelow(below, spare, depth + 1)) return false;
  return kept || ::unlinkat(folder, name, AT_REMOVEDIR) == 0 || (spare && (errno == ENOTEMPTY || errno == EEXIST));
}

/// Closes `folder`.
bool DiskRoot::removeBelow(int folder, bool spare, int depth) {
  struct stat info {};
  const std::unique_ptr<DIR, CloseFolder> list(::fdopendir(folder));
  if (!list) {
    ::close(folder);
    return false;
  }
  if (::fstat(folder, &info) != 0) return false;
  while (const dirent* entry = ::readdir(list.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (!removeEntry(folder, info.st_ino, entry->d_name, spare, depth)) return false;
  }
  return true;
}

Result<void> DiskRoot::finish() {
  m_made.clear();
  for (const char* name : kMountPoints) {
    HEARTH_TRY(remove(name));
    HEARTH_TRY(makeFolder(name));
  }
  HEARTH_TRY(remove(kInit));
  if (::syncfs(m_root.number()) != 0)
    return fail(ErrorCode::kIo, std::string("the image cannot be kept: ") + std::strerror(errno));
  return {};
}

}  // namespace

Result<std::unique_ptr<RootFolder>> RootFolder::open(const std::filesystem::path& folder, std::size_t depth) {
  UniqueFd root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return fail(ErrorCode::kIo, "cannot open the folder " + folder.string() + ": " + std::strerror(errno));
  return std::unique_ptr<RootFolder>(std::make_unique<DiskRoot>(std::move(root), depth));
}

}  // namespace hearth::image
