// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace hearth::core {

/// A heap whose keys may lag behind: what it holds for a subject is never above the subject's true key, and is brought
/// up to date only when it comes to the top. So raising a key costs nothing where it is raised. A subject whose key was
/// lowered is pushed again; repetitions are harmless and cleared away in time.
template <typename Key, typename Subject>
class LazyHeap {
 public:
  struct Entry {
    Key key;
    Subject subject;
  };

  void push(const Key& key, const Subject& subject) {
    if (m_entries.size() >= m_tidyAt) tidy();
    m_entries.push_back({key, subject});
    std::push_heap(m_entries.begin(), m_entries.end(), later);
  }

  /// The entry with the lowest true key, or null. `keyOf(subject)` gives an optional of the true key; nothing: the
  /// subject is gone.
  template <typename KeyOf>
  const Entry* top(KeyOf&& keyOf) {
    while (!m_entries.empty()) {
      const auto actual = keyOf(m_entries.front().subject);
      if (actual && !(m_entries.front().key < *actual)) return &m_entries.front();
      if (actual) {
        m_entries.front().key = *actual;
        sink();
      } else {
        pop();
      }
    }
    return nullptr;
  }

  void pop() {
    std::pop_heap(m_entries.begin(), m_entries.end(), later);
    m_entries.pop_back();
  }
  std::size_t size() const { return m_entries.size(); }

 private:
  static constexpr std::size_t kTidyAtLeast = 64;

  static bool later(const Entry& a, const Entry& b) {
    if (b.key < a.key) return true;
    return !(a.key < b.key) && b.subject < a.subject;
  }

  /// Brings the first entry, whose key was raised, to its place.
  void sink() {
    Entry entry = m_entries.front();
    std::size_t hole = 0;
    for (std::size_t child = 1; child < m_entries.size(); child = 2 * hole + 1) {
      if (child + 1 < m_entries.size() && later(m_entries[child], m_entries[child + 1])) ++child;
      if (!later(entry, m_entries[child])) break;
      m_entries[hole] = m_entries[child];
      hole = child;
    }
    m_entries[hole] = entry;
  }

  /// Leaves the lowest entry of each subject.
  void tidy() {
    std::sort(m_entries.begin(), m_entries.end(), [](const Entry& a, const Entry& b) {
      if (a.subject < b.subject) return true;
      return !(b.subject < a.subject) && a.key < b.key;
    });
    const auto end = std::unique(m_entries.begin(), m_entries.end(), [](const Entry& a, const Entry& b) {
      return !(a.subject < b.subject) && !(b.subject < a.subject);
    });
    m_entries.erase(end, m_entries.end());
    std::make_heap(m_entries.begin(), m_entries.end(), later);
    m_tidyAt = std::max(kTidyAtLeast, 2 * m_entries.size());
  }

  std::vector<Entry> m_entries;
  std::size_t m_tidyAt = kTidyAtLeast;
};

}  // namespace hearth::core
