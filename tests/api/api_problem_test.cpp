// SPDX-License-Identifier: GPL-3.0-or-later
// What a problem says: where in the request it is, so that a form can show it there.
#include <string>

#include <catch2/catch.hpp>

#include "support/api_fixture.h"
#include "wire/problem.h"

namespace hearth::test {
namespace {

using server::Method;

struct Desk : ApiFixture {
  Desk() : ApiFixture(cheapPasswords({})) {}
  Person ada = addPerson("ada", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer));
  Person admin = addPerson("root", RoleSet{}.with(Role::kAdmin));

  /// The member that the answer's problem is about; empty where it names none.
  static std::string memberIn(const Reply& reply) {
    INFO(reply.body);
    REQUIRE(reply.status >= 400);
    return wire::parseProblemMember(reply.body);
  }
  std::string memberOf(const Person& person, Method method, const std::string& path, const std::string& body = {}) {
    return memberIn(as(person, method, path, body));
  }
};

}  // namespace

TEST_CASE("a problem names the member of the body that it is about, however deep it is") {
  Desk desk;
  const auto post = [&](const Person& person, const std::string& path, const std::string& body) {
    return desk.memberOf(person, Method::kPost, path, body);
  };
  CHECK(post(desk.ada, "/api/v1/tokens", R"({"label":7})") == "label");
  CHECK(post(desk.ada, "/api/v1/tokens", R"({"label":"x","ttlMs":99999999999})") == "ttlMs");
  CHECK(post(desk.ada, "/api/v1/tokens", R"({"label":"x","ttl":1})") == "ttl");
  CHECK(post(desk.admin, "/api/v1/accounts", R"({"name":"ada","roles":["scientist"]})") == "name");
  CHECK(post(desk.admin, "/api/v1/accounts", R"({"name":"Ada Lovelace","roles":["scientist"]})") == "name");
  CHECK(post(desk.admin, "/api/v1/accounts/ada/weight", R"({"weight":5000})") == "weight");
  CHECK(post(desk.admin, "/api/v1/invitations", R"({"label":"x","roles":[],"uses":1})") == "roles");
  CHECK(post(desk.admin, "/api/v1/invitations", R"({"label":"x","roles":["scientist"],"uses":5000})") == "uses");
  CHECK(post(desk.ada, "/api/v1/join-tokens", R"({"uses":100000})") == "uses");
  CHECK(post(desk.ada, "/api/v1/me/notifications", R"({"webhook":"gopher://x"})") == "webhook");
  CHECK(post(desk.ada, "/api/v1/me/delete", R"({"name":"bob"})") == "name");
  REQUIRE(desk.post(desk.ada, "/api/v1/groups", R"({"name":"lab"})").status == 201);
  CHECK(post(desk.ada, "/api/v1/groups", R"({"name":"lab"})") == "name");
  CHECK(desk.memberOf(desk.ada, Method::kPut, "/api/v1/groups/lab", R"({"attempts":-1})") == "attempts");
  CHECK(desk.memberOf(desk.admin, Method::kPut, "/api/v1/accounts/ada/quota", R"({"bytes":"much"})") == "bytes");
}

TEST_CASE("a problem names the parameter of the path that it is about") {
  Desk desk;
  REQUIRE(desk.post(desk.ada, "/api/v1/groups", R"({"name":"lab"})").status == 201);
  CHECK(desk.memberOf(desk.ada, Method::kPut, "/api/v1/groups/lab/members/nobody") == "account");
  CHECK(desk.memberOf(desk.ada, Method::kGet, "/api/v1/groups/other") == "group");
  CHECK(desk.memberOf(desk.admin, Method::kPost, "/api/v1/accounts/nobody/password-link") == "account");
}

TEST_CASE("a submission's problem names the key of the manifest, and a batch's the field of its form") {
  Desk desk;
  const auto submit = [&](const auto& spoil) {
    BatchSpec spec = desk.spec(desk.ada, 3);
    spoil(spec);
    return Desk::memberIn(desk.post(desk.ada, "/api/v1/batches", wire::toJson(spec)));
  };
  CHECK(submit([](BatchSpec& spec) { spec.command = {"no-such-program"}; }) == "command");
  CHECK(submit([](BatchSpec& spec) { spec.command.push_back("{nobody}"); }) == "command");
  CHECK(submit([](BatchSpec& spec) { spec.outputs = {{"../x", false}}; }) == "outputs");
  CHECK(submit([](BatchSpec& spec) { spec.placement = {Where::kGroup, "lab"}; }) == "where");
  const std::string batch = "/api/v1/batches/" + std::to_string(desk.submit(desk.ada, desk.spec(desk.ada, 3)).value);
  CHECK(desk.memberOf(desk.ada, Method::kPost, batch + "/priority", R"({"priority":70000})") == "priority");
  CHECK(desk.memberOf(desk.ada, Method::kPost, batch + "/shares", R"({"label":"x","ttlMs":0})") == "ttlMs");
  CHECK(desk.memberOf(desk.ada, Method::kPost, batch + "/keep", R"({"until":"2001-01-01T00:00:00Z"})") == "until");
}

TEST_CASE("a problem that is about none of what was sent names nothing") {
  Desk desk;
  CHECK(desk.memberOf(desk.ada, Method::kGet, "/api/v1/accounts").empty());
  const Reply reply = desk.call(Method::kGet, "/api/v1/me");
  CHECK(reply.body.find("\"member\"") == std::string::npos);
}

}  // namespace hearth::test
