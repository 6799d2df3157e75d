// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of hosts and quotas: what people say of who may use which host, and how much at once.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {
namespace {

bool concerns(const BatchPlan& plan, const Group& group) {
  return (plan.where != Where::kAnywhere && plan.group == group.id) || group.has(plan.owner);
}

}  // namespace

Dispatcher::Impl::Body Dispatcher::Impl::on(const PutGroup& event) {
  Group group = event.group;
  const Group* known = group.id ? m_groups.find(group.id) : nullptr;
  if (group.id && known == nullptr) {
    return fail(ErrorCode::kNotFound, "there is no group " + std::to_string(group.id.value), "list your groups");
  }
  const Group* namesake = m_groups.find(group.name);
  if (namesake != nullptr && namesake->id != group.id) {
    return fail(ErrorCode::kConflict, "there is a group '" + group.name + "' already", "choose another name");
  }
  if (!group.id && m_groups.ownedBy(group.owner) >= limits::kGroupsPerAccount) {
    return fail(ErrorCode::kTooLarge,
                "an account owns " + std::to_string(limits::kGroupsPerAccount) + " groups at most", "delete one first");
  }
  if (group.members.size() > limits::kGroupMembers) {
    return fail(ErrorCode::kTooLarge, "a group has " + std::to_string(limits::kGroupMembers) + " members at most",
                "make a second group");
  }
  if (!group.id) {
    group.id = GroupId{m_counters.groups++};
    group.created = m_now;
    writeCounters();
  }
  HEARTH_CHECK(group.has(group.owner), "the owner of a group is a member");
  const Group before = known != nullptr ? *known : group;
  m_groups.put(group);
  m_groupQuotas.set(group.id, group.quota);
  write(GroupPut{group});
  rescope(before, group);
  return GroupKept{group.id};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const DropGroup& event) {
  const Group* known = m_groups.find(event.group);
  if (known == nullptr) {
    return fail(ErrorCode::kNotFound, "there is no group " + std::to_string(event.group.value), "list your groups");
  }
  const auto isThere = [&](const HostEntry* host) { return host->host.group == event.group && !host->host.revoked; };
  if (std::any_of(m_hostOrder.begin(), m_hostOrder.end(), isThere)) {
    return fail(ErrorCode::kConflict, "there are hosts in this group",
                "move them to another group, make them public, or shut them out first");
  }
  const Group before = *known;
  m_groups.drop(event.group);
  m_groupQuotas.drop(event.group);
  write(GroupDrop{event.group});
  rescope(before, before);
  return Done{};
}

/// Batches whose owner or place the change concerns look at their hosts anew: O(open batches), since a group is changed
/// by a person and seldom.
void Dispatcher::Impl::rescope(const Group& before, const Group& after) {
  for (auto& [id, batch] : m_batches) {
    if (!concerns(batch->plan, before) && !concerns(batch->plan, after)) continue;
    m_queue.move(batch->queued, batch->plan.requirements, m_groups.scopeOf(batch->plan));
    offer(*batch);
  }
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const MoveHost& event) {
  HostEntry* host = findHost(event.host);
  if (host == nullptr) {
    return fail(ErrorCode::kNotFound, "there is no host " + std::to_string(event.host.value),
                "list them with: hearth hosts");
  }
  if (event.group && m_groups.find(event.group) == nullptr) {
    return fail(ErrorCode::kNotFound, "there is no group " + std::to_string(event.group.value), "list your groups");
  }
  host->host.group = event.group;
  write(HostPut{host->host});
  return Done{};
}

Dispatcher::Impl::Body Dispatcher::Impl::on(const SetQuota& event) {
  m_accountQuotas.set(event.account, event.quota);
  m_queue.hold(event.account, m_accountQuotas.attemptsFull(event.account));
  write(AccountQuotaPut{event.account, event.quota});
  return Done{};
}

Result<void> Dispatcher::Impl::roomForBatch(const BatchPlan& plan) const {
  if (m_accountQuotas.batchesFull(plan.owner)) {
    const std::string most = std::to_string(m_accountQuotas.of(plan.owner).batches);
    return fail(ErrorCode::kTooLarge, "the account has " + most + " batches that are not over, which is its quota",
                "wait until one is done, cancel one, or ask an admin of the project for a larger quota");
  }
  if (plan.where == Where::kAnywhere || !m_groupQuotas.batchesFull(plan.group)) return {};
  const std::string most = std::to_string(m_groupQuotas.of(plan.group).batches);
  return fail(ErrorCode::kTooLarge, "the group has " + most + " batches that are not over, which is its quota",
              "wait until one is done, or ask the owner of the group for a larger quota");
}

void Dispatcher::Impl::countLive(BatchEntry& batch, std::int64_t by) {
  const AccountId owner = batch.plan.owner;
  batch.live += static_cast<std::uint64_t>(by);
  m_accountQuotas.addAttempts(owner, by);
  m_queue.hold(owner, m_accountQuotas.attemptsFull(owner));
  if (batch.plan.where == Where::kAnywhere) return;
  const bool wasFull = m_groupQuotas.attemptsFull(batch.plan.group);
  m_groupQuotas.addAttempts(batch.plan.group, by);
  if (wasFull && !m_groupQuotas.attemptsFull(batch.plan.group)) m_groupsWithRoom.insert(batch.plan.group);
}

/// Batches that waited for their group's quota of attempts: O(open batches), only when a full group gets room.
void Dispatcher::Impl::offerGroupsWithRoom() {
  for (const GroupId group : std::exchange(m_groupsWithRoom, {})) {
    for (auto& [id, batch] : m_batches) {
      if (batch->plan.group == group && batch->plan.where != Where::kAnywhere) offer(*batch);
    }
  }
}

}  // namespace hearth::core
