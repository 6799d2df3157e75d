// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <set>

#include "base/limits.h"
#include "cli/bundle.h"
#include "model/template.h"
#include "wire/file_pattern.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWalkedEntries = 1'000'000;
constexpr std::size_t kFolderDepth = 64;

/// All that lies below a folder, told apart by whether it may be part of a bundle.
class Walk {
 public:
  explicit Walk(fs::path root) : m_root(std::move(root)) {}

  Result<void> run() { return visit({}, 0); }

  const std::vector<std::string>& files() const { return m_files; }
  /// Path and what is wrong with it.
  const std::map<std::string, std::string>& refused() const { return m_refused; }

 private:
  Result<void> visit(const std::string& below, std::size_t depth) {
    std::error_code failed;
    const fs::path folder = m_root / below;
    const fs::path real = fs::canonical(folder, failed);
    if (failed || depth > kFolderDepth || !m_inside.insert(real).second) {
      m_refused.emplace(below, "leads back to a folder around it");
      return {};
    }
    fs::directory_iterator it(folder, failed);
    for (; !failed && it != fs::directory_iterator(); it.increment(failed)) {
      if (++m_entries > kWalkedEntries) {
        return fail(ErrorCode::kTooLarge, m_root.string() + " holds more than a million files",
                    "Put the bundle into a folder of its own");
      }
      const std::string path =
          below.empty() ? it->path().filename().string() : below + "/" + it->path().filename().string();
      HEARTH_TRY(look(path, depth));
    }
    m_inside.erase(real);
    if (failed) m_refused.emplace(below, "cannot be read: " + failed.message());
    return {};
  }

  Result<void> look(const std::string& path, std::size_t depth) {
    std::error_code failed;
    const fs::path full = m_root / path;
    if (fs::is_symlink(fs::symlink_status(full, failed)) && !staysInside(full)) {
      m_refused.emplace(path, "is a link that leads out of the bundle or to nothing");
      return {};
    }
    const fs::file_status status = fs::status(full, failed);
    if (fs::is_directory(status)) return visit(path, depth + 1);
    if (fs::is_regular_file(status))
      m_files.push_back(path);
    else
      m_refused.emplace(path, "is a device, pipe or socket");
    return {};
  }

  bool staysInside(const fs::path& link) const {
    std::error_code failed;
    const fs::path target = fs::canonical(link, failed);
    if (failed) return false;
    const auto [end, unused] = std::mismatch(m_root.begin(), m_root.end(), target.begin(), target.end());
    return end == m_root.end();
  }

  fs::path m_root;
  std::vector<std::string> m_files;
  std::map<std::string, std::string> m_refused;
  std::set<fs::path> m_inside;
  std::size_t m_entries = 0;
};

Result<void> checkPattern(const std::string& pattern) {
  if (auto checked = checkRelativePath(pattern); !checked) {
    return fail(ErrorCode::kInvalid,
                "files: the pattern '" + pattern + "' is not a path inside the bundle: " + checked.error().message,
                "Name files relative to the manifest, without '..'; copy others into the bundle's folder");
  }
  return {};
}

}  // namespace

bool matchesPattern(std::string_view pattern, std::string_view path) {
  return wire::FilePattern(pattern).matches(path);
}

Result<std::vector<std::string>> expandPatterns(const fs::path& folder, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) HEARTH_TRY(checkPattern(pattern));
  std::error_code failed;
  const fs::path root = fs::canonical(folder, failed);
  if (failed)
    return fail(ErrorCode::kNotFound, folder.string() + ": " + failed.message(), "Check the path of the bundle");
  Walk walk(root);
  if (!patterns.empty()) HEARTH_TRY(walk.run());
  std::set<std::string> found;
  for (const std::string& pattern : patterns) {
    const wire::FilePattern wanted(pattern);
    for (const auto& [path, why] : walk.refused()) {
      if (wanted.mayReach(path)) {
        return fail(ErrorCode::kInvalid, "files: '" + path + "', which '" + pattern + "' names, " + why,
                    "Put a copy of the file in its place; a bundle holds regular files only");
      }
    }
    const std::size_t before = found.size();
    bool isAny = false;
    for (const std::string& path : walk.files()) {
      if (!wanted.matches(path)) continue;
      isAny = true;
      found.insert(path);
    }
    if (!isAny) {
      return fail(ErrorCode::kInvalid, "files: '" + pattern + "' matches no file in " + root.string(),
                  "Check the spelling; patterns are relative to the manifest");
    }
    if (found.size() > limits::kFilesPerBundle && found.size() > before) {
      return fail(ErrorCode::kTooLarge,
                  "the bundle has more than " + std::to_string(limits::kFilesPerBundle) + " files",
                  "Join small files, or split the batch");
    }
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace hearth::cli
