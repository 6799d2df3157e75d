// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace hearth::sim {

/// What checkers found wrong: the first ones word by word, and how many there were.
class Complaints {
 public:
  static constexpr std::size_t kKept = 20;

  void add(std::string what) {
    ++m_count;
    if (m_kept.size() < kKept) m_kept.push_back(std::move(what));
  }
  std::size_t count() const { return m_count; }
  const std::vector<std::string>& kept() const { return m_kept; }

 private:
  std::size_t m_count = 0;
  std::vector<std::string> m_kept;
};

}  // namespace hearth::sim
