// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "core/requirement_classes.h"
#include "model/batch.h"
#include "model/group.h"

namespace hearth::core {

/// The groups of hosts that there are, and what they say of where a batch may run. Owned by the Dispatcher.
///
/// A batch may use a group as its member's if the owner is a member and either it names the group or the group lets
/// its members' batches run elsewhere too. As a guest's it may use every group that takes guests. It may run on public
/// hosts unless it names a group alone, or one that keeps its members' batches to itself.
class Groups {
 public:
  void put(const Group& group);
  void drop(GroupId group);
  const Group* find(GroupId group) const;
  const Group* find(const std::string& name) const;
  std::size_t ownedBy(AccountId account) const;
  const std::map<GroupId, Group>& all() const { return m_groups; }

  /// What hosts in this group offer to whom; none: public hosts.
  Home homeOf(GroupId group) const;
  Scope scopeOf(const BatchPlan& plan) const;

 private:
  std::map<GroupId, Group> m_groups;
  std::map<AccountId, std::set<GroupId>> m_memberOf;
};

}  // namespace hearth::core
