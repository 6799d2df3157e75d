// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "db/store.h"

namespace hearth::sim {

/// A store that can be made to fail. What apply() returned as done is durable, as the contract says, so a crash of the
/// server loses exactly what it had not given here yet. One thread.
class FaultyStore final : public db::Store {
 public:
  explicit FaultyStore(std::shared_ptr<db::Store> store) : m_store(std::move(store)) {}

  /// From now on every write fails with this error (disk full, I/O), and reads too where it is an I/O error; nothing:
  /// all is well again.
  void setTrouble(std::optional<Error> trouble) { m_trouble = std::move(trouble); }
  bool inTrouble() const { return m_trouble.has_value(); }

  Result<std::vector<db::Outcome>> apply(std::span<const db::Unit> units) override {
    if (m_trouble) return fail(*m_trouble);
    return m_store->apply(units);
  }
  Result<Snapshot> restore() override {
    if (readsFail()) return fail(*m_trouble);
    return m_store->restore();
  }
  Result<Loaded> load(const Load& request) override {
    if (readsFail()) return fail(*m_trouble);
    return m_store->load(request);
  }

 private:
  bool readsFail() const { return m_trouble && m_trouble->code != ErrorCode::kExhausted; }

  std::shared_ptr<db::Store> m_store;  ///< shared with who reads its tables in the end
  std::optional<Error> m_trouble;
};

}  // namespace hearth::sim
