// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>

#include "base/ids.h"
#include "model/group.h"

namespace hearth::core {

/// What accounts, or groups by the batches that name them, have at present, and may have at once. Owned by the
/// Dispatcher.
template <typename Key>
class Quotas {
 public:
  explicit Quotas(Quota usual) : m_usual(usual) {}

  void set(Key key, const Quota& quota) { m_set[key] = quota; }
  void drop(Key key) { m_set.erase(key); }
  const Quota& of(Key key) const {
    const auto position = m_set.find(key);
    return position == m_set.end() ? m_usual : position->second;
  }
  const std::map<Key, Quota>& all() const { return m_set; }

  void addBatch(Key key) { ++m_uses[key].batches; }
  void dropBatch(Key key) { --m_uses[key].batches; }
  void addAttempts(Key key, std::int64_t count) { m_uses[key].attempts += static_cast<std::uint64_t>(count); }

  std::uint64_t batchesOf(Key key) const { return use(key).batches; }
  bool batchesFull(Key key) const { return of(key).batches != 0 && use(key).batches >= of(key).batches; }
  bool attemptsFull(Key key) const { return of(key).attempts != 0 && use(key).attempts >= of(key).attempts; }

 private:
  struct Use {
    std::uint64_t batches = 0;
    std::uint64_t attempts = 0;
  };
  Use use(Key key) const {
    const auto position = m_uses.find(key);
    return position == m_uses.end() ? Use{} : position->second;
  }

  const Quota m_usual;
  std::map<Key, Quota> m_set;
  std::unordered_map<Key, Use> m_uses;
};

}  // namespace hearth::core
