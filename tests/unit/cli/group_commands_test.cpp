// SPDX-License-Identifier: GPL-3.0-or-later
// hearth group, hearth host move, and what accounts may do and have.
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "cli/context.h"
#include "cli/session.h"
#include "cli_support.h"
#include "wire/group.h"

namespace hearth::cli {
namespace {

using test::Answer;
using test::Asked;
using test::Folder;
using test::Ran;
using test::runHearth;
using test::SmallServer;

wire::GroupView labGroup() {
  wire::GroupView group;
  group.id = GroupId{3};
  group.name = "lab";
  group.owner = "alice";
  group.members = {"alice", "bob"};
  group.quota.attempts = 500;
  return group;
}

/// A person who is logged in to a server that knows one group and one account.
struct Desk {
  Desk() { REQUIRE(writeSession(folder / "hearth", {server.address(), "hacc_t", server.authorityFingerprint()})); }

  static Answer answer(const Asked& asked) {
    if (asked.path.ends_with("/quota")) {
      if (asked.method == "PUT") return {200, asked.body, {}};
      return {200, wire::toJson(wire::QuotaView{{10, 20, 1 << 30}, false, 3 << 20}), {}};
    }
    if (asked.path == "/api/v1/groups" && asked.method == "GET") return {200, wire::groupsJson({labGroup()}), {}};
    if (asked.method == "DELETE" && asked.path == "/api/v1/groups/lab") return {204, "", {}};
    return {200, wire::toJson(labGroup()), {}};
  }
  Ran run(const std::vector<std::string>& arguments) { return runHearth(folder / "hearth", arguments); }
  /// What the last call asked: "METHOD path body".
  std::string last() {
    const Asked asked = server.asked().back();
    return asked.method + " " + asked.path + (asked.body.empty() ? "" : " " + asked.body);
  }

  SmallServer server{&Desk::answer};
  const Folder folder;
};

}  // namespace

TEST_CASE("each command of a group makes its call, and shows the group as it is then") {
  Desk desk;
  const auto makes = [&](const std::vector<std::string>& arguments, const std::string& call) {
    const Ran ran = desk.run(arguments);
    INFO(call << '\n' << ran.err);
    CHECK(ran.status == kExitOk);
    CHECK(desk.last() == call);
    return ran.out;
  };
  CHECK_THAT(makes({"group", "list"}, "GET /api/v1/groups"), Catch::Contains("lab") && Catch::Contains("500"));
  CHECK_THAT(makes({"group", "show", "lab"}, "GET /api/v1/groups/lab"),
             Catch::Contains("owned by alice") && Catch::Contains("alice, bob"));
  makes({"group", "add", "lab", "--guests", "yes"}, R"(POST /api/v1/groups {"name":"lab","guests":true})");
  makes({"group", "set", "lab", "--beyond", "no", "--attempts", "500"},
        R"(PUT /api/v1/groups/lab {"beyond":false,"attempts":500})");
  makes({"group", "member", "lab", "bob"}, "PUT /api/v1/groups/lab/members/bob");
  makes({"group", "member", "lab", "bob", "--remove"}, "DELETE /api/v1/groups/lab/members/bob");
  makes({"group", "remove", "lab"}, "DELETE /api/v1/groups/lab");
  makes({"host", "move", "7", "--group", "lab"}, R"(POST /api/v1/hosts/7/group {"group":"lab"})");
  makes({"host", "move", "7"}, R"(POST /api/v1/hosts/7/group {"group":""})");
  CHECK_THAT(makes({"group", "show", "lab", "--json"}, "GET /api/v1/groups/lab"), Catch::StartsWith("{\"id\":3"));
}

TEST_CASE("an admin sets what an account may do, and of its quota what is given, the rest stays") {
  Desk desk;
  CHECK(desk.run({"account", "roles", "bob", "--role", "scientist", "--role", "auditor"}).status == kExitOk);
  CHECK(desk.last() == R"(PUT /api/v1/accounts/bob/roles {"roles":["scientist","auditor"]})");
  CHECK(desk.run({"account", "roles", "bob"}).status == kExitOk);
  CHECK(desk.last() == R"(PUT /api/v1/accounts/bob/roles {"roles":[]})");
  const Ran shown = desk.run({"account", "quota", "bob"});
  CHECK(desk.last() == "GET /api/v1/accounts/bob/quota");
  CHECK_THAT(shown.out, Catch::Contains("usual") && Catch::Contains("1GiB") && Catch::Contains("3MiB"));
  CHECK(desk.run({"account", "quota", "bob", "--bytes", "2GiB"}).status == kExitOk);
  CHECK(desk.last() == R"(PUT /api/v1/accounts/bob/quota {"attempts":10,"batches":20,"bytes":2147483648})");
  CHECK(desk.run({"account", "quota", "bob", "--attempts", "0"}).status == kExitOk);
  CHECK(desk.last() == R"(PUT /api/v1/accounts/bob/quota {"attempts":0,"batches":20,"bytes":1073741824})");
}

TEST_CASE("what makes no sense is refused before the server is asked") {
  Desk desk;
  const std::vector<std::pair<std::vector<std::string>, std::string>> refused{
      {{"group", "set", "lab"}, "nothing to set"},
      {{"group", "add", "lab", "--guests", "maybe"}, "neither yes nor no"},
      {{"account", "roles", "bob", "--role", "king"}, "--role"},
      {{"account", "quota", "bob", "--bytes", "much"}, "--bytes"}};
  for (const auto& [arguments, word] : refused) {
    const Ran ran = desk.run(arguments);
    INFO(word);
    CHECK(ran.status == kExitUsage);
    CHECK_THAT(ran.err, Catch::Contains(word) && Catch::Contains("hint: "));
  }
  CHECK(desk.server.asked().empty());
}

}  // namespace hearth::cli
