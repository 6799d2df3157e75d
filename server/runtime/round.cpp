// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/runtime/round.h"

#include <iterator>
#include <utility>

namespace hearth::server {
namespace {

template <typename T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  if (to.empty()) {
    to = std::move(from);
  } else {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
}

}  // namespace

void Round::add(core::Actions actions) {
  add(std::move(actions.changes));
  append(replies, std::move(actions.replies));
  append(loads, std::move(actions.loads));
  for (core::BatchNotice& notice : actions.notices) {
    const auto [at, isNew] = m_noticeAt.try_emplace(notice.progress.batch, notices.size());
    if (isNew) {
      notices.push_back(std::move(notice));
    } else {
      notices[at->second] = std::move(notice);
    }
  }
}

/// The changes stay where the event put them; those that replace an earlier one leave a gap, which is closed.
void Round::add(Changes&& fresh) {
  const std::size_t unit = units.size();
  Changes& changes = units.emplace_back(db::Unit{std::move(fresh)}).changes;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (replaced(changes[i], {unit, kept})) continue;
    if (kept != i) changes[kept] = std::move(changes[i]);
    ++kept;
  }
  changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(kept), changes.end());
  m_changes += kept;
  if (kept == 0) units.pop_back();
}

bool Round::replaced(Change& change, Place place) {
  if (const auto* progress = std::get_if<BatchProgress>(&change)) {
    const auto [known, isNew] = m_progressAt.try_emplace(progress->batch, place);
    if (!isNew) at(known->second) = std::move(change);
    return !isNew;
  }
  if (!std::holds_alternative<CountersPut>(change)) return false;
  if (m_countersAt) {
    at(*m_countersAt) = std::move(change);
    return true;
  }
  m_countersAt = place;
  return false;
}

std::vector<db::Unit> Round::takeUnits() {
  std::vector<db::Unit> all = std::move(units);
  all.reserve(all.size() + commits.size());
  for (DirectoryCommit& commit : commits) all.push_back(std::move(commit.unit));
  return all;
}

}  // namespace hearth::server
