// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/sqlite/connection.h"
#include "db/store.h"

namespace hearth::db::sqlite {

template <>
inline constexpr Where kLastOf<Where> = Where::kGroupBeyond;

/// A group without its members.
inline constexpr std::string_view kSelectGroup =
    "SELECT id, name, owner, guests, beyond, attempts, batches, created FROM host_group ";
void readGroup(Statement& row, Group& group);

struct GroupMember {
  GroupId group;
  AccountId account;
};
inline constexpr std::string_view kSelectMember = "SELECT host_group, account FROM group_member ";
void readMember(Statement& row, GroupMember& member);
/// Both in the order of the groups' numbers, members sorted within.
void addMembers(std::vector<Group>& groups, const std::vector<GroupMember>& members);

inline constexpr std::string_view kSelectQuota = "SELECT account, attempts, batches, bytes FROM account_quota ";
void readQuota(Statement& row, AccountQuotaPut& quota);

/// Writes the rows of groups and quotas: a part of the ChangeWriter, under the same rules.
class GroupRows {
 public:
  static Result<GroupRows> prepare(Connection& connection);

  Result<Outcome> put(const GroupPut& change);
  Result<Outcome> put(const GroupDrop& change);
  Result<Outcome> put(const AccountQuotaPut& change);

 private:
  Statement m_group, m_groupDrop, m_member, m_membersDrop, m_quota;
};

}  // namespace hearth::db::sqlite
