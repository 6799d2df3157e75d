// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/groups.h"

#include <algorithm>

namespace hearth::core {

void Groups::put(const Group& group) {
  drop(group.id);
  for (const AccountId member : group.members) m_memberOf[member].insert(group.id);
  m_groups.emplace(group.id, group);
}

void Groups::drop(GroupId id) {
  const auto position = m_groups.find(id);
  if (position == m_groups.end()) return;
  for (const AccountId member : position->second.members) {
    const auto groups = m_memberOf.find(member);
    groups->second.erase(id);
    if (groups->second.empty()) m_memberOf.erase(groups);
  }
  m_groups.erase(position);
}

const Group* Groups::find(GroupId id) const {
  const auto position = m_groups.find(id);
  return position == m_groups.end() ? nullptr : &position->second;
}

const Group* Groups::find(const std::string& name) const {
  const auto position =
      std::find_if(m_groups.begin(), m_groups.end(), [&](const auto& row) { return row.second.name == name; });
  return position == m_groups.end() ? nullptr : &position->second;
}

std::size_t Groups::ownedBy(AccountId account) const {
  return static_cast<std::size_t>(
      std::count_if(m_groups.begin(), m_groups.end(), [&](const auto& row) { return row.second.owner == account; }));
}

Home Groups::homeOf(GroupId id) const {
  if (!id) return {};
  const Group* group = find(id);
  return {id, group != nullptr && group->guests};
}

Scope Groups::scopeOf(const BatchPlan& plan) const {
  const Group* named = plan.where == Where::kAnywhere ? nullptr : find(plan.group);
  const bool asMember = named != nullptr && named->has(plan.owner);
  Scope scope;
  if (plan.where != Where::kAnywhere) {
    if (asMember) scope.groups.push_back(plan.group);
    scope.anywhere = plan.where == Where::kGroupBeyond && (!asMember || named->beyond);
    if (!scope.anywhere) return scope;
  }
  const auto memberOf = m_memberOf.find(plan.owner);
  if (memberOf == m_memberOf.end()) return scope;
  for (const GroupId id : memberOf->second) {
    if (id != plan.group && m_groups.at(id).beyond) scope.groups.push_back(id);
  }
  std::sort(scope.groups.begin(), scope.groups.end());
  return scope;
}

}  // namespace hearth::core
