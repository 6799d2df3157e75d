// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

/// The agent's dealings with files that the standard library cannot express. Any thread.
namespace hearth::agent {

/// An open file descriptor, closed with its owner.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int descriptor) : m_descriptor(descriptor) {}
  UniqueFd(UniqueFd&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
  }
  ~UniqueFd();
  int operator*() const { return m_descriptor; }
  explicit operator bool() const { return m_descriptor >= 0; }

 private:
  int m_descriptor = -1;
};

/// kExhausted when the disk is full, kIo otherwise; names the path and what the system said. Uses errno.
Error fileError(const std::string& what, const std::filesystem::path& path);

/// A folder with exactly this mode, made where needed; its parent must exist.
Result<void> makeFolder(const std::filesystem::path& folder, unsigned mode);

/// Writes, fsyncs and renames into place, so that the file is whole or the old one.
Result<void> writeFileDurably(const std::filesystem::path& file, std::string_view content, unsigned mode);
Result<std::string> readSmallFile(const std::filesystem::path& file, std::size_t mostBytes);
/// Fsyncs a file and moves it to its name, in a folder of the same disk.
Result<void> nameDurably(const std::filesystem::path& file, const std::filesystem::path& name);
Result<void> syncFolder(const std::filesystem::path& folder);

/// A copy that shares nothing with its source (a reflink where the file system can). `to` must not exist.
Result<void> copyFile(const std::filesystem::path& from, const std::filesystem::path& to, unsigned mode);

/// Bytes that the agent may still write there.
Result<std::uint64_t> freeDisk(const std::filesystem::path& folder);

/// A lock that one process at a time holds, as long as the descriptor is open. kConflict when another has it.
Result<UniqueFd> lockFile(const std::filesystem::path& file);

}  // namespace hearth::agent
