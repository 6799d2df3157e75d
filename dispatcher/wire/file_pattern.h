// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth::wire {

/// A pattern of a bundle's files: `*`, `?` and `[…]` stay within one part of the path and do not match a leading point,
/// the part `**` stands for any number of parts, and a pattern that names a folder stands for all below it. Plain
/// value.
class FilePattern {
 public:
  explicit FilePattern(std::string_view pattern);

  bool matches(std::string_view path) const;
  /// Whether it could match something below this folder, or the folder itself.
  bool mayReach(std::string_view folder) const;

 private:
  using Parts = std::vector<std::string>;
  static Parts split(std::string_view path);
  bool matchFrom(std::size_t p, const Parts& path, std::size_t i, bool isFolder) const;

  Parts m_parts;
};

}  // namespace hearth::wire
