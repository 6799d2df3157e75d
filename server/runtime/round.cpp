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
  for (Change& change : actions.changes) add(std::move(change));
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

void Round::add(Change change) {
  if (const auto* progress = std::get_if<BatchProgress>(&change)) {
    const auto [at, isNew] = m_progressAt.try_emplace(progress->batch, changes.size());
    if (!isNew) {
      changes[at->second] = std::move(change);
      return;
    }
  } else if (std::holds_alternative<CountersPut>(change)) {
    if (m_countersAt) {
      changes[*m_countersAt] = std::move(change);
      return;
    }
    m_countersAt = changes.size();
  }
  changes.push_back(std::move(change));
}

std::vector<db::Unit> Round::takeUnits() {
  std::vector<db::Unit> units;
  units.reserve(commits.size() + 1);
  if (!changes.empty()) units.push_back(db::Unit{std::move(changes)});
  for (DirectoryCommit& commit : commits) units.push_back(std::move(commit.unit));
  return units;
}

}  // namespace hearth::server
