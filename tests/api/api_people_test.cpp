// SPDX-License-Identifier: GPL-3.0-or-later
// Who may do what: tokens, roles, and what accounts see of each other.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "certs/join_link.h"
#include "certs/sha256.h"
#include "support/api_fixture.h"
#include "wire/package_json.h"

namespace hearth::test {
namespace {

using server::Method;

struct Town : ApiFixture {
  Person alice = addPerson("alice", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer));
  Person bob = addPerson("bob", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer));
  Person oscar = addPerson("oscar", RoleSet{}.with(Role::kOperator));
  Person admin = addPerson("ada", RoleSet{}.with(Role::kAdmin));
  Person auditor = addPerson("audrey", RoleSet{}.with(Role::kAuditor));

  std::vector<wire::AuditView> audit(const Person& person) {
    std::vector<wire::AuditView> all;
    const auto page = wire::parseAuditPage(get(person, "/api/v1/audit").body);
    return page.value().entries;
  }
};

}  // namespace

TEST_CASE("a call of people needs an access token that is known and has not expired") {
  Town town;
  const Reply none = town.call(Method::kGet, "/api/v1/me");
  CHECK(none.problem().code == ErrorCode::kUnauthorized);
  CHECK_THAT(none.header("www-authenticate"), Catch::StartsWith("Bearer"));
  Person wrong = town.alice;
  wrong.token += "x";
  CHECK(town.get(wrong, "/api/v1/me").problem().code == ErrorCode::kUnauthorized);
  CHECK(town.call(Method::kGet, "/api/v1/me", {}, {{"authorization", "Basic YTpi"}}).status == 401);
  CHECK(town.call(Method::kGet, "/api/v1/me", {}, {{"authorization", "Bearer " + std::string(5'000, 'x')}}).status ==
        401);
  const auto me = wire::parseMeView(town.get(town.alice, "/api/v1/me").body).value();
  CHECK(me.name == "alice");
  CHECK(me.rootKey == town.rootKey.publicKey);
  CHECK(me.project == "Test Project");
  town.advance(Duration::days(31));
  CHECK_THAT(town.get(town.alice, "/api/v1/me").problem().message, Catch::Contains("expired"));
}

TEST_CASE("a deleted token is worth nothing at once") {
  Town town;
  const Reply made = town.post(town.alice, "/api/v1/tokens", R"({"label":"laptop","ttlMs":60000})");
  REQUIRE(made.status == 201);
  CHECK(made.header("cache-control") == "no-store");
  const Person laptop{town.alice.id, "alice", wire::parseAccessTokenView(made.body).value().token};
  CHECK(town.get(laptop, "/api/v1/me").status == 200);
  SECTION("deleted") {
    CHECK(town.as(laptop, Method::kDelete, "/api/v1/tokens/current").status == 204);
    CHECK(town.get(laptop, "/api/v1/me").status == 401);
    CHECK(town.get(town.alice, "/api/v1/me").status == 200);
  }
  SECTION("at the end of its life, though it was used a moment before") {
    town.advance(Duration::milliseconds(59'500));
    CHECK(town.get(laptop, "/api/v1/me").status == 200);
    town.advance(Duration::milliseconds(600));
    CHECK(town.get(laptop, "/api/v1/me").status == 401);
  }
  SECTION("no token lives for ever") {
    CHECK(town.post(town.alice, "/api/v1/tokens", R"({"label":"x","ttlMs":99999999999})").problem().code ==
          ErrorCode::kTooLarge);
  }
}

TEST_CASE("an admin sets what an account may do, at once and on record; nobody else does") {
  Town town;
  const std::string path = "/api/v1/accounts/bob/roles";
  const auto set = [&](const Person& person, const std::string& at, const std::string& roles) {
    return town.as(person, Method::kPut, at, R"({"roles":)" + roles + "}");
  };
  CHECK(town.get(town.bob, "/api/v1/batches").status == 200);
  CHECK(set(town.alice, path, R"(["admin"])").status == 403);
  CHECK(set(town.oscar, path, R"(["admin"])").status == 403);
  CHECK(set(town.admin, path, R"(["volunteer","auditor"])").status == 200);
  CHECK(town.get(town.bob, "/api/v1/batches").status == 403);
  CHECK(town.get(town.bob, "/api/v1/audit").status == 200);
  CHECK(set(town.admin, path, R"(["scientist"])").status == 200);
  CHECK(town.get(town.bob, "/api/v1/audit").status == 403);
  CHECK(set(town.admin, path, R"(["king"])").status == 400);
  CHECK(set(town.admin, "/api/v1/accounts/nobody/roles", "[]").status == 404);
  CHECK(set(town.admin, "/api/v1/accounts/ada/roles", R"(["scientist"])").status == 409);
  CHECK(set(town.admin, "/api/v1/accounts/ada/roles", R"(["scientist","admin"])").status == 200);
  const auto entries = town.audit(town.auditor);
  const auto last = std::find_if(entries.rbegin(), entries.rend(),
                                 [](const wire::AuditView& entry) { return entry.subject == "account bob"; });
  REQUIRE(last != entries.rend());
  CHECK(last->action == "account.roles");
  CHECK(last->detail == "scientist");
}

TEST_CASE("accounts see nothing of each other: other people's things do not exist") {
  Town town;
  const BatchId batch = town.submit(town.alice, town.spec(town.alice, 1));
  SimulatedHost host(town);
  host.enrol(town.joinToken(town.alice));
  host.finish(host.sync(1).attempts.at(0), "alice's result");
  host.sync(0);
  const std::string path = "/api/v1/batches/" + std::to_string(batch.value);
  const std::string output = path + "/tasks/0/blobs/" + certs::sha256("alice's result").hex();
  REQUIRE(town.get(town.alice, output).body == "alice's result");

  SECTION("every path under a batch") {
    for (const std::string suffix : {"", "/spec", "/events", "/tasks", "/tasks/0", "/results"}) {
      INFO(suffix);
      CHECK(town.get(town.bob, path + suffix).problem().code == ErrorCode::kNotFound);
      CHECK(town.get(town.alice, path + suffix).status == 200);
    }
    for (const std::string verb : {"/cancel", "/pause", "/resume", "/retry"}) {
      CHECK(town.post(town.bob, path + verb).problem().code == ErrorCode::kNotFound);
    }
    CHECK(town.get(town.bob, output).problem().code == ErrorCode::kNotFound);
    CHECK(town.batch(town.alice, batch).state == BatchState::kDone);
  }
  SECTION("a result's blob through a batch of one's own") {
    const BatchId own = town.submit(town.bob, town.spec(town.bob, 1));
    const std::string stolen = "/api/v1/batches/" + std::to_string(own.value) + "/tasks/0/blobs/";
    CHECK(town.get(town.bob, stolen + certs::sha256("alice's result").hex()).problem().code == ErrorCode::kNotFound);
    CHECK(town.get(town.bob, stolen + Digest{}.hex()).problem().code == ErrorCode::kNotFound);
  }
  SECTION("lists") {
    CHECK(wire::parseBatchPage(town.get(town.bob, "/api/v1/batches").body).value().batches.empty());
    CHECK(wire::parseHostPage(town.get(town.bob, "/api/v1/hosts").body).value().hosts.empty());
    CHECK(wire::parseHostPage(town.get(town.alice, "/api/v1/hosts").body).value().hosts.size() == 1);
    CHECK(town.get(town.bob, "/api/v1/batches?all=1").problem().code == ErrorCode::kForbidden);
    CHECK(town.get(town.bob, "/api/v1/hosts?account=alice").problem().code == ErrorCode::kForbidden);
  }
  SECTION("uploads") {
    const Digest data = town.upload(town.alice, "alice's data");
    const std::string blob = "/api/v1/blobs/" + data.hex();
    CHECK(town.as(town.alice, Method::kHead, blob).status == 200);
    const Reply state = town.as(town.bob, Method::kHead, blob);
    CHECK(state.status == 404);
    CHECK(state.header("upload-offset") == "0");
    CHECK(town.upload(town.bob, "alice's data") == data);  // who has the bytes may have them here too
    CHECK(town.as(town.bob, Method::kHead, blob).status == 200);
  }
  SECTION("hosts") {
    const std::string revoke = "/api/v1/hosts/" + std::to_string(host.id.value) + "/revoke";
    CHECK(town.post(town.bob, revoke).problem().code == ErrorCode::kNotFound);
    host.sync(0);
    CHECK(town.post(town.bob, "/api/v1/join-tokens", R"({"uses":1,"account":"alice"})").problem().code ==
          ErrorCode::kForbidden);
  }
  SECTION("numbers that are none") {
    for (const std::string id : {"0", "-1", "x", "99999999999999999999", "1x", "999"}) {
      CHECK(town.get(town.alice, "/api/v1/batches/" + id).problem().code == ErrorCode::kNotFound);
    }
    CHECK(town.get(town.alice, path + "/tasks/1").problem().code == ErrorCode::kNotFound);
    CHECK(town.get(town.alice, path + "/tasks/x").problem().code == ErrorCode::kNotFound);
    CHECK(town.get(town.alice, path + "/tasks?state=odd").problem().code == ErrorCode::kInvalid);
    CHECK(town.get(town.alice, path + "/tasks?from=x").problem().code == ErrorCode::kInvalid);
  }
}

TEST_CASE("an operator steers everybody's batches, sees no results, and leaves a record") {
  Town town;
  const BatchId batch = town.submit(town.alice, town.spec(town.alice));
  const std::string path = "/api/v1/batches/" + std::to_string(batch.value);
  CHECK(town.get(town.oscar, path).status == 200);
  CHECK(town.get(town.oscar, path + "/tasks").status == 200);
  CHECK(town.get(town.oscar, path + "/results").problem().code == ErrorCode::kForbidden);
  CHECK(town.get(town.oscar, path + "/spec").problem().code == ErrorCode::kForbidden);
  CHECK(town.get(town.oscar, path + "/tasks/0/blobs/" + Digest{}.hex()).problem().code == ErrorCode::kForbidden);
  CHECK(wire::parseBatchPage(town.get(town.oscar, "/api/v1/batches?all=1").body).value().batches.size() == 1);

  const auto paused = wire::parseBatchView(town.post(town.oscar, path + "/pause").body).value();
  CHECK(paused.state == BatchState::kPaused);
  CHECK_THAT(paused.reason, Catch::Contains("oscar"));
  CHECK(wire::parseBatchView(town.post(town.alice, path + "/resume").body).value().state != BatchState::kPaused);
  CHECK(wire::parseBatchView(town.post(town.oscar, path + "/cancel").body).value().state == BatchState::kCancelled);

  const auto entries = town.audit(town.auditor);
  REQUIRE(entries.size() == 2);  // what owners do to their own is not on record
  CHECK(entries[0].action == "batch.pause");
  CHECK(entries[0].actorName == "oscar");
  CHECK(entries[1].subject == "batch " + std::to_string(batch.value));
}

TEST_CASE("roles are needed where they are") {
  Town town;
  struct Call {
    const Person& person;
    Method method;
    std::string path;
  };
  for (const Call& one : std::vector<Call>{{town.alice, Method::kGet, "/api/v1/accounts"},
                                           {town.oscar, Method::kPost, "/api/v1/accounts"},
                                           {town.alice, Method::kGet, "/api/v1/audit"},
                                           {town.oscar, Method::kPost, "/api/v1/batches"},
                                           {town.auditor, Method::kGet, "/api/v1/batches"},
                                           {town.auditor, Method::kPost, "/api/v1/join-tokens"},
                                           {town.oscar, Method::kPost, "/api/v1/keys/approvals"},
                                           {town.alice, Method::kPost, "/api/v1/applications"},
                                           {town.auditor, Method::kPut, "/api/v1/blobs/" + Digest{}.hex()}}) {
    INFO(one.path << " as " << one.person.name);
    const Error error = town.as(one.person, one.method, one.path).problem();
    CHECK(error.code == ErrorCode::kForbidden);
    CHECK_THAT(error.hint, Catch::Contains("role"));
  }
}

TEST_CASE("an admin sets what an account's batches get, on record; others may not") {
  Town town;
  const Reply set = town.post(town.admin, "/api/v1/accounts/alice/weight", R"({"weight":3})");
  REQUIRE(set.status == 200);
  CHECK(wire::parseAccountWeight(set.body)->weight == 3);
  CHECK(town.audit(town.admin).back().action == "account.weight");
  CHECK(town.audit(town.admin).back().subject == "account alice");
  const std::vector<AccountWeightPut> kept = town.store.store->restore().value().accountWeights;
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].account == town.alice.id);
  CHECK(kept[0].weight == 3);
  CHECK(town.post(town.admin, "/api/v1/accounts/nobody/weight", R"({"weight":3})").problem().code ==
        ErrorCode::kNotFound);
  CHECK(town.post(town.admin, "/api/v1/accounts/alice/weight", R"({"weight":0})").problem().code ==
        ErrorCode::kInvalid);
  CHECK(town.post(town.oscar, "/api/v1/accounts/alice/weight", R"({"weight":3})").problem().code ==
        ErrorCode::kForbidden);
}

TEST_CASE("an admin makes accounts, whose first token works") {
  Town town;
  const Reply made = town.post(town.admin, "/api/v1/accounts", R"({"name":"carol","roles":["scientist"]})");
  REQUIRE(made.status == 201);
  const auto created = wire::parseAccountCreated(made.body).value();
  CHECK(created.account.name == "carol");
  const Person carol{created.account.id, "carol", created.token};
  CHECK(wire::parseMeView(town.get(carol, "/api/v1/me").body).value().roles == RoleSet{}.with(Role::kScientist));
  CHECK(town.post(town.admin, "/api/v1/accounts", R"({"name":"carol","roles":["volunteer"]})").problem().code ==
        ErrorCode::kConflict);
  CHECK(town.post(town.admin, "/api/v1/accounts", R"({"name":"C a","roles":["volunteer"]})").problem().code ==
        ErrorCode::kInvalid);
  CHECK(town.post(town.admin, "/api/v1/accounts", R"({"name":"dan","rolls":["volunteer"]})").problem().code ==
        ErrorCode::kInvalid);
  const auto page = wire::parseAccountPage(town.get(town.admin, "/api/v1/accounts?limit=2").body).value();
  CHECK(page.accounts.size() == 2);
  REQUIRE(page.next);
  CHECK(wire::parseAccountPage(town.get(town.admin, "/api/v1/accounts?after=" + std::to_string(*page.next)).body)
            .value()
            .accounts.size() == 4);
  CHECK(town.audit(town.admin).back().action == "account.create");
}

TEST_CASE("limits of lists are clamped, not refused") {
  Town town;
  for (int i = 0; i < 3; ++i) town.submit(town.alice, town.spec(town.alice, 1));
  CHECK(wire::parseBatchPage(town.get(town.alice, "/api/v1/batches?limit=0").body).value().batches.size() == 1);
  CHECK(wire::parseBatchPage(town.get(town.alice, "/api/v1/batches?limit=999999999").body).value().batches.size() == 3);
  const auto page = wire::parseBatchPage(town.get(town.alice, "/api/v1/batches?limit=2").body).value();
  REQUIRE(page.next);
  const auto rest =
      wire::parseBatchPage(town.get(town.alice, "/api/v1/batches?before=" + std::to_string(*page.next)).body).value();
  CHECK(rest.batches.size() == 1);
  CHECK_FALSE(rest.next);
  CHECK(town.get(town.alice, "/api/v1/batches?limit=x").problem().code == ErrorCode::kInvalid);
}

TEST_CASE("a join link carries all that an agent needs") {
  Town town;
  const Reply made = town.post(town.alice, "/api/v1/join-tokens", R"({"uses":2,"ttlMs":3600000})");
  REQUIRE(made.status == 201);
  CHECK(made.header("cache-control") == "no-store");
  const auto view = wire::parseJoinTokenView(made.body).value();
  const auto link = certs::parseJoinLink(view.link).value();
  CHECK(link.server == "grid.example:8443");
  CHECK(link.token == view.token);
  CHECK(link.authority == town.authority.certificateFingerprint());
  CHECK(link.root == certs::keyFingerprint(town.rootKey.publicKey).value());
  CHECK(view.expires == town.now() + Duration::hours(1));
  CHECK(town.post(town.alice, "/api/v1/join-tokens", R"({"uses":10001})").problem().code == ErrorCode::kTooLarge);
  REQUIRE(town.post(town.oscar, "/api/v1/join-tokens", R"({"uses":1,"account":"bob"})").status == 201);
  CHECK(town.audit(town.admin).back().action == "join-token.create");
  CHECK(town.post(town.oscar, "/api/v1/join-tokens", R"({"uses":1,"account":"nobody"})").problem().code ==
        ErrorCode::kNotFound);
}

TEST_CASE("a signing key is asked for, approved by a key that may, and listed") {
  Town town;
  const certs::SigningKey own = certs::newSigningKey().value();
  const certs::SigningKey release = certs::newSigningKey().value();
  const Instant later = town.now() + Duration::days(100);
  REQUIRE(town.post(town.alice, "/api/v1/keys", wire::toJson(wire::KeyRequest{own.publicKey})).status == 202);
  CHECK(town.post(town.alice, "/api/v1/keys", R"({"key":"abc"})").problem().code == ErrorCode::kInvalid);
  const auto asked = wire::parseKeysView(town.get(town.admin, "/api/v1/keys").body).value();
  REQUIRE(asked.requests.size() == 1);
  CHECK(asked.requests[0].account == "alice");
  CHECK(wire::parseKeysView(town.get(town.bob, "/api/v1/keys").body).value().requests.empty());

  const KeyApproval forAlice{KeyApproval::Role::kAccount, own.publicKey, "alice", later, {}, {}};
  const std::string byRelease = wire::toJson(certs::approveKey(release, forAlice).value());
  CHECK(town.post(town.admin, "/api/v1/keys/approvals", byRelease).problem().code == ErrorCode::kIntegrity);
  const KeyApproval forRelease{KeyApproval::Role::kRelease, release.publicKey, {}, later, {}, {}};
  REQUIRE(
      town.post(town.admin, "/api/v1/keys/approvals", wire::toJson(certs::approveKey(town.rootKey, forRelease).value()))
          .status == 201);
  REQUIRE(town.post(town.admin, "/api/v1/keys/approvals", byRelease).status == 201);
  CHECK(wire::parseKeysView(town.get(town.alice, "/api/v1/keys").body).value().approvals.size() == 2);
  CHECK(wire::parseKeysView(town.get(town.bob, "/api/v1/keys").body).value().approvals.size() == 1);
  CHECK(town.audit(town.admin).size() == 2);
  KeyApproval forNobody = forAlice;
  forNobody.account = "nobody";
  CHECK(
      town.post(town.admin, "/api/v1/keys/approvals", wire::toJson(certs::approveKey(town.rootKey, forNobody).value()))
          .problem()
          .code == ErrorCode::kInvalid);
}

TEST_CASE("data can be uploaded in parts, and the owner is asked where to go on") {
  Town town;
  const std::string bytes(9'000, 'd');
  const std::string path = "/api/v1/blobs/" + certs::sha256(bytes).hex();
  CHECK(town.as(town.alice, Method::kPut, path, bytes.substr(0, 2'500), {{"upload-length", "9000"}}).status == 202);
  CHECK(town.as(town.alice, Method::kHead, path).header("upload-offset") == "2500");
  CHECK(town.as(town.bob, Method::kHead, path).header("upload-offset") == "0");
  const Reply wrong = town.as(town.alice, Method::kPut, path, bytes, {});
  CHECK(wrong.status == 409);
  CHECK(wrong.header("upload-offset") == "2500");
  CHECK(town.as(town.alice, Method::kPut, path, bytes.substr(2'500),
                {{"upload-offset", "2500"}, {"upload-length", "9000"}})
            .status == 201);
  CHECK(town.as(town.alice, Method::kHead, path).status == 200);
  CHECK(town.as(town.alice, Method::kPut, path, "x", {{"upload-offset", "5"}}).problem().code == ErrorCode::kInvalid);
  CHECK(town.as(town.alice, Method::kPut, path, "x", {{"upload-length", "99999999999999"}}).problem().code ==
        ErrorCode::kTooLarge);
  CHECK(town.as(town.alice, Method::kPut, "/api/v1/blobs/xyz", "x").problem().code == ErrorCode::kInvalid);
}

}  // namespace hearth::test
