// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"

namespace hearth::server {

/// An open file descriptor, closed when it goes. Moved, not copied.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : m_number(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : m_number(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      m_number = other.release();
    }
    return *this;
  }

  explicit operator bool() const { return m_number >= 0; }
  int number() const { return m_number; }
  int release() { return std::exchange(m_number, -1); }
  void close();

 private:
  int m_number = -1;
};

/// What a failed system call means: `error` is its errno, `what` what was attempted ("writing /x/y").
Error systemError(int error, const std::string& what);

/// Writes all of it at this offset.
Result<void> writeAt(int file, std::span<const std::byte> bytes, std::uint64_t offset);
/// Reads up to bytes.size() from this offset; fewer only at the end of the file.
Result<std::size_t> readAt(int file, std::span<std::byte> bytes, std::uint64_t offset);
/// Makes names in a folder durable.
Result<void> syncFolder(const std::filesystem::path& folder);
/// Bytes that an unprivileged writer may still fill on the file system of this path.
Result<std::uint64_t> freeBytes(const std::filesystem::path& path);

}  // namespace hearth::server
