// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/states.h"

#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "model/account.h"
#include "model/attempt.h"
#include "model/requirements.h"

using namespace hearth;

namespace {

/// The legal changes of a machine as "from>to" words.
template <typename State>
std::set<std::string> legal(int states) {
  std::set<std::string> changes;
  for (int from = 0; from < states; ++from) {
    for (int to = 0; to < states; ++to) {
      const auto a = static_cast<State>(from);
      const auto b = static_cast<State>(to);
      if (isLegal(a, b)) changes.insert(std::string(name(a)) + ">" + name(b));
    }
  }
  return changes;
}

template <typename Value, typename Parse>
void readBack(int count, Parse parse) {
  for (int i = 0; i < count; ++i) {
    const auto value = static_cast<Value>(i);
    REQUIRE(parse(name(value)));
    CHECK(*parse(name(value)) == value);
  }
}

}  // namespace

TEST_CASE("a task changes only as DESIGN says and may be taken up again once decided") {
  CHECK(legal<TaskState>(5) == std::set<std::string>{"pending>active", "pending>cancelled", "active>certified",
                                                     "active>failed", "active>cancelled", "certified>active",
                                                     "failed>active"});
}

TEST_CASE("an attempt changes only as DESIGN says, a late return revives it and re-certification condemns it") {
  CHECK(legal<AttemptState>(7) == std::set<std::string>{"leased>returned", "leased>expired", "leased>aborted",
                                                        "leased>error", "returned>valid", "returned>invalid",
                                                        "expired>returned", "valid>invalid"});
}

TEST_CASE("a batch changes only as DESIGN says and runs again with its tasks") {
  CHECK(legal<BatchState>(5) == std::set<std::string>{"open>running", "open>paused", "open>cancelled", "running>paused",
                                                      "running>done", "running>cancelled", "paused>running",
                                                      "paused>done", "paused>cancelled", "done>running"});
}

TEST_CASE("names of states and exits read back") {
  readBack<TaskState>(5, parseTaskState);
  readBack<AttemptState>(7, parseAttemptState);
  readBack<BatchState>(5, parseBatchState);
  readBack<ExitKind>(10, parseExitKind);
  for (int tier = 0; tier < 4; ++tier) {
    const auto value = static_cast<SandboxTier>(tier);
    CHECK(parseSandboxTier(sandboxTierName(value)) == value);
  }
  for (const Role role : {Role::kVolunteer, Role::kScientist, Role::kOperator, Role::kAdmin, Role::kAuditor}) {
    CHECK(parseRole(name(role)) == role);
  }
}

TEST_CASE("an unknown name is refused with the nearest one and the list of all") {
  const auto state = parseTaskState("faild");
  REQUIRE_FALSE(state);
  CHECK(state.error().message == "'faild' is no task state. Did you mean 'failed'?");
  CHECK(state.error().hint == "Use one of: pending, active, certified, failed, cancelled.");
  CHECK_FALSE(parseSandboxTier("Cgroup"));
  CHECK_FALSE(parseRole(""));
}

TEST_CASE("roles make a set") {
  const RoleSet roles = RoleSet{}.with(Role::kScientist).with(Role::kAuditor);
  CHECK(roles.has(Role::kScientist));
  CHECK(roles.has(Role::kAuditor));
  CHECK_FALSE(roles.has(Role::kAdmin));
}

TEST_CASE("account names are short and plain") {
  CHECK(checkAccountName("ada.lovelace_1-x"));
  for (const std::string& bad : {std::string(), std::string("Ada"), std::string("a b"), std::string("a/b"),
                                 std::string("\xC3\xA4"), std::string(201, 'a')}) {
    INFO(bad);
    CHECK_FALSE(checkAccountName(bad));
  }
}
