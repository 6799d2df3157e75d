// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of machines and quotas, as people meet them.
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "support/api_fixture.h"
#include "wire/group.h"
#include "wire/package_json.h"

namespace hearth::test {
namespace {

namespace json = boost::json;
using server::Method;

struct Lab : ApiFixture {
  explicit Lab(server::ApiOptions options = cheapPasswords({}), core::DispatcherOptions dispatcher = {})
      : ApiFixture(options, dispatcher) {
    REQUIRE(post(alice, "/api/v1/groups", R"({"name":"lab"})").status == 201);
  }
  RoleSet both = RoleSet{}.with(Role::kScientist).with(Role::kVolunteer);
  Person alice = addPerson("alice", both), bob = addPerson("bob", both), eve = addPerson("eve", both);
  Person admin = addPerson("root", RoleSet{}.with(Role::kAdmin));

  Reply put(const Person& person, const std::string& path, const std::string& body = {}) {
    return as(person, Method::kPut, path, body);
  }
  Reply remove(const Person& person, const std::string& path) { return as(person, Method::kDelete, path); }
  wire::GroupView lab() { return wire::parseGroupView(get(alice, "/api/v1/groups/lab").body).value(); }
  Reply submitTo(const Person& person, const Placement& placement) {
    BatchSpec where = spec(person, 2);
    where.placement = placement;
    return post(person, "/api/v1/batches", wire::toJson(where));
  }
};

}  // namespace

TEST_CASE("a group is its members' to see and its owner's to change; to others it does not exist") {
  Lab lab;
  CHECK(lab.lab().owner == "alice");
  CHECK(lab.lab().members == std::vector<std::string>{"alice"});
  CHECK_FALSE(lab.lab().guests);
  CHECK(lab.lab().beyond);
  const std::string path = "/api/v1/groups/lab";
  for (const Person* other : {&lab.bob, &lab.admin}) {
    CHECK(lab.get(*other, path).status == 404);
    CHECK(lab.get(*other, path + "/hosts").status == 404);
    CHECK(lab.put(*other, path, R"({"guests":true})").status == 404);
    CHECK(lab.put(*other, path + "/members/eve").status == 404);
    CHECK(lab.remove(*other, path).status == 404);
    CHECK(wire::parseGroups(lab.get(*other, "/api/v1/groups").body)->empty());
  }
  CHECK(lab.put(lab.alice, path + "/members/bob").status == 200);
  CHECK(lab.put(lab.alice, path + "/members/nobody").status == 404);
  CHECK(lab.get(lab.bob, path).status == 200);
  CHECK(lab.put(lab.bob, path, R"({"guests":true})").status == 403);
  CHECK(lab.put(lab.bob, path + "/members/eve").status == 403);
  CHECK(lab.remove(lab.bob, path + "/members/alice").status == 403);
  CHECK(lab.remove(lab.alice, path + "/members/alice").status == 409);
  CHECK(lab.remove(lab.bob, path + "/members/bob").status == 200);  // who is in may leave
  CHECK(lab.get(lab.bob, path).status == 404);
  CHECK(lab.put(lab.alice, path, R"({"guests":true,"attempts":7})").status == 200);
  CHECK(lab.lab().guests);
  CHECK(lab.lab().quota.attempts == 7);
  CHECK(lab.lab().beyond);
  CHECK(lab.post(lab.bob, "/api/v1/groups", R"({"name":"lab"})").problem().code == ErrorCode::kConflict);
  CHECK(lab.post(lab.bob, "/api/v1/groups", R"({"name":"The Lab"})").problem().code == ErrorCode::kInvalid);
  CHECK(lab.remove(lab.alice, path).status == 204);
  CHECK(lab.get(lab.alice, path).status == 404);
}

TEST_CASE("machines join a group by its link or are moved there by their owner alone") {
  Lab lab;
  lab.put(lab.alice, "/api/v1/groups/lab/members/bob");
  CHECK(lab.post(lab.eve, "/api/v1/join-tokens", R"({"group":"lab"})").status == 404);
  const Reply made = lab.post(lab.bob, "/api/v1/join-tokens", R"({"group":"lab"})");
  REQUIRE(made.status == 201);
  SimulatedHost host(lab), other(lab);
  host.enrol(wire::parseJoinTokenView(made.body)->token);
  other.enrol(lab.joinToken(lab.eve));
  const auto hosts = [&] {
    return wire::parseHostPage(lab.get(lab.alice, "/api/v1/groups/lab/hosts").body).value().hosts;
  };
  REQUIRE(hosts().size() == 1);
  CHECK(hosts()[0].id == host.id);
  CHECK(hosts()[0].account == "bob");
  CHECK(hosts()[0].group == lab.lab().id);
  const auto move = [&](const Person& person, const SimulatedHost& which, const std::string& group) {
    return lab.post(person, "/api/v1/hosts/" + std::to_string(which.id.value) + "/group",
                    wire::toJson(wire::HostGroupRequest{group}));
  };
  CHECK(move(lab.alice, host, "").status == 404);  // the group's owner does not own the machine
  CHECK(move(lab.eve, other, "lab").status == 404);
  CHECK(lab.remove(lab.alice, "/api/v1/groups/lab").status == 409);
  CHECK(move(lab.bob, host, "").status == 200);
  CHECK(hosts().empty());
  CHECK(move(lab.bob, host, "lab").status == 200);
  CHECK(hosts().size() == 1);
}

TEST_CASE("a batch says where it may run, and is refused where it may not") {
  Lab lab;
  CHECK(lab.submitTo(lab.eve, {Where::kGroup, "lab"}).problem().message.find("'lab'") != std::string::npos);
  CHECK(lab.submitTo(lab.alice, {Where::kGroup, "la"}).problem().code == ErrorCode::kInvalid);
  SimulatedHost inside(lab), outside(lab);
  const Reply made = lab.post(lab.alice, "/api/v1/join-tokens", R"({"group":"lab"})");
  inside.enrol(wire::parseJoinTokenView(made.body)->token);
  outside.enrol(lab.joinToken(lab.bob));
  const Reply placed = lab.submitTo(lab.alice, {Where::kGroup, "lab"});
  REQUIRE(placed.status == 201);
  const BatchId batch = wire::parseBatchView(placed.body)->id;
  const auto spec = lab.get(lab.alice, "/api/v1/batches/" + std::to_string(batch.value) + "/spec");
  CHECK_THAT(spec.body, Catch::Contains(R"("where":"group lab")"));
  CHECK(outside.sync(2).attempts.empty());
  CHECK(inside.sync(1).attempts.size() == 1);
  lab.put(lab.alice, "/api/v1/groups/lab", R"({"beyond":false})");
  const Error kept = lab.submitTo(lab.alice, {Where::kGroupBeyond, "lab"}).problem();
  CHECK(kept.code == ErrorCode::kInvalid);
  CHECK_THAT(kept.hint, Catch::Contains("group lab"));
}

TEST_CASE("a draft that is kept to a group is estimated with its machines, and its place is checked as it is typed") {
  Lab lab;
  const Person chief = lab.addPerson("chief", RoleSet{}.with(Role::kAdmin).with(Role::kScientist));
  const auto published = lab.package(chief);
  REQUIRE(lab.post(chief, "/api/v1/applications",
                   wire::toJson(wire::AppVersionRequest{"tool", "1", published.digest, published.signature}))
              .status == 201);
  SimulatedHost inside(lab), first(lab), second(lab);
  inside.enrol(wire::parseJoinTokenView(lab.post(lab.alice, "/api/v1/join-tokens", R"({"group":"lab"})").body)->token);
  const std::string token = lab.joinToken(lab.bob, 2);
  for (SimulatedHost* host : {&first, &second}) host->enrol(token);
  for (SimulatedHost* host : {&inside, &first, &second}) host->sync(0);
  const auto manifestFor = [](const std::string& where) {
    return "name = \"x\"\napplication = \"tool\"\ncommand = [\"prog\"]\noutputs = [\"out\"]\n" + where;
  };
  const auto draftOf = [&](const Person& person) {
    const auto begun = json::parse(lab.post(person, "/api/v1/drafts", "{}").body);
    return json::value_to<std::string>(begun.at("id"));
  };
  const auto matching = [&](const Person& person, const std::string& where) {
    const Reply told = lab.post(person, "/api/v1/drafts/" + draftOf(person) + "/estimate",
                                json::serialize(json::object{{"manifest", manifestFor(where)}}));
    INFO(told.body);
    REQUIRE(told.status == 200);
    return json::parse(told.body).at("hosts").at("matching").to_number<int>();
  };
  CHECK(matching(lab.alice, "") == 3);
  CHECK(matching(lab.alice, "where = \"group lab\"\n") == 1);
  CHECK(matching(lab.alice, "where = \"group lab, then anywhere\"\n") == 3);
  CHECK(matching(lab.bob, "") == 2);
  const std::string stranger = json::serialize(json::object{{"manifest", manifestFor("where = \"group lab\"\n")}});
  CHECK(lab.post(lab.bob, "/api/v1/drafts/" + draftOf(lab.bob) + "/estimate", stranger).status == 400);
  const auto problems = [&](const Person& person) {
    return json::parse(lab.post(person, "/api/v1/manifests/check", stranger).body).at("problems").as_array();
  };
  CHECK(problems(lab.alice).empty());
  REQUIRE(problems(lab.bob).size() == 1);
  CHECK(problems(lab.bob)[0].at("member") == "where");
  CHECK(problems(lab.bob)[0].at("line") == 5);
}

TEST_CASE("an admin sets a quota, on record; its owner sees it, and refusals say what is full") {
  Lab lab;
  const std::string path = "/api/v1/accounts/bob/quota";
  CHECK(lab.put(lab.bob, path, R"({"batches":100})").status == 403);
  CHECK(lab.get(lab.eve, path).status == 404);
  CHECK(lab.put(lab.admin, path, R"({"batches":1,"bytes":5000})").status == 200);
  CHECK(lab.put(lab.admin, path, R"({"batch":1})").problem().hint.find("batches") != std::string::npos);
  const auto view = wire::parseQuotaView(lab.get(lab.bob, path).body).value();
  CHECK(view.quota == Quota{0, 1, 5000});
  CHECK(view.own);
  CHECK_THAT(lab.get(lab.admin, "/api/v1/audit").body, Catch::Contains("account.quota"));
  REQUIRE(lab.submitTo(lab.bob, {}).status == 201);
  const Reply second = lab.submitTo(lab.bob, {});
  CHECK(second.status == 413);
  CHECK_THAT(second.problem().message, Catch::Contains("quota"));
  const std::string large(4'900, 'x');
  const Reply full = lab.as(lab.bob, Method::kPut, "/api/v1/blobs/" + certs::sha256(large).hex(), large);
  CHECK(full.status == 413);
  CHECK_THAT(full.problem().message, Catch::Contains("may have"));
  const Reply small = lab.as(lab.bob, Method::kPut, "/api/v1/blobs/" + certs::sha256("small").hex(), "small");
  CHECK(small.status == 201);
  CHECK(lab.submitTo(lab.eve, {}).status == 201);
}

}  // namespace hearth::test
