// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/runtime/round.h"

#include <algorithm>
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
  append(changes, std::move(actions.changes));
  append(replies, std::move(actions.replies));
  append(loads, std::move(actions.loads));
  for (core::BatchNotice& notice : actions.notices) {
    const auto known = std::find_if(notices.begin(), notices.end(), [&](const core::BatchNotice& other) {
      return other.progress.batch == notice.progress.batch;
    });
    if (known == notices.end()) {
      notices.push_back(std::move(notice));
    } else {
      *known = std::move(notice);
    }
  }
}

std::vector<db::Unit> Round::takeUnits() {
  std::vector<db::Unit> units;
  units.reserve(commits.size() + 1);
  if (!changes.empty()) units.push_back(db::Unit{std::move(changes)});
  for (DirectoryCommit& commit : commits) units.push_back(std::move(commit.unit));
  return units;
}

}  // namespace hearth::server
