// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/library_search.h"

#include <algorithm>
#include <array>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include <glob.h>

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kIncludeDepth = 8;
constexpr std::size_t kLibraries = 4096;

void readLoaderConfiguration(const fs::path& file, int depth, std::vector<fs::path>& folders) {
  std::ifstream in(file);
  std::string line;
  while (depth < kIncludeDepth && std::getline(in, line)) {
    line.resize(std::min(line.find('#'), line.size()));
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos) continue;
    line = line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
    if (line.front() == '/') folders.emplace_back(line);
    if (line.rfind("include", 0) != 0) continue;
    const std::size_t pattern = line.find_first_not_of(" \t", 7);
    if (pattern == std::string::npos) continue;
    const fs::path absolute = file.parent_path() / line.substr(pattern);
    glob_t found{};
    if (glob(absolute.c_str(), 0, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) readLoaderConfiguration(found.gl_pathv[i], depth + 1, folders);
    }
    globfree(&found);
  }
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// One folder of DT_RPATH or DT_RUNPATH with the loader's variables filled in.
fs::path expandOrigin(std::string folder, const fs::path& owner, bool is64) {
  const std::string origin = owner.parent_path().string();
  const std::string lib = is64 ? "lib64" : "lib";
  for (const char* name : {"$ORIGIN", "${ORIGIN}"}) folder = replaced(std::move(folder), name, origin);
  for (const char* name : {"$LIB", "${LIB}"}) folder = replaced(std::move(folder), name, lib);
  return fs::path(folder).lexically_normal();
}

struct Loaded {
  fs::path file;   ///< where it was found
  fs::path place;  ///< where it stands in the package
  ElfFile elf;
  const Loaded* loader = nullptr;  ///< who needs it: DT_RPATH is inherited
};

/// Looks for libraries as ld.so does for one program.
class ClosureSearch {
 public:
  explicit ClosureSearch(const std::vector<fs::path>& searchPath) : m_searchPath(searchPath) {}

  Result<std::vector<FoundLibrary>> run(const fs::path& file, const ElfFile& elf) {
    m_loaded.push_back(Loaded{file, file, elf, nullptr});
    for (std::size_t next = 0; next < m_loaded.size(); ++next) {
      const Loaded& user = m_loaded[next];
      for (const std::string& needed : user.elf.needed) HEARTH_TRY(load(needed, user));
      if (m_loaded.size() > kLibraries) return fail(ErrorCode::kTooLarge, file.string() + " needs too many libraries");
    }
    std::vector<FoundLibrary> libraries;
    for (auto it = m_loaded.begin() + 1; it != m_loaded.end(); ++it) libraries.push_back({it->file, it->place});
    return libraries;
  }

 private:
  Result<void> load(const std::string& needed, const Loaded& user) {
    if (!m_names.insert(needed).second) return {};
    auto found = find(needed, user);
    if (!found) {
      return fail(ErrorCode::kNotFound, user.file.string() + " needs " + needed + ", which is not on this machine",
                  "Install the package that holds it; `apt-file search " + needed + "` names it");
    }
    if (!found->elf.soname.empty() && found->elf.soname != needed) m_names.insert(found->elf.soname);
    m_loaded.push_back(*std::move(found));
    return {};
  }

  std::optional<Loaded> find(const std::string& needed, const Loaded& user) {
    if (needed.find('/') != std::string::npos) return accept(fs::path(needed), fs::path(needed), user);
    if (user.elf.runpath.empty()) {
      for (const Loaded* owner = &user; owner != nullptr; owner = owner->loader) {
        for (const std::string& folder : owner->elf.rpath) {
          if (auto found = fromOwnPath(folder, *owner, needed, user)) return found;
        }
      }
    }
    for (const std::string& folder : user.elf.runpath) {
      if (auto found = fromOwnPath(folder, user, needed, user)) return found;
    }
    for (const fs::path& folder : m_searchPath) {
      if (auto found = accept(folder / needed, defaultPlace(folder, needed, user), user)) return found;
    }
    return std::nullopt;
  }

  std::optional<Loaded> fromOwnPath(const std::string& folder, const Loaded& owner, const std::string& needed,
                                    const Loaded& user) {
    const bool is64 = owner.elf.is64;
    return accept(expandOrigin(folder, owner.file, is64) / needed, expandOrigin(folder, owner.place, is64) / needed,
                  user);
  }

  /// In the task's root there is no ld.so.cache, so the loader finds a library in its built-in folders only. What this
  /// machine's configuration adds (/usr/local/lib and the like) moves to the folder of the machine's own C library.
  fs::path defaultPlace(const fs::path& folder, const std::string& needed, const Loaded& user) {
    if (m_builtIn.empty()) {
      m_builtIn = {"/lib64", "/usr/lib64", "/lib", "/usr/lib"};
      for (const fs::path& candidate : m_searchPath) {
        if (!accept(candidate / "libc.so.6", candidate, user)) continue;
        m_systemFolder = m_systemFolder.empty() ? candidate : m_systemFolder;
        m_builtIn.push_back(candidate);
      }
    }
    const bool isBuiltIn = std::find(m_builtIn.begin(), m_builtIn.end(), folder) != m_builtIn.end();
    return (isBuiltIn || m_systemFolder.empty() ? folder : m_systemFolder) / needed;
  }

  /// The candidate if it is a library for the program's processor; the loader passes over others silently, too.
  static std::optional<Loaded> accept(const fs::path& file, const fs::path& place, const Loaded& user) {
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) return std::nullopt;
    auto elf = readElf(file);
    if (!elf || elf->machine != user.elf.machine || elf->is64 != user.elf.is64) return std::nullopt;
    return Loaded{file, place, *std::move(elf), &user};
  }

  const std::vector<fs::path>& m_searchPath;
  std::deque<Loaded> m_loaded;  // a deque: `loader` points into it while it grows
  std::set<std::string> m_names;
  std::vector<fs::path> m_builtIn;
  fs::path m_systemFolder;
};

}  // namespace

std::vector<fs::path> librarySearchPath(const fs::path& configuration) {
  std::vector<fs::path> folders;
  readLoaderConfiguration(configuration, 0, folders);
  for (const char* folder : {"/lib64", "/usr/lib64", "/lib", "/usr/lib"}) folders.emplace_back(folder);
  std::vector<fs::path> unique;
  for (fs::path& folder : folders) {
    folder = folder.lexically_normal();
    if (std::find(unique.begin(), unique.end(), folder) == unique.end()) unique.push_back(std::move(folder));
  }
  return unique;
}

Result<std::vector<FoundLibrary>> libraryClosure(const fs::path& file, const ElfFile& elf,
                                                 const std::vector<fs::path>& searchPath) {
  return ClosureSearch(searchPath).run(file, elf);
}

}  // namespace hearth::cli
