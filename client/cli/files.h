// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::cli {

/// The whole of a small file; kTooLarge above `limit`.
Result<std::string> readTextFile(const std::filesystem::path& file, std::uint64_t limit);

/// Writes beside the file and renames, so that a reader sees the old or the new bytes, never half of them. `mode` as of
/// chmod.
Result<void> writeTextFile(const std::filesystem::path& file, std::string_view text, unsigned mode = 0644);

/// Makes the folder and those above it; success if it is there.
Result<void> makeFolders(const std::filesystem::path& folder, unsigned mode = 0755);

/// A folder in the temporary directory, removed with all that is in it when this goes.
class TemporaryFolder {
 public:
  /// `parent` empty: the system's temporary directory.
  static Result<TemporaryFolder> make(const std::filesystem::path& parent = {}, std::string_view prefix = "hearth-");
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return m_path; }
  /// Keeps it: the caller has moved or adopted the folder.
  void release() { m_path.clear(); }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : m_path(std::move(path)) {}
  std::filesystem::path m_path;
};

}  // namespace hearth::cli
