// SPDX-License-Identifier: GPL-3.0-or-later
// What every store does with the directory: names and keys that people take.
#include <catch2/catch.hpp>

#include "support/store_backends.h"
#include "support/store_sample.h"
#include "support/store_text.h"

using namespace hearth;
using namespace hearth::tests;

namespace {

AccountInsert account(const std::string& name, std::uint64_t id = 0) {
  return {{{id}, name, RoleSet{}.with(Role::kVolunteer), {77}}};
}

AccessTokenInsert token(std::uint64_t secret, const std::string& name, std::uint64_t id = 0) {
  return {{digestOf(secret), {id}, "label", {1}, {2}}, name};
}

}  // namespace

TEMPLATE_TEST_CASE("accounts get the next id unless they bring one", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  applyOne(backend.store(), {account("ada"), account("grace", 40), account("emmy")});
  backend.reopen();
  db::ReadStore& read = backend.read();
  CHECK(must(read.accountByName("ada"))->id == AccountId{1});
  CHECK(must(read.accountByName("emmy"))->id == AccountId{41});
  const auto grace = must(read.account({40}));
  REQUIRE(grace);
  CHECK(*grace == Account{{40}, "grace", RoleSet{}.with(Role::kVolunteer), {77}});
  CHECK_FALSE(must(read.account({2})));
  CHECK_FALSE(must(read.accountByName("Ada")));
  CHECK(must(read.accounts({}, 2)).size() == 2);
  CHECK(must(read.accounts({1}, 100)).at(0) == *grace);
  CHECK(must(read.accounts({41}, 100)).empty());

  applyOne(backend.store(), {AccountRoles{{40}, RoleSet{}.with(Role::kAdmin).with(Role::kAuditor)}});
  CHECK(must(read.account({40}))->roles == RoleSet{}.with(Role::kAdmin).with(Role::kAuditor));
}

TEMPLATE_TEST_CASE("a unit that conflicts is dropped whole and the others are kept", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  applyOne(backend.store(), {account("ada"), token(1, "ada"), sampleVersion("ecm", "1.0", 5)});
  const Changes conflicts{
      account("ada"),         account("other", 1),           token(1, "ada"), token(50, "nobody"), token(50, "", 99),
      AccountRoles{{99}, {}}, sampleVersion("ecm", "1.0", 6)};
  for (const Change& conflict : conflicts) {
    INFO("kind " << conflict.index());
    const std::string before = textOf(backend.store(), backend.read());
    const std::vector<db::Unit> dropped{{{AuditAppend{}, HostPut{sampleHost(1, 1)}, account("eve"), token(51, "eve"),
                                          conflict, DataPut{{1}, digestOf(3), 1, {}}}}};
    CHECK(must(backend.store().apply(dropped)) == std::vector<db::Outcome>{db::Outcome::kConflict});
    CHECK(textOf(backend.store(), backend.read()) == before);
  }
  const std::vector<db::Unit> units{{{account("grace"), token(2, "grace")}},
                                    {{account("emmy"), account("ada")}},
                                    {{account("grace")}},
                                    {{account("emmy"), token(3, "emmy")}},
                                    {{HostPut{sampleHost(1, 1)}}}};
  using enum db::Outcome;
  CHECK(must(backend.store().apply(units)) == std::vector<db::Outcome>{kDone, kConflict, kConflict, kDone, kDone});
  backend.reopen();
  db::ReadStore& read = backend.read();
  CHECK(must(read.accountByName("grace"))->id == AccountId{2});
  CHECK(must(read.accountByName("emmy"))->id == AccountId{3});
  CHECK(must(read.accessToken(digestOf(2)))->account == AccountId{2});
  CHECK(must(read.accessToken(digestOf(3)))->account == AccountId{3});
  CHECK(must(read.accounts({}, 100)).size() == 3);
  CHECK(must(read.hosts({1}, {}, 100)).size() == 1);
}

TEMPLATE_TEST_CASE("an access token belongs to an account and can be deleted", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  applyOne(backend.store(), {account("ada"), token(1, "ada"), token(2, "someone else", 1)});
  CHECK(must(backend.read().accessToken(digestOf(1))) == AccessToken{digestOf(1), {1}, "label", {1}, {2}});
  CHECK(must(backend.read().accessToken(digestOf(2)))->account == AccountId{1});
  CHECK_FALSE(must(backend.read().accessToken(digestOf(3))));
  CHECK(applyOne(backend.store(), {AccessTokenDelete{digestOf(1)}, AccessTokenDelete{digestOf(9)}}) ==
        db::Outcome::kDone);
  backend.reopen();
  CHECK_FALSE(must(backend.read().accessToken(digestOf(1))));
  CHECK(must(backend.read().accessToken(digestOf(2))));
}

TEMPLATE_TEST_CASE("hosts are listed by account or all of them, page by page", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  for (std::uint64_t id = 1; id <= 7; ++id) applyOne(backend.store(), {HostPut{sampleHost(id, id % 2 + 1)}});
  Host revoked = sampleHost(3, 2);
  revoked.revoked = true;
  revoked.description.memoryBytes = ~0ULL;
  applyOne(backend.store(), {HostPut{revoked}});
  backend.reopen();
  db::ReadStore& read = backend.read();
  CHECK(must(read.hosts({2}, {}, 2)) == std::vector<Host>{sampleHost(1, 2), revoked});
  CHECK(must(read.hosts({2}, {3}, 100)) == std::vector<Host>{sampleHost(5, 2), sampleHost(7, 2)});
  CHECK(must(read.hosts({}, {5}, 100)) == std::vector<Host>{sampleHost(6, 1), sampleHost(7, 2)});
  CHECK(must(read.hosts({9}, {}, 100)).empty());
}

TEMPLATE_TEST_CASE("data may be used by the owners it was put for", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  applyOne(backend.store(), {DataPut{{1}, digestOf(1), 10, {}}, DataPut{{1}, digestOf(1), 10, {}}});
  backend.reopen();
  CHECK(must(backend.read().mayUse({1}, digestOf(1))));
  CHECK_FALSE(must(backend.read().mayUse({2}, digestOf(1))));
  CHECK_FALSE(must(backend.read().mayUse({1}, digestOf(2))));
}

TEMPLATE_TEST_CASE("a key is asked for until it is approved", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  const KeyApproval release = sampleApproval(KeyApproval::Role::kRelease, "", "r");
  KeyApproval ada = sampleApproval(KeyApproval::Role::kAccount, "ada", "a");
  applyOne(backend.store(),
           {account("ada"), account("grace"), KeyRequestPut{{1}, "a", {5}}, KeyRequestPut{{2}, "a", {6}},
            KeyRequestPut{{1}, "b", {7}}, KeyRequestPut{{1}, "b", {8}}, KeyApprovalPut{release}});
  const auto asked = must(backend.read().keyRequests());
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].accountName == "ada");
  CHECK(asked[1].key == "b");
  CHECK(asked[1].created == Instant{7});
  CHECK(asked[2].account == AccountId{2});

  applyOne(backend.store(), {KeyApprovalPut{ada}});
  ada.signature = "renewed";
  applyOne(backend.store(), {KeyApprovalPut{ada}});
  backend.reopen();
  CHECK(must(backend.read().keyRequests()).size() == 2);
  CHECK(must(backend.read().keyApprovals("ada")) == std::vector<KeyApproval>{ada});
  CHECK(must(backend.read().keyApprovals("")) == std::vector<KeyApproval>{release});
  CHECK(must(backend.read().keyApprovals("grace")).empty());
}

TEMPLATE_TEST_CASE("the newest app version is found by name, or one by its version", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  applyOne(backend.store(), {sampleVersion("ecm", "2.0", 20), sampleVersion("ecm", "1.0", 10),
                             sampleVersion("hmmer", "3", 5), sampleVersion("ecm", "2.1", 20)});
  backend.reopen();
  db::ReadStore& read = backend.read();
  CHECK(must(read.appVersion("ecm", ""))->version == "2.1");
  const auto old = must(read.appVersion("ecm", "1.0"));
  REQUIRE(old);
  CHECK(old->package == digestOf(10));
  CHECK(old->signature == sampleVersion("ecm", "1.0", 10).signature);
  CHECK(old->created == Instant{10});
  CHECK_FALSE(must(read.appVersion("ecm", "3.0")));
  CHECK_FALSE(must(read.appVersion("povray", "")));
  const auto all = must(read.appVersions());
  REQUIRE(all.size() == 4);
  CHECK(all[0].version == "1.0");
  CHECK(all[2].version == "2.1");
  CHECK(all[3].name == "hmmer");
}

TEMPLATE_TEST_CASE("the audit is numbered in order and paged", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  for (int i = 1; i <= 5; ++i)
    applyOne(backend.store(), {AuditAppend{{i}, {1}, "host.revoke", "host " + std::to_string(i), "lied"}});
  backend.reopen();
  const auto page = must(backend.read().audit(2, 2));
  REQUIRE(page.size() == 2);
  CHECK(page[0].number == 3);
  CHECK(page[0].entry == AuditAppend{{3}, {1}, "host.revoke", "host 3", "lied"});
  CHECK(must(backend.read().audit(5, 100)).empty());
  CHECK(must(backend.read().audit(~0ULL, 100)).empty());
}

TEMPLATE_TEST_CASE("who helped is summed over batches, and named only if they agreed", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  const auto tally = [](std::uint64_t batch, std::int64_t ended, std::vector<Contribution> contributions) {
    return TallyPut{{{batch}, {ended}, std::move(contributions)}};
  };
  const Duration hour = Duration::hours(1);
  applyOne(backend.store(), {account("ada"), account("bob"), account("eve"),
                             tally(1, 7, {{{1}, 10, hour}, {{2}, 1, hour * 3}, {{3}, 5, hour * 9}}),
                             tally(2, 8, {{{1}, 2, hour}}), ListedPut{{1}, true}, ListedPut{{2}, true},
                             ListedPut{{3}, true}, ListedPut{{3}, false}, ListedPut{{1}, true}});
  backend.reopen();
  db::ReadStore& read = backend.read();
  CHECK(must(read.contribution({1})) == Contribution{{1}, 12, hour * 2});
  CHECK(must(read.contribution({4})) == Contribution{{4}, 0, {}});
  CHECK(must(read.leaders(9)) == std::vector<Leader>{{"bob", 1, hour * 3}, {"ada", 12, hour * 2}});
  CHECK(must(read.leaders(1)).size() == 1);
  CHECK(must(read.listed({1})));
  CHECK_FALSE(must(read.listed({3})));

  applyOne(backend.store(), {tally(1, 9, {{{1}, 1, hour}}), AccountErase{{2}}});
  CHECK(must(backend.read().contribution({1})) == Contribution{{1}, 3, hour * 2});
  CHECK(must(backend.read().leaders(9)) == std::vector<Leader>{{"ada", 3, hour * 2}});
}

TEMPLATE_TEST_CASE("a draft is kept with its files until it is deleted", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  const Draft older{"aa", {1}, "old", "name = 1", {}, {}, {5}, {10}};
  Draft newer{"bb", {1}, "new", "", {7}, {}, {6}, {20}};
  const FileRef file{"in/a b.txt", digestOf(3), 12, false};
  const FileRef program{"prog", digestOf(4), 30, true};
  applyOne(backend.store(),
           {account("ada"), DraftPut{older}, DraftPut{newer}, DraftPut{{"cc", {2}, "", "", {}, {}, {7}, {15}}},
            DraftFilePut{"bb", {"prog", digestOf(1), 1, false}}, DraftFilePut{"bb", program}, DraftFilePut{"bb", file},
            DraftFilePut{"cc", file}});
  newer.batch = {9};
  applyOne(backend.store(), {DraftPut{newer}});
  backend.reopen();
  db::ReadStore& read = backend.read();
  CHECK(must(read.draft("bb")) == newer);
  CHECK_FALSE(must(read.draft("dd")));
  CHECK(must(read.drafts({1}, 9)) == std::vector<Draft>{newer, older});
  CHECK(must(read.drafts({1}, 1)) == std::vector<Draft>{newer});
  CHECK(must(read.draftsUntouchedSince({20}, 1)) == std::vector<Draft>{older});
  CHECK(must(read.draftsUntouchedSince({20}, 9)).size() == 2);
  CHECK(must(read.draftFiles("bb", "", 9)) == std::vector<FileRef>{file, program});
  CHECK(must(read.draftFiles("bb", "in/a b.txt", 9)) == std::vector<FileRef>{program});
  CHECK(must(read.draftFile("bb", "prog")) == program);
  CHECK_FALSE(must(read.draftFile("aa", "prog")));
  CHECK(must(read.draftTotals("bb")) == DraftTotals{2, 42});
  CHECK(must(read.draftTotals("aa")) == DraftTotals{});
  CHECK(must(read.draftTotalsOf({2})) == DraftTotals{1, 12});

  applyOne(backend.store(), {DraftFileDelete{"bb", "prog"}, DraftDelete{"cc"}, DraftDelete{"zz"}});
  backend.reopen();
  CHECK(must(backend.read().draftTotalsOf({1})) == DraftTotals{1, 12});
  CHECK(must(backend.read().draftTotals("cc")) == DraftTotals{});
  CHECK_FALSE(must(backend.read().draft("cc")));
}

TEMPLATE_TEST_CASE("with a draft goes what its owner had only for it", "", MemoryBackend, SqliteBackend) {
  TestType backend;
  const AccountId ada{1}, bob{2};
  const auto data = [](AccountId owner, std::uint64_t which, std::int64_t at) {
    return DataPut{owner, digestOf(which), 10, {at}};
  };
  const auto file = [](const std::string& draft, std::uint64_t which) {
    return DraftFilePut{draft, {"f" + std::to_string(which), digestOf(which), 10, false}};
  };
  const BatchInsert batch = sampleBatch(3, ada.value, 1);  // names digestOf(3), digestOf(4)
  applyOne(backend.store(), {account("ada"), account("bob")});
  applyOne(backend.store(),
           {DraftPut{{"aa", ada, "", "", {}, {}, {10}, {20}}}, DraftPut{{"bb", ada, "", "", {}, {}, {10}, {20}}},
            data(ada, 1, 12), file("aa", 1),                 // in this draft only
            data(ada, 2, 12), file("aa", 2), file("bb", 2),  // in another one, too
            data(ada, 3, 12), file("aa", 3), batch,          // in a batch, too
            data(ada, 8, 15),                                // was in the draft once
            data(ada, 5, 5), file("aa", 5),                  // older than the draft
            data(ada, 6, 5), data(ada, 7, 25),               // never of the draft
            data(bob, 1, 12)});                              // somebody else's
  const auto has = [&](AccountId owner, std::uint64_t which) {
    return must(backend.read().mayUse(owner, digestOf(which)));
  };
  SECTION("deleted") {
    applyOne(backend.store(), {DraftDelete{"aa"}});
    backend.reopen();
    for (const std::uint64_t gone : {1, 8, 5}) CHECK_FALSE(has(ada, gone));
    for (const std::uint64_t kept : {2, 3, 6, 7}) CHECK(has(ada, kept));
    CHECK(has(bob, 1));
    CHECK(must(backend.read().dataBytes(ada)) == 40);
    CHECK(must(backend.read().follow().isNamed(digestOf(1))));
    CHECK_FALSE(must(backend.read().follow().isNamed(digestOf(8))));
  }
  SECTION("of somebody who publishes, whose packages' files stand in no table") {
    AppVersionInsert version = sampleVersion("ecm", "1.0", 6);
    version.publisher = ada;
    applyOne(backend.store(), {version, DraftDelete{"aa"}});
    for (const std::uint64_t kept : {1, 2, 3, 5, 6, 7, 8}) CHECK(has(ada, kept));
  }
}

TEMPLATE_TEST_CASE("an upload is listed until it is complete and kept until it is deleted", "", MemoryBackend,
                   SqliteBackend) {
  TestType backend;
  UploadRecord first{"u1", {1}, 100, "filename YQ==", "d", "a", false, {}, {5}};
  const UploadRecord second{"u2", {1}, 1, "", "", "", false, {}, {6}};
  applyOne(backend.store(), {account("ada"), UploadPut{first}, UploadPut{second},
                             UploadPut{{"u3", {2}, 1, "", "", "", false, {}, {7}}}});
  CHECK(must(backend.read().uploadsOf({1}, 9)) == std::vector<UploadRecord>{second, first});
  first.complete = true;
  first.digest = digestOf(5);
  applyOne(backend.store(), {UploadPut{first}});
  backend.reopen();
  db::ReadStore& read = backend.read();
  CHECK(must(read.upload("u1")) == first);
  CHECK(must(read.uploadsOf({1}, 9)) == std::vector<UploadRecord>{second});
  CHECK(must(read.uploadsBefore({7}, 9)) == std::vector<UploadRecord>{first, second});
  CHECK(must(read.uploadsBefore({7}, 1)) == std::vector<UploadRecord>{first});
  applyOne(backend.store(), {UploadDelete{"u1"}, UploadDelete{"none"}});
  CHECK_FALSE(must(backend.read().upload("u1")));
}
