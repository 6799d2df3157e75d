// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace hearth::server {

/// A map that forgets what was used longest ago once the weights of its entries pass `capacity`. Any thread may call;
/// values are copied out, so they are small or shared pointers. An entry heavier than the whole capacity is not kept.
template <typename Key, typename Value>
class BoundedCache {
 public:
  explicit BoundedCache(std::size_t capacity) : m_capacity(capacity) {}

  std::optional<Value> find(const Key& key) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_index.find(key);
    if (found == m_index.end()) return std::nullopt;
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return found->second->value;
  }

  void put(const Key& key, Value value, std::size_t weight = 1) {
    const std::lock_guard lock(m_mutex);
    remove(key);
    m_entries.push_front({key, std::move(value), weight});
    m_index.emplace(key, m_entries.begin());
    m_weight += weight;
    while (m_weight > m_capacity) remove(Key(m_entries.back().key));
  }

  void erase(const Key& key) {
    const std::lock_guard lock(m_mutex);
    remove(key);
  }

 private:
  struct Entry {
    Key key;
    Value value;
    std::size_t weight = 1;
  };

  void remove(const Key& key) {
    const auto found = m_index.find(key);
    if (found == m_index.end()) return;
    m_weight -= found->second->weight;
    m_entries.erase(found->second);
    m_index.erase(found);
  }

  std::mutex m_mutex;          // guards all below
  std::list<Entry> m_entries;  // used last first
  std::unordered_map<Key, typename std::list<Entry>::iterator> m_index;
  std::size_t m_weight = 0;
  const std::size_t m_capacity;
};

}  // namespace hearth::server
