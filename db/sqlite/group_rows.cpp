// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/group_rows.h"

#include <utility>

namespace hearth::db::sqlite {

void readGroup(Statement& row, Group& group) {
  row.columns(group.id, group.name, group.owner, group.guests, group.beyond, group.quota.attempts, group.quota.batches,
              group.created);
}

void readMember(Statement& row, GroupMember& member) { row.columns(member.group, member.account); }

void addMembers(std::vector<Group>& groups, const std::vector<GroupMember>& members) {
  auto group = groups.begin();
  for (const GroupMember& member : members) {
    while (group != groups.end() && group->id < member.group) ++group;
    if (group != groups.end() && group->id == member.group) group->members.push_back(member.account);
  }
}

void readQuota(Statement& row, AccountQuotaPut& quota) {
  row.columns(quota.account, quota.quota.attempts, quota.quota.batches, quota.quota.bytes);
}

Result<GroupRows> GroupRows::prepare(Connection& connection) {
  GroupRows rows;
  const std::pair<Statement*, const char*> texts[] = {
      {&rows.m_group, "INSERT OR REPLACE INTO host_group VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      {&rows.m_groupDrop, "DELETE FROM host_group WHERE id = ?"},
      {&rows.m_member, "INSERT INTO group_member VALUES (?, ?) ON CONFLICT DO NOTHING"},
      {&rows.m_membersDrop, "DELETE FROM group_member WHERE host_group = ?"},
      {&rows.m_quota, "INSERT OR REPLACE INTO account_quota VALUES (?, ?, ?, ?)"},
  };
  for (const auto& [statement, sql] : texts) {
    Result<Statement> prepared = connection.prepare(sql);
    if (!prepared) return fail(std::move(prepared).error());
    *statement = std::move(*prepared);
  }
  return rows;
}

Result<Outcome> GroupRows::put(const GroupPut& change) {
  const Group& group = change.group;
  HEARTH_TRY(m_group
                 .bind(group.id, group.name, group.owner, group.guests, group.beyond, group.quota.attempts,
                       group.quota.batches, group.created)
                 .run());
  HEARTH_TRY(m_membersDrop.bind(group.id).run());
  for (const AccountId member : group.members) HEARTH_TRY(m_member.bind(group.id, member).run());
  return Outcome::kDone;
}

Result<Outcome> GroupRows::put(const GroupDrop& change) {
  HEARTH_TRY(m_membersDrop.bind(change.group).run());
  HEARTH_TRY(m_groupDrop.bind(change.group).run());
  return Outcome::kDone;
}

Result<Outcome> GroupRows::put(const AccountQuotaPut& change) {
  const Quota& quota = change.quota;
  HEARTH_TRY(m_quota.bind(change.account, quota.attempts, quota.batches, quota.bytes).run());
  return Outcome::kDone;
}

}  // namespace hearth::db::sqlite
