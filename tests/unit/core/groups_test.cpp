// SPDX-License-Identifier: GPL-3.0-or-later
// Private, public and hybrid grids on one server: whose batches run on whose hosts; and quotas.
#include <catch2/catch.hpp>

#include "unit/core/world.h"

namespace hearth::core::test {
namespace {

constexpr AccountId kOwner{1}, kMember{2}, kStranger{3};

struct Grid : World {
  explicit Grid(DispatcherOptions options = {}) : World(options) {}

  GroupId group(const std::string& name, bool guests, bool beyond, std::vector<AccountId> members = {kOwner, kMember}) {
    Group made;
    made.name = name;
    made.owner = members.front();
    made.members = std::move(members);
    made.guests = guests;
    made.beyond = beyond;
    return expect<GroupKept>(PutGroup{made}).group;
  }
  Group stored(GroupId id) {
    for (const Group& group : World::stored().groups) {
      if (group.id == id) return group;
    }
    FAIL("no such group");
    return {};
  }
  BatchId submit(AccountId owner, Where where = Where::kAnywhere, GroupId group = {}, std::uint64_t tasks = 100) {
    SubmitBatch submission;
    submission.plan = {owner, "test", tasks, {}, {}};
    submission.plan.where = where;
    submission.plan.group = group;
    submission.spec = "{}";
    return expect<BatchAccepted>(submission).batch;
  }
  HostId enrolIn(GroupId group) {
    const HostId host = enrol();
    expect<Done>(MoveHost{host, group});
    return host;
  }
  /// The batch of the one task that the host is given now; none if it gets nothing.
  BatchId gets(HostId host) {
    const std::vector<Lease> leases = fetch(host, 1);
    if (leases.empty()) return {};
    give(host, result(leases.front()));
    return leases.front().task.batch;
  }
};

}  // namespace

TEST_CASE("a group's hosts serve its members alone, unless it takes guests") {
  Grid grid;
  const GroupId lab = grid.group("lab", false, true);
  const HostId own = grid.enrolIn(lab), open = grid.enrol();
  const BatchId stranger = grid.submit(kStranger);
  CHECK(grid.gets(own) == BatchId{});
  CHECK(grid.gets(open) == stranger);
  const BatchId member = grid.submit(kMember);
  CHECK(grid.gets(own) == member);

  Group changed = grid.stored(lab);
  changed.guests = true;
  grid.expect<GroupKept>(PutGroup{changed});
  grid.expect<Done>(CancelBatch{member});
  CHECK(grid.gets(own) == stranger);
  changed.guests = false;
  grid.expect<GroupKept>(PutGroup{changed});
  CHECK(grid.gets(own) == BatchId{});
}

TEST_CASE("a batch that names a group runs there alone, or there and anywhere") {
  Grid grid;
  const GroupId lab = grid.group("lab", false, true), other = grid.group("other", false, true);
  const HostId own = grid.enrolIn(lab), elsewhere = grid.enrolIn(other), open = grid.enrol();
  SECTION("alone") {
    const BatchId batch = grid.submit(kMember, Where::kGroup, lab);
    CHECK(grid.gets(open) == BatchId{});
    CHECK(grid.gets(elsewhere) == BatchId{});
    CHECK(grid.gets(own) == batch);
  }
  SECTION("and anywhere") {
    const BatchId batch = grid.submit(kMember, Where::kGroupBeyond, lab);
    for (const HostId host : {own, elsewhere, open}) CHECK(grid.gets(host) == batch);
  }
  SECTION("a stranger who names it gets none of it") {
    grid.submit(kStranger, Where::kGroup, lab);
    for (const HostId host : {own, elsewhere, open}) CHECK(grid.gets(host) == BatchId{});
  }
}

TEST_CASE("a group that keeps its members' batches to itself lends them nothing to take elsewhere") {
  Grid grid;
  const GroupId lab = grid.group("lab", false, false);
  const HostId own = grid.enrolIn(lab), open = grid.enrol();
  const BatchId anywhere = grid.submit(kMember);
  CHECK(grid.gets(own) == BatchId{});
  CHECK(grid.gets(open) == anywhere);
  grid.expect<Done>(CancelBatch{anywhere});
  const BatchId beyond = grid.submit(kMember, Where::kGroupBeyond, lab);
  CHECK(grid.gets(open) == BatchId{});
  CHECK(grid.gets(own) == beyond);
}

TEST_CASE("a group's own batches come before those of guests, however far behind the guests are") {
  Grid grid;
  const GroupId lab = grid.group("lab", true, true);
  const HostId own = grid.enrolIn(lab), open = grid.enrol();
  const BatchId member = grid.submit(kMember, Where::kGroupBeyond, lab, 50);
  for (int i = 0; i < 40; ++i) CHECK(grid.gets(open) == member);  // the member has had much
  const BatchId guest = grid.submit(kStranger);
  for (int i = 0; i < 10; ++i) CHECK(grid.gets(own) == member);
  CHECK(grid.gets(own) == guest);
}

TEST_CASE("what changes in a group counts for batches that are open already, after a restart too") {
  Grid grid;
  const GroupId lab = grid.group("lab", false, true, {kOwner});
  const HostId own = grid.enrolIn(lab);
  const BatchId batch = grid.submit(kMember, Where::kGroup, lab);
  CHECK(grid.gets(own) == BatchId{});
  Group changed = grid.stored(lab);
  changed.members = {kOwner, kMember};
  grid.expect<GroupKept>(PutGroup{changed});
  CHECK(grid.gets(own) == batch);
  const std::uint64_t before = grid.dispatcher().durableHash();
  grid.restart();
  CHECK(grid.dispatcher().durableHash() == before);
  CHECK(grid.gets(own) == batch);
  changed.members = {kOwner};
  grid.expect<GroupKept>(PutGroup{changed});
  CHECK(grid.gets(own) == BatchId{});
  grid.restart();
  CHECK(grid.gets(own) == BatchId{});
}

TEST_CASE("hosts join a group by its token, and are moved; a group with hosts is not deleted") {
  Grid grid;
  const GroupId lab = grid.group("lab", false, true);
  const JoinToken token{World::key(77), kOwner, 3, grid.now + Duration::days(1), lab};
  grid.expect<Done>(CreateJoinToken{token});
  const HostId host = grid.expect<HostEnrolled>(EnrolHost{World::key(77), World::key(500), World::description()}).host;
  CHECK(grid.World::stored().hosts.back().group == lab);
  CHECK(grid.expectError(DropGroup{lab}).code == ErrorCode::kConflict);
  CHECK(grid.expectError(MoveHost{host, GroupId{99}}).code == ErrorCode::kNotFound);
  CHECK(grid.expectError(MoveHost{HostId{99}, lab}).code == ErrorCode::kNotFound);
  grid.expect<Done>(MoveHost{host, GroupId{}});
  grid.expect<Done>(DropGroup{lab});
  CHECK(grid.World::stored().groups.empty());
  // A link of the group that is gone does not make a private machine public.
  CHECK(grid.expectError(EnrolHost{World::key(77), World::key(501), World::description()}).code ==
        ErrorCode::kUnauthorized);
  const GroupId again = grid.group("lab", false, true);
  CHECK(again != lab);
  CHECK(grid.expectError(PutGroup{{{}, "lab", kOwner, {kOwner}}}).code == ErrorCode::kConflict);
}

TEST_CASE("an account has so many attempts at once as its quota, and others go on") {
  DispatcherOptions options;
  options.quota.attempts = 3;
  Grid grid(options);
  const HostId first = grid.enrol(), second = grid.enrol();
  const BatchId greedy = grid.submit(kMember, Where::kAnywhere, {}, 100);
  std::vector<Lease> held = grid.fetch(first, 8);
  CHECK(held.size() == 3);
  CHECK(grid.fetch(second, 8).empty());
  const BatchId other = grid.submit(kStranger);
  CHECK(grid.fetch(second, 1).at(0).task.batch == other);
  const auto goesOn = [&] { return grid.fetch(first, 8, {held[1].attempt, held[2].attempt}); };
  SECTION("one that ends makes room for another") {
    grid.give(first, World::result(held[0]), {held[1].attempt, held[2].attempt});
    const std::vector<Lease> more = goesOn();
    CHECK(std::count_if(more.begin(), more.end(), [&](const Lease& l) { return l.task.batch == greedy; }) == 1);
  }
  SECTION("a larger quota counts at once") {
    grid.expect<Done>(SetQuota{kMember, {5, 0, 0}});
    const std::vector<Lease> more = grid.fetch(first, 8, {held[0].attempt, held[1].attempt, held[2].attempt});
    CHECK(std::count_if(more.begin(), more.end(), [&](const Lease& l) { return l.task.batch == greedy; }) == 2);
  }
  SECTION("a batch that is cancelled gives back what it held") {
    grid.expect<Done>(CancelBatch{greedy});
    const BatchId next = grid.submit(kMember);
    const std::vector<Lease> more = grid.fetch(second, 8, {});
    CHECK(std::count_if(more.begin(), more.end(), [&](const Lease& l) { return l.task.batch == next; }) == 3);
  }
  SECTION("hosts that fell silent hold nothing up") {
    grid.wait(Duration::hours(1));
    const std::vector<Lease> more = grid.fetch(second, 8, {});
    CHECK(std::count_if(more.begin(), more.end(), [&](const Lease& l) { return l.task.batch == greedy; }) == 3);
  }
  SECTION("a restart counts what is under way") {
    grid.restart();
    CHECK(grid.fetch(first, 8, {held[0].attempt, held[1].attempt, held[2].attempt}).size() == 2);  // the stranger's
  }
}

TEST_CASE("an account, and a group, has so many open batches as its quota") {
  Grid grid;
  grid.expect<Done>(SetQuota{kMember, {0, 2, 0}});
  grid.submit(kMember);
  const BatchId second = grid.submit(kMember);
  SubmitBatch third;
  third.plan = {kMember, "test", 1, {}, {}};
  const Error refused = grid.expectError(third);
  CHECK(refused.code == ErrorCode::kTooLarge);
  CHECK(refused.message.find("2 batches") != std::string::npos);
  CHECK_FALSE(refused.hint.empty());
  grid.restart();
  CHECK(grid.expectError(third).code == ErrorCode::kTooLarge);
  grid.expect<Done>(CancelBatch{second});
  grid.expect<BatchAccepted>(third);

  const GroupId lab = grid.group("lab", false, true, {kOwner, kStranger});
  Group small = grid.stored(lab);
  small.quota.batches = 1;
  grid.expect<GroupKept>(PutGroup{small});
  grid.submit(kStranger, Where::kGroup, lab);
  SubmitBatch another;
  another.plan = {kOwner, "test", 1, {}, {}};
  another.plan.where = Where::kGroup;
  another.plan.group = lab;
  CHECK(grid.expectError(another).code == ErrorCode::kTooLarge);
}

TEST_CASE("batches that name a group have its quota of attempts together, and go on when there is room") {
  Grid grid;
  const GroupId lab = grid.group("lab", false, true);
  Group small = grid.stored(lab);
  small.quota.attempts = 2;
  grid.expect<GroupKept>(PutGroup{small});
  const HostId host = grid.enrolIn(lab);
  grid.submit(kOwner, Where::kGroup, lab);
  grid.submit(kMember, Where::kGroup, lab);
  const std::vector<Lease> held = grid.fetch(host, 8);
  REQUIRE(held.size() == 2);
  CHECK(grid.fetch(host, 8, {held[0].attempt, held[1].attempt}).empty());
  grid.give(host, World::result(held[0]), {held[1].attempt});
  CHECK(grid.fetch(host, 8, {held[1].attempt}).size() == 1);
}

}  // namespace hearth::core::test
