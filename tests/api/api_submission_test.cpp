// SPDX-License-Identifier: GPL-3.0-or-later
// What may be submitted, and what every mistake is answered with.
#include <functional>
#include <string>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "support/api_fixture.h"
#include "wire/package_json.h"

namespace hearth::test {
namespace {

struct Desk : ApiFixture {
  Person alice = addPerson("alice", RoleSet{}.with(Role::kScientist));
  Person bob = addPerson("bob", RoleSet{}.with(Role::kScientist));
  Person chief = addPerson("oscar", RoleSet{}.with(Role::kOperator));

  Reply submitAs(const Person& person, const BatchSpec& spec, const std::string& key = {}) {
    Headers headers;
    if (!key.empty()) headers.emplace_back("idempotency-key", key);
    return post(person, "/api/v1/batches", wire::toJson(spec), headers);
  }
  Error refusal(const BatchSpec& spec) { return submitAs(alice, spec).problem(); }
  /// A spec over a CSV list.
  BatchSpec listSpec(const std::string& csv, std::vector<std::string> columns, std::uint64_t count) {
    BatchSpec made = spec(alice);
    made.command = {"prog"};
    made.sweep.axes.clear();
    made.sweep.list = ListFile{upload(alice, csv), csv.size(), std::move(columns), count};
    return made;
  }
};

}  // namespace

TEST_CASE("a submission is answered with the batch, and its spec can be read back") {
  Desk desk;
  const BatchSpec spec = desk.spec(desk.alice, 10'000'000);
  const Reply reply = desk.submitAs(desk.alice, spec);
  REQUIRE(reply.status == 201);
  const wire::BatchView view = wire::parseBatchView(reply.body).value();
  CHECK(view.tasks == 10'000'000);
  CHECK(view.owner == "alice");
  CHECK(view.name == "a batch");
  CHECK(reply.header("location") == "/api/v1/batches/" + std::to_string(view.id.value));
  const Reply stored = desk.get(desk.alice, reply.header("location") + "/spec");
  CHECK(wire::parseBatchSpec(stored.body).value() == spec);
}

TEST_CASE("a repeated submission makes no second batch") {
  Desk desk;
  const BatchSpec spec = desk.spec(desk.alice);
  const Reply first = desk.submitAs(desk.alice, spec, "key-1");
  REQUIRE(first.status == 201);
  const BatchId id = wire::parseBatchView(first.body).value().id;
  SECTION("the same again") {
    const Reply again = desk.submitAs(desk.alice, spec, "key-1");
    CHECK(again.status == 200);
    CHECK(wire::parseBatchView(again.body).value().id == id);
  }
  SECTION("another spec under the same key is a conflict") {
    BatchSpec other = spec;
    other.policy.retries = 7;
    const Error error = desk.submitAs(desk.alice, other, "key-1").problem();
    CHECK(error.code == ErrorCode::kConflict);
    CHECK_THAT(error.message, Catch::Contains("key-1"));
  }
  SECTION("keys of different accounts do not meet") {
    CHECK(desk.submitAs(desk.bob, desk.spec(desk.bob), "key-1").status == 201);
  }
  SECTION("a key has its bounds") {
    CHECK(desk.submitAs(desk.alice, spec, std::string(201, 'k')).problem().code == ErrorCode::kInvalid);
    CHECK(desk.submitAs(desk.alice, spec, "two words").problem().code == ErrorCode::kInvalid);
  }
}

TEST_CASE("what is wrong with a spec is said before anything is kept") {
  Desk desk;
  BatchSpec spec = desk.spec(desk.alice);
  Error error;
  std::string expected;
  SECTION("an empty list of values") {
    spec.sweep.axes = {ListAxis{"n", {}}};
    error = desk.refusal(spec);
    expected = "n";
  }
  SECTION("a sweep over the limit") {
    spec.sweep.axes.push_back(RangeAxis{"m", 0, 999'999'999, 1, 0});
    spec.sweep.axes.push_back(RangeAxis{"k", 0, 999'999'999, 1, 0});
    error = desk.refusal(spec);
    expected = "tasks";
  }
  SECTION("a parameter that is not there") {
    spec.command.push_back("{m}");
    error = desk.refusal(spec);
    expected = "m";
  }
  SECTION("a path that leads out") {
    spec.outputs = {{"../../etc/passwd", false}};
    error = desk.refusal(spec);
    expected = "..";
  }
  SECTION("a program that the package does not have") {
    spec.command[0] = "progg";
    error = desk.refusal(spec);
    expected = "Did you mean 'prog'?";
  }
  SECTION("hosts of another platform") {
    spec.requirements.platform = "windows-x86_64";
    error = desk.refusal(spec);
    expected = "windows-x86_64";
  }
  SECTION("an application that is not there") {
    spec.application = "nothing";
    spec.package = {};
    spec.signature = {};
    error = desk.refusal(spec);
    expected = "nothing";
  }
  SECTION("a file that was not uploaded") {
    spec.files = {{"in", certs::sha256("never"), 5, false}};
    error = desk.refusal(spec);
    expected = "bundle's file 'in'";
  }
  SECTION("a file of another size") {
    spec.files = {{"in", desk.upload(desk.alice, "data"), 5, false}};
    error = desk.refusal(spec);
    expected = "has 4 bytes";
  }
  SECTION("a file of somebody else looks the same as one that is not there") {
    spec.files = {{"in", desk.upload(desk.bob, "bob's data"), 10, false}};
    error = desk.refusal(spec);
    expected = "was not uploaded by this account";
  }
  INFO(error.message);
  CHECK((error.code == ErrorCode::kInvalid || error.code == ErrorCode::kTooLarge));
  CHECK_THAT(error.message, Catch::Contains(expected));
  CHECK(wire::parseBatchPage(desk.get(desk.alice, "/api/v1/batches").body).value().batches.empty());
}

TEST_CASE("a member that nobody knows is refused with the nearest known one") {
  Desk desk;
  std::string json = wire::toJson(desk.spec(desk.alice));
  json.insert(1, "\"comand\":[],");
  const Error error = desk.post(desk.alice, "/api/v1/batches", json).problem();
  CHECK(error.code == ErrorCode::kInvalid);
  CHECK_THAT(error.message, Catch::Contains("comand") && Catch::Contains("'command'"));
}

TEST_CASE("people's JSON that is broken gets a clear answer") {
  Desk desk;
  const std::string good = wire::toJson(desk.spec(desk.alice));
  for (const std::string& bad : {std::string(), std::string("[]"), good.substr(0, good.size() - 5),
                                 std::string(50'000, '['), good + "x", std::string("{\"name\":\"\xff\xfe\"}")}) {
    const Error error = desk.post(desk.alice, "/api/v1/batches", bad).problem();
    CHECK((error.code == ErrorCode::kInvalid || error.code == ErrorCode::kTooLarge));
  }
  CHECK(desk.post(desk.alice, "/api/v1/batches", std::string(limits::kJsonBodyBytes + 1, ' ')).problem().code ==
        ErrorCode::kTooLarge);
}

TEST_CASE("a package must be whole, and the project's root key must answer for its signature") {
  Desk desk;
  BatchSpec spec = desk.spec(desk.alice);
  SECTION("signed by a key that nobody approved") {
    const certs::SigningKey stranger = certs::newSigningKey().value();
    spec.signature = {stranger.publicKey, certs::signPackage(stranger, spec.package).value(), {}};
    const Error error = desk.refusal(spec);
    CHECK(error.code == ErrorCode::kIntegrity);
    CHECK_THAT(error.message, Catch::Contains("nobody approved"));
  }
  SECTION("with the signature of another package") {
    spec.signature.signature = certs::signPackage(desk.rootKey, certs::sha256("another")).value();
    CHECK(desk.refusal(spec).code == ErrorCode::kIntegrity);
  }
  SECTION("signed by the account's approved key") {
    const certs::SigningKey own = certs::newSigningKey().value();
    const auto approve = [&](const std::string& account, Instant expires) {
      return certs::approveKey(desk.rootKey, {KeyApproval::Role::kAccount, own.publicKey, account, expires, {}, {}})
          .value();
    };
    const Instant later = desk.now() + Duration::days(1);
    spec.signature = {own.publicKey, certs::signPackage(own, spec.package).value(), {approve("alice", later)}};
    CHECK(desk.submitAs(desk.alice, spec).status == 201);
    SECTION("not after the approval has expired") {
      desk.advance(Duration::days(2));
      CHECK(desk.refusal(spec).code == ErrorCode::kIntegrity);
    }
    SECTION("not with the key of another account") {
      spec.signature.approvals = {approve("bob", later)};
      CHECK(desk.refusal(spec).code == ErrorCode::kForbidden);
    }
  }
  SECTION("with a file that was not uploaded") {
    Package broken{"tool", "1", "linux-x86_64", {{"prog", "prog"}}, {{"prog", certs::sha256("never sent"), 10, true}}};
    spec.package = desk.upload(desk.alice, wire::toJson(broken));
    spec.signature = {desk.rootKey.publicKey, certs::signPackage(desk.rootKey, spec.package).value(), {}};
    const Error error = desk.refusal(spec);
    CHECK(error.code == ErrorCode::kInvalid);
    CHECK_THAT(error.message, Catch::Contains("package's file 'prog'"));
  }
  SECTION("with a file whose digest does not hold") {
    const Digest claimed = certs::sha256("the real program");
    const Reply reply = desk.as(desk.alice, server::Method::kPut, "/api/v1/blobs/" + claimed.hex(), "another program!");
    CHECK(reply.problem().code == ErrorCode::kIntegrity);
    CHECK_FALSE(desk.blobs->has(claimed));
  }
  SECTION("with a manifest that is none") {
    spec.package = desk.upload(desk.alice, "not a manifest");
    spec.signature = {desk.rootKey.publicKey, certs::signPackage(desk.rootKey, spec.package).value(), {}};
    CHECK(desk.refusal(spec).code == ErrorCode::kInvalid);
  }
}

TEST_CASE("a published application may be used by everybody, files and all") {
  Desk desk;
  const auto package = desk.package(desk.chief, "#!shared program");
  const std::string request = wire::toJson(wire::AppVersionRequest{"tool", "1.0", package.digest, package.signature});
  BatchSpec spec = desk.spec(desk.alice);
  spec.application = "tool";
  spec.package = {};
  spec.signature = {};
  CHECK(desk.refusal(spec).code == ErrorCode::kInvalid);  // not yet
  REQUIRE(desk.post(desk.chief, "/api/v1/applications", request).status == 201);
  const Reply reply = desk.submitAs(desk.alice, spec, "app-key");
  REQUIRE(reply.status == 201);
  const std::string path = reply.header("location") + "/spec";
  CHECK(wire::parseBatchSpec(desk.get(desk.alice, path).body).value().package == package.digest);
  CHECK(desk.submitAs(desk.alice, spec, "app-key").status == 200);
  spec.application = "tool@2.0";
  CHECK(desk.refusal(spec).code == ErrorCode::kInvalid);
  CHECK(desk.post(desk.chief, "/api/v1/applications", request).problem().code == ErrorCode::kConflict);
  CHECK(desk.post(desk.alice, "/api/v1/applications", request).problem().code == ErrorCode::kForbidden);
}

TEST_CASE("a list is scanned before its batch is accepted") {
  Desk desk;
  SECTION("good") {
    const Reply reply = desk.submitAs(desk.alice, desk.listSpec("a,b\n1,2\n3,4\n", {"a", "b"}, 2));
    CHECK(reply.status == 201);
    CHECK(wire::parseBatchView(reply.body).value().tasks == 2);
  }
  SECTION("a line with too few fields") {
    const Error error = desk.refusal(desk.listSpec("a,b\n1,2\n3\n", {"a", "b"}, 2));
    CHECK_THAT(error.message, Catch::Contains("3"));
    CHECK(error.code == ErrorCode::kInvalid);
  }
  SECTION("another number of lines") {
    CHECK_THAT(desk.refusal(desk.listSpec("a,b\n1,2\n", {"a", "b"}, 2)).message, Catch::Contains("1 lines"));
  }
  SECTION("other columns") {
    CHECK(desk.refusal(desk.listSpec("a,b\n1,2\n", {"a", "c"}, 1)).code == ErrorCode::kInvalid);
  }
  SECTION("no lines") { CHECK(desk.refusal(desk.listSpec("a,b\n", {"a", "b"}, 0)).code == ErrorCode::kInvalid); }
  SECTION("not uploaded") {
    BatchSpec spec = desk.listSpec("a\n1\n", {"a"}, 1);
    spec.sweep.list->digest = certs::sha256("elsewhere");
    CHECK_THAT(desk.refusal(spec).message, Catch::Contains("sweep's list"));
  }
}

}  // namespace hearth::test
