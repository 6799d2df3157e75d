// SPDX-License-Identifier: GPL-3.0-or-later
// The SQLite store held against the reference: whatever is applied, both tell the same.
#include <catch2/catch.hpp>

#include "base/random.h"
#include "support/store_backends.h"
#include "support/store_sample.h"
#include "support/store_text.h"

using namespace hearth;
using namespace hearth::tests;

namespace {

/// Draws changes over few keys, so that they meet, repeat and contradict each other.
class ChangeSource {
 public:
  explicit ChangeSource(std::uint64_t seed) : m_random(seed) {}

  std::vector<db::Unit> round() {
    std::vector<db::Unit> units(1 + m_random.below(4));
    for (db::Unit& unit : units) {
      for (std::uint32_t left = 1 + m_random.below(4); left > 0; --left) unit.changes.push_back(change());
    }
    return units;
  }

 private:
  std::uint64_t number(std::uint32_t below) { return m_random.below(below); }
  Lease lease() {
    const std::uint64_t attempt = number(12);
    return leaseOf(attempt, attempt % 3 + 1, attempt % 4, static_cast<std::uint32_t>(number(2)));
  }
  AttemptRecord record() { return recordOf(lease(), static_cast<AttemptState>(1 + number(6))); }
  std::string accountName() { return "account " + std::to_string(number(5)); }

  Change change() {
    // Contradictions fail a whole round: most rounds are made of what cannot contradict.
    if (number(8) == 0) return contradictable();
    return number(3) == 0 ? identity() : free();
  }
  std::string secret() { return std::string(1, '\0') + "secret " + std::to_string(number(3)); }
  Change group() {
    const GroupId id{1 + number(3)};
    if (number(4) == 0) return GroupDrop{id};
    if (number(4) == 0) return AccountQuotaPut{{1 + number(5)}, {number(9), number(9), number(9)}};
    if (number(4) == 0) {
      Host host = sampleHost(1 + number(4), 1 + number(3));
      host.group = {number(3)};
      return HostPut{host};
    }
    const std::uint64_t first = 1 + number(3);
    return GroupPut{{id,
                     "group " + std::to_string(number(4)),
                     {first},
                     {{first}, {first + 1 + number(3)}},
                     number(2) == 0,
                     number(2) == 0,
                     {number(5), number(5), 0},
                     {7}}};
  }
  /// By what people are known.
  Change identity() {
    const AccountId account{1 + number(5)};
    switch (number(18)) {
      case 0:
      case 1: {
        AccessToken token{digestOf(number(9)), {number(3)}, "t", {static_cast<std::int64_t>(number(3))}, {2}};
        token.kind = static_cast<TokenKind>(number(2));
        token.scope = static_cast<TokenScope>(number(3));
        token.madeBy = "browser " + std::to_string(number(2));
        return AccessTokenInsert{token, accountName()};
      }
      case 2:
        return AccessTokenSeen{digestOf(number(9)), {static_cast<std::int64_t>(number(9))}};
      case 3:
        return AccessTokensEnd{account, static_cast<TokenKind>(number(2)), digestOf(number(9))};
      case 4:
        return CredentialPut{{{number(6)}, {{14, 8, 1}, secret(), secret()}, {7}}, accountName()};
      case 5:
        return SecondFactorPut{{account, secret(), number(2) == 0, number(4), {3}}};
      case 6:
        return number(2) == 0 ? group() : Change{SecondFactorUse{account, number(6)}};
      case 7:
        return number(3) == 0 ? Change{SecondFactorDrop{account}} : Change{SecondFactorUse{account, number(9)}};
      case 8:
        return RecoveryCodesPut{account, {digestOf(number(9)), digestOf(9 + number(9))}};
      case 9:
        return RecoveryCodeUse{account, digestOf(number(9))};
      case 10:
        return InvitationPut{{digestOf(number(9)),
                              "for a friend",
                              RoleSet{static_cast<std::uint8_t>(number(32))},
                              static_cast<std::uint32_t>(number(3)),
                              account,
                              {static_cast<std::int64_t>(number(3))},
                              {9}}};
      case 11:
        return InvitationUse{digestOf(number(9))};
      case 12:
        return InvitationDrop{digestOf(number(9))};
      case 13:
        return PasswordLinkPut{{digestOf(10 * number(4) + account.value), account, {5}}};
      case 14:
        return PasswordLinkUse{digestOf(10 * number(4) + account.value)};
      case 15:
        return IdentityInsert{
            {"https://id" + std::to_string(number(2)), "s" + std::to_string(number(4)), {number(6)}, "label", {4}},
            accountName()};
      case 16:
        return IdentityDrop{account, "https://id" + std::to_string(number(2)), "s" + std::to_string(number(4))};
      default:
        return AccountErase{account};
    }
  }
  Change contradictable() {
    switch (number(6)) {
      case 0:
        return sampleBatch(1 + number(3), 1 + number(2), 1000,
                           number(2) == 0 ? "" : "key " + std::to_string(number(3)));
      case 1:
        return progressOf(1 + number(3), static_cast<BatchState>(number(5)), number(9));
      case 2:
        return LeaseInsert{lease()};
      case 3:
        return AttemptEnd{record()};
      case 4:
        return AttemptRevive{record()};
      default: {
        const AttemptRecord some = record();
        return AttemptVerdict{some.lease.task, some.lease.attempt, some.state};
      }
    }
  }
  Change free() {
    switch (number(20)) {
      case 0:
      case 1:
        return taskOf(1 + number(3), number(4), static_cast<TaskState>(number(5)), number(12),
                      static_cast<std::uint32_t>(number(2)));
      case 2:
        return HostPut{sampleHost(1 + number(4), 1 + number(3))};
      case 3:
        return JoinTokenPut{{digestOf(number(4)), {1}, static_cast<std::uint32_t>(number(3)), {4}, {number(3)}}};
      case 4:
        return CountersPut{number(9), number(9), number(9), number(9)};
      case 5:
        return AccountInsert{{{number(6)}, accountName(), {}, {5}}};
      case 6:
        return AccountRoles{{1 + number(5)}, RoleSet{static_cast<std::uint8_t>(number(32))}};
      case 7:
        return AccessTokenInsert{{digestOf(number(9)), {number(3)}, "t", {1}, {2}}, accountName()};
      case 8:
        return AccessTokenDelete{digestOf(number(9))};
      case 9:
        return DataPut{{1 + number(3)}, digestOf(number(9)), 1, {}};
      case 10:
        return KeyApprovalPut{sampleApproval(static_cast<KeyApproval::Role>(number(2)),
                                             number(2) == 0 ? "" : accountName(), "key " + std::to_string(number(4)))};
      case 12:
        return CheckpointPut{
            {{1 + number(3)}, number(4)}, {1 + number(5)}, {digestOf(number(9)), number(99)}, number(2) == 0};
      case 13:
        return CheckpointDrop{{{1 + number(3)}, number(4)}, {number(6)}};
      case 11:
        return KeyRequestPut{
            {1 + number(4)}, "key " + std::to_string(number(4)), {static_cast<std::int64_t>(number(9))}};
      case 14:
        return DraftPut{{"d" + std::to_string(number(4)),
                         {1 + number(3)},
                         "n",
                         "m",
                         {},
                         {number(3)},
                         {1},
                         {static_cast<std::int64_t>(number(9))}}};
      case 15:
        return DraftFilePut{"d" + std::to_string(number(4)),
                            {"p" + std::to_string(number(3)), digestOf(number(9)), number(99), number(2) == 0}};
      case 16:
        return number(3) == 0
                   ? Change{DraftDelete{"d" + std::to_string(number(4))}}
                   : Change{DraftFileDelete{"d" + std::to_string(number(4)), "p" + std::to_string(number(3))}};
      case 18:
        if (number(2) == 0) return ListedPut{{1 + number(4)}, number(2) == 0};
        return TallyPut{{{1 + number(3)},
                         {static_cast<std::int64_t>(number(9))},
                         {{{1}, number(9), Duration::seconds(1)}, {{2 + number(2)}, 1, Duration::seconds(2)}}}};
      case 17:
        if (number(3) == 0) return UploadDelete{"u" + std::to_string(number(4))};
        return UploadPut{{"u" + std::to_string(number(4)),
                          {1 + number(3)},
                          5,
                          "m",
                          "d",
                          "p",
                          number(2) == 0,
                          digestOf(number(9)),
                          {static_cast<std::int64_t>(number(9))}}};
      default:
        return number(2) == 0
                   ? Change{AuditAppend{{1}, {2}, "a", "b", std::to_string(number(9))}}
                   : Change{sampleVersion("app", std::to_string(number(4)), static_cast<std::int64_t>(number(3)))};
    }
  }

  RandomStream m_random;
};

}  // namespace

TEST_CASE("the SQLite store tells what the reference tells after any changes") {
  int kept = 0;
  int conflicts = 0;
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    MemoryBackend reference;
    SqliteBackend sqlite;
    ChangeSource source(seed);
    for (int round = 0; round < 150; ++round) {
      const std::vector<db::Unit> units = source.round();
      const auto expected = reference.store().apply(units);
      const auto actual = sqlite.store().apply(units);
      INFO("seed " << seed << ", round " << round);
      REQUIRE(expected.has_value() == actual.has_value());
      if (expected) {
        REQUIRE(*expected == *actual);
        for (const db::Outcome outcome : *expected) ++(outcome == db::Outcome::kDone ? kept : conflicts);
      } else {
        REQUIRE(expected.error().code == actual.error().code);
        ++failures;
      }
      if (round % 10 == 9)
        REQUIRE(textOf(reference.store(), reference.read()) == textOf(sqlite.store(), sqlite.read()));
    }
    sqlite.reopen();
    REQUIRE(textOf(reference.store(), reference.read()) == textOf(sqlite.store(), sqlite.read()));
  }
  CHECK(kept > 500);
  CHECK(conflicts > 50);
  CHECK(failures > 50);
}
