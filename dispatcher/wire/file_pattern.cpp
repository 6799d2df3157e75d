// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/file_pattern.h"

#include <algorithm>
#include <optional>

namespace hearth::wire {
namespace {

/// Whether the set that begins at pattern[p] == '[' holds `c`; `p` stands behind it afterwards. Nothing if the set is
/// not closed: then '[' means itself.
std::optional<bool> inSet(std::string_view pattern, std::size_t& p, char c) {
  std::size_t at = p + 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    const char low = pattern[at];
    const bool isRange = at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']';
    const char high = isRange ? pattern[at + 2] : low;
    found = found || (low <= c && c <= high);
    at += isRange ? 3 : 1;
  }
  if (at >= pattern.size()) return std::nullopt;
  p = at + 1;
  return found != negated;
}

/// Whether one character matches what stands at `p`, which moves on if so.
bool matchOne(std::string_view pattern, std::size_t& p, char c) {
  if (p >= pattern.size()) return false;
  if (pattern[p] == '[') {
    std::size_t behind = p;
    if (const auto held = inSet(pattern, behind, c)) {
      if (*held) p = behind;
      return *held;
    }
  }
  if (pattern[p] != '?' && pattern[p] != c) return false;
  ++p;
  return true;
}

/// One part of a path. Goes back to the last star only, which is enough.
bool matchPart(std::string_view pattern, std::string_view text) {
  if (!text.empty() && text.front() == '.' && (pattern.empty() || pattern.front() != '.')) return false;
  std::size_t p = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;
  std::size_t starAt = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      starAt = t;
    } else if (matchOne(pattern, p, text[t])) {
      ++t;
    } else if (star) {
      p = *star;
      t = ++starAt;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

FilePattern::FilePattern(std::string_view pattern) : m_parts(split(pattern)) {}

bool FilePattern::matches(std::string_view path) const { return matchFrom(0, split(path), 0, false); }

bool FilePattern::mayReach(std::string_view folder) const {
  const Parts parts = split(folder);
  return matchFrom(0, parts, 0, parts.size() < m_parts.size());
}

FilePattern::Parts FilePattern::split(std::string_view path) {
  Parts parts;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) parts.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Matches parts from the given positions on; `isFolder`: something below the path would do as well.
bool FilePattern::matchFrom(std::size_t p, const Parts& path, std::size_t i, bool isFolder) const {
  if (p == m_parts.size()) return i == path.size() || p > 0;  // a pattern that names a folder holds all below it
  if (i == path.size()) {
    return isFolder || std::all_of(m_parts.begin() + static_cast<std::ptrdiff_t>(p), m_parts.end(),
                                   [](const auto& part) { return part == "**"; });
  }
  if (m_parts[p] == "**") return matchFrom(p + 1, path, i, isFolder) || matchFrom(p, path, i + 1, isFolder);
  return matchPart(m_parts[p], path[i]) && matchFrom(p + 1, path, i + 1, isFolder);
}

}  // namespace hearth::wire
