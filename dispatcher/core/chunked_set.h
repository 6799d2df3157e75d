// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hearth::core {

/// An ordered set in pieces of sorted memory, for small values of which most come in at the end and go out at the
/// front: both touch two or three cache lines whatever the size, where a tree touches one at each of its levels. In the
/// middle it costs a search among the pieces and moving a part of one. Pointers to values hold until the next change.
template <typename T>
class ChunkedSet {
 public:
  bool empty() const { return m_size == 0; }
  std::size_t size() const { return m_size; }
  /// The first value; null if there is none.
  const T* first() const { return m_chunks.empty() ? nullptr : m_chunks.front().begin(); }

  /// False if it was there already.
  bool insert(const T& value);
  /// False if it was not there.
  bool erase(const T& value);
  /// The first value that is not below this one; null if there is none.
  const T* notBelow(const T& value) const;
  /// The first value above this one; null if there is none.
  const T* above(const T& value) const;

 private:
  static constexpr std::size_t kChunk = 128;

  /// Never empty. What was taken from its front leaves a gap there, which is closed before the memory grows.
  struct Chunk {
    std::vector<T> values;
    std::size_t gap = 0;

    const T* begin() const { return values.data() + gap; }
    const T* end() const { return values.data() + values.size(); }
    std::size_t size() const { return values.size() - gap; }
    void append(const T& value) {
      if (values.size() == values.capacity() && gap >= size()) {
        values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(gap));
        gap = 0;
      }
      values.push_back(value);
    }
  };

  /// The first piece whose last value is not below this one.
  std::size_t chunkOf(const T& value) const;
  void append(const T& value);
  void split(std::size_t index);
  void mergeWithNext(std::size_t index);

  std::vector<Chunk> m_chunks;
  std::size_t m_size = 0;
};

template <typename T>
std::size_t ChunkedSet<T>::chunkOf(const T& value) const {
  // The first value of all is looked for most.
  if (!m_chunks.empty() && !(*m_chunks.front().begin() < value)) return 0;
  const auto position = std::partition_point(m_chunks.begin(), m_chunks.end(),
                                             [&](const Chunk& chunk) { return chunk.values.back() < value; });
  return static_cast<std::size_t>(position - m_chunks.begin());
}

template <typename T>
void ChunkedSet<T>::append(const T& value) {
  if (m_chunks.empty() || m_chunks.back().size() >= kChunk) m_chunks.emplace_back();
  m_chunks.back().append(value);
  ++m_size;
}

template <typename T>
bool ChunkedSet<T>::insert(const T& value) {
  if (m_chunks.empty() || m_chunks.back().values.back() < value) {
    append(value);
    return true;
  }
  std::size_t index = chunkOf(value);
  if (m_chunks[index].size() >= kChunk) {
    split(index);
    if (m_chunks[index].values.back() < value) ++index;
  }
  Chunk& chunk = m_chunks[index];
  const T* position = std::lower_bound(chunk.begin(), chunk.end(), value);
  if (!(value < *position)) return false;
  chunk.values.insert(chunk.values.begin() + (position - chunk.values.data()), value);
  ++m_size;
  return true;
}

template <typename T>
bool ChunkedSet<T>::erase(const T& value) {
  const std::size_t index = chunkOf(value);
  if (index == m_chunks.size()) return false;
  Chunk& chunk = m_chunks[index];
  const bool isFirst = !(*chunk.begin() < value);
  const T* position = isFirst ? chunk.begin() : std::lower_bound(chunk.begin(), chunk.end(), value);
  if (value < *position) return false;
  --m_size;
  if (chunk.size() == 1) {
    m_chunks.erase(m_chunks.begin() + static_cast<std::ptrdiff_t>(index));
  } else if (isFirst) {
    ++chunk.gap;
  } else {
    chunk.values.erase(chunk.values.begin() + (position - chunk.values.data()));
    mergeWithNext(index);
  }
  return true;
}

template <typename T>
const T* ChunkedSet<T>::notBelow(const T& value) const {
  const std::size_t index = chunkOf(value);
  if (index == m_chunks.size()) return nullptr;
  const Chunk& chunk = m_chunks[index];
  return *chunk.begin() < value ? std::lower_bound(chunk.begin(), chunk.end(), value) : chunk.begin();
}

template <typename T>
const T* ChunkedSet<T>::above(const T& value) const {
  const std::size_t index = chunkOf(value);
  if (index == m_chunks.size()) return nullptr;
  const Chunk& chunk = m_chunks[index];
  const T* position = std::upper_bound(chunk.begin(), chunk.end(), value);
  if (position != chunk.end()) return position;
  return index + 1 < m_chunks.size() ? m_chunks[index + 1].begin() : nullptr;
}

template <typename T>
void ChunkedSet<T>::split(std::size_t index) {
  Chunk upper;
  upper.values.reserve(kChunk);
  const T* middle = m_chunks[index].begin() + m_chunks[index].size() / 2;
  upper.values.assign(middle, m_chunks[index].end());
  std::vector<T>& lower = m_chunks[index].values;
  lower.erase(lower.begin() + (middle - lower.data()), lower.end());
  m_chunks.insert(m_chunks.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
}

/// So that what was thinned out by erasing does not stay in many small pieces.
template <typename T>
void ChunkedSet<T>::mergeWithNext(std::size_t index) {
  if (index + 1 >= m_chunks.size() || m_chunks[index].size() + m_chunks[index + 1].size() > kChunk / 2) return;
  for (const T* value = m_chunks[index + 1].begin(); value != m_chunks[index + 1].end(); ++value) {
    m_chunks[index].append(*value);
  }
  m_chunks.erase(m_chunks.begin() + static_cast<std::ptrdiff_t>(index) + 1);
}

}  // namespace hearth::core
