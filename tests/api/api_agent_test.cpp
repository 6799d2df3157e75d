// SPDX-License-Identifier: GPL-3.0-or-later
// Enrolment, renewal and sync, good and bad.
#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "support/api_fixture.h"
#include "wire/project.h"

namespace hearth::test {
namespace {

using server::Method;
using wire::AckVerdict;

/// A scientist with a batch and a volunteer with a host.
struct Grid : ApiFixture {
  using ApiFixture::ApiFixture;
  Person scientist = addPerson("alice", RoleSet{}.with(Role::kScientist));
  Person volunteer = addPerson("vera", RoleSet{}.with(Role::kVolunteer));
  Person chief = addPerson("oscar", RoleSet{}.with(Role::kOperator));

  SimulatedHost newHost() {
    SimulatedHost host(*this);
    host.enrol(joinToken(volunteer));
    return host;
  }
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a host joins, computes a batch, and its results are certified") {
  Grid grid;
  const BatchId batch = grid.submit(grid.scientist, grid.spec(grid.scientist, 4));
  SimulatedHost host = grid.newHost();

  const wire::SyncReply first = host.sync(10);
  REQUIRE(first.attempts.size() == 4);
  REQUIRE(first.jobs.size() == 1);
  CHECK(first.jobs[0].batch == batch);
  CHECK(first.jobs[0].command == std::vector<std::string>{"prog", "--n", "{n}"});
  CHECK(first.jobs[0].packageSize > 0);
  CHECK(first.protocol == wire::kProtocolHighest);
  const Parameters& parameters = first.attempts[2].parameters;
  CHECK(std::find(parameters.begin(), parameters.end(), Parameter{"n", "2"}) != parameters.end());
  CHECK(std::find(parameters.begin(), parameters.end(), Parameter{"index", "2"}) != parameters.end());

  for (const auto& attempt : first.attempts) host.finish(attempt);
  const wire::SyncReply second = host.sync(0);
  REQUIRE(second.acks.size() == 4);
  for (const auto& ack : second.acks) CHECK(ack.verdict == AckVerdict::kAccepted);

  const wire::BatchView view = grid.batch(grid.scientist, batch);
  CHECK(view.state == BatchState::kDone);
  CHECK(view.certified == 4);
  const Reply results = grid.get(grid.scientist, "/api/v1/batches/" + std::to_string(batch.value) + "/results?limit=3");
  const wire::ResultPage page = wire::parseResultPage(results.body).value();
  REQUIRE(page.results.size() == 3);
  CHECK(page.next == 3);
  CHECK(page.results[0].host == host.id);
  const Reply output = grid.get(grid.scientist, "/api/v1/batches/" + std::to_string(batch.value) + "/tasks/1/blobs/" +
                                                    page.results[1].report.outputs.at(0).digest.hex());
  CHECK(output.status == 200);
  CHECK(output.body == "42\n");
}

TEST_CASE("a link's project says who it is before anything is joined, and to its hosts what their account gave") {
  Grid grid;
  SimulatedHost host(grid);
  const std::string token = grid.joinToken(grid.volunteer);
  const auto ask = [&](const std::string& with) {
    return host.call(server::Method::kPost, "/agent/v1/project", wire::toJson(wire::ProjectRequest{{}, with}));
  };
  const Reply shown = ask(token);
  REQUIRE(shown.status == 200);
  const wire::ProjectView view = wire::parseProjectView(shown.body).value();
  CHECK_FALSE(view.name.empty());
  CHECK_THAT(view.home, Catch::StartsWith("https://"));
  CHECK_FALSE(view.contribution);
  CHECK(ask("hjoin_nonsense").problem().code == ErrorCode::kUnauthorized);
  host.enrol(token);  // to look used nothing up
  CHECK_THAT(ask(token).problem().message, Catch::Contains("used up"));
  const Reply own = host.call(server::Method::kGet, "/agent/v1/project");
  REQUIRE(own.status == 200);
  const wire::ProjectView hosts = wire::parseProjectView(own.body).value();
  CHECK_FALSE(hosts.account.empty());
  CHECK(hosts.contribution.value().tasks == 0);
}

TEST_CASE("a join token that is wrong, expired or used up enrols nobody, and says so") {
  Grid grid;
  SimulatedHost host(grid);
  SECTION("wrong") {
    const Error error = host.enrolWith(wire::toJson(host.enrolment("hjoin_nonsense"))).problem();
    CHECK(error.code == ErrorCode::kUnauthorized);
  }
  SECTION("expired") {
    const std::string token = grid.joinToken(grid.volunteer);
    grid.advance(Duration::days(8));
    const Error error = host.enrolWith(wire::toJson(host.enrolment(token))).problem();
    CHECK(error.code == ErrorCode::kUnauthorized);
    CHECK_THAT(error.message, Catch::Contains("expired"));
  }
  SECTION("used up") {
    const std::string token = grid.joinToken(grid.volunteer);
    host.enrol(token);
    SimulatedHost second(grid);
    const Error error = second.enrolWith(wire::toJson(second.enrolment(token))).problem();
    CHECK(error.code == ErrorCode::kUnauthorized);
    CHECK_THAT(error.message, Catch::Contains("used up"));
    SECTION("but the host that used it gets the same host again when its answer was lost") {
      const Reply again = host.enrolWith(wire::toJson(host.enrolment(token)));
      CHECK(wire::parseEnrolReply(again.body).value().host == host.id);
    }
  }
}

TEST_CASE("an agent that speaks another version of the protocol is told what to do") {
  Grid grid;
  SimulatedHost host = grid.newHost();
  wire::SyncRequest request;
  wire::EnrolRequest enrolment = host.enrolment("hjoin_any");
  request.protocol = enrolment.protocol = {wire::kProtocolHighest + 1, wire::kProtocolHighest + 4};
  for (const Reply& reply : {host.syncWith(wire::toJson(request)), host.enrolWith(wire::toJson(enrolment))}) {
    const Error error = reply.problem();
    CHECK(error.code == ErrorCode::kUnsupported);
    CHECK_THAT(error.message, Catch::Contains("too old for the agent") && Catch::Contains("versions 2 to 5"));
  }
  request.protocol = {0, 0};
  const Error older = host.syncWith(wire::toJson(request)).problem();
  CHECK(older.code == ErrorCode::kUnsupported);
  CHECK_THAT(older.hint, Catch::Contains("Upgrade hearth-agent"));
}

TEST_CASE("an agent's call needs a certificate of a host that is not revoked") {
  Grid grid;
  SimulatedHost host = grid.newHost();
  const std::string body = wire::toJson(wire::SyncRequest{});
  SECTION("none") {
    const Error error = grid.call(Method::kPost, "/agent/v1/sync", body, {}, agentPeer({})).problem();
    CHECK(error.code == ErrorCode::kUnauthorized);
    CHECK_THAT(error.hint, Catch::Contains("hearth-agent join"));
  }
  SECTION("one that is no host's") {
    const auto serverOwn = grid.authority.issueServer({"localhost"}, grid.now(), Duration::days(1)).value();
    const Error error =
        grid.call(Method::kPost, "/agent/v1/sync", body, {}, agentPeer(serverOwn.certificatePem)).problem();
    CHECK(error.code == ErrorCode::kUnauthorized);
  }
  SECTION("of a host that this project does not know, though its authority signed it") {
    const std::string csr = certs::newSigningRequest(certs::newPrivateKey().value(), "x").value();
    const std::string stranger = grid.authority.issueHost(csr, HostId{4711}, grid.now(), Duration::days(1)).value();
    const Reply reply = grid.call(Method::kPost, "/agent/v1/sync", body, {}, agentPeer(stranger));
    CHECK((reply.status == 401 || reply.status == 403));
    reply.problem();
  }
  SECTION("with the number of a host and another key") {
    const std::string csr = certs::newSigningRequest(certs::newPrivateKey().value(), "x").value();
    const std::string thief = grid.authority.issueHost(csr, host.id, grid.now(), Duration::days(1)).value();
    const Reply reply = grid.call(Method::kPost, "/agent/v1/sync", body, {}, agentPeer(thief));
    CHECK((reply.status == 401 || reply.status == 403));
    reply.problem();
  }
  SECTION("revoked: at the very next call, and for renewal too") {
    CHECK(host.syncWith(body).status == 200);
    CHECK(grid.post(grid.volunteer, "/api/v1/hosts/" + std::to_string(host.id.value) + "/revoke").status == 200);
    CHECK((host.syncWith(body).status == 401 || host.syncWith(body).status == 403));
    CHECK((host.renew().status == 401 || host.renew().status == 403));
    host.syncWith(body).problem();
  }
  SECTION("and over the agents' server name") {
    CHECK(grid.call(Method::kPost, "/agent/v1/sync", body).problem().code == ErrorCode::kForbidden);
  }
}

TEST_CASE("a certificate that expired can only be renewed, with the same key, for a while") {
  Grid grid;
  SimulatedHost host = grid.newHost();
  grid.advance(Duration::days(31));
  const Error expired = host.syncWith(wire::toJson(wire::SyncRequest{})).problem();
  CHECK(expired.code == ErrorCode::kUnauthorized);
  CHECK_THAT(expired.hint, Catch::Contains("/agent/v1/renew"));

  SECTION("renewed") {
    const HostId before = host.id;
    REQUIRE(host.renew().status == 200);
    CHECK(host.id == before);
    host.sync(0);
  }
  SECTION("not with another key") {
    host.privateKey = certs::newPrivateKey().value();
    CHECK(host.renew().problem().code == ErrorCode::kForbidden);
  }
  SECTION("not after 180 days") {
    grid.advance(Duration::days(180));
    const Error error = host.renew().problem();
    CHECK(error.code == ErrorCode::kUnauthorized);
    CHECK_THAT(error.hint, Catch::Contains("join"));
  }
}

TEST_CASE("a result counts once, and only from the host that holds the attempt") {
  Grid grid;
  const BatchId batch = grid.submit(grid.scientist, grid.spec(grid.scientist, 2));
  SimulatedHost host = grid.newHost();
  SimulatedHost thief = grid.newHost();
  const auto attempts = host.sync(2).attempts;
  REQUIRE(attempts.size() == 2);

  SECTION("an attempt that another host holds is refused") {
    thief.results = {SimulatedHost::resultOf(attempts[0])};
    thief.results[0].report.outputs.clear();
    thief.results[0].report.exit = ExitKind::kExitCode;
    thief.results[0].report.exitCode = 1;
    const auto acks = thief.sync(0).acks;
    REQUIRE(acks.size() == 1);
    CHECK(acks[0].verdict == AckVerdict::kRefused);
    CHECK_FALSE(acks[0].reason.empty());
    CHECK(grid.waitForActive(grid.scientist, batch, 2));
  }
  SECTION("an attempt that was never given out is refused") {
    host.results = {SimulatedHost::resultOf(attempts[0])};
    host.results[0].attempt = AttemptId{999'999};
    CHECK(host.upload(attempts[0].attempt, "42\n").status == 201);
    const auto acks = host.sync(0).acks;
    REQUIRE(acks.size() == 1);
    CHECK(acks[0].verdict == AckVerdict::kRefused);
  }
  SECTION("returned for another task than its own it is refused") {
    host.finish(attempts[0]);
    host.results[0].task.index = attempts[1].task.index;
    const auto acks = host.sync(0).acks;
    REQUIRE(acks.size() == 1);
    CHECK(acks[0].verdict == AckVerdict::kRefused);
    CHECK(grid.batch(grid.scientist, batch).certified == 0);
  }
  SECTION("returned twice it counts once") {
    host.finish(attempts[0]);
    const auto kept = host.results;
    CHECK(host.sync(0).acks.at(0).verdict == AckVerdict::kAccepted);
    host.results = kept;
    CHECK(host.sync(0).acks.at(0).verdict == AckVerdict::kNotWanted);
    CHECK(grid.batch(grid.scientist, batch).certified == 1);
  }
}

TEST_CASE("a result counts only when its host has sent every byte that it names") {
  Grid grid;
  const BatchId batch = grid.submit(grid.scientist, grid.spec(grid.scientist, 1));
  SimulatedHost host = grid.newHost();
  const auto attempt = host.sync(1).attempts.at(0);
  const Digest secret = grid.upload(grid.scientist, "somebody's data");

  SECTION("a blob that is not there is asked for, and then it counts") {
    host.results = {SimulatedHost::resultOf(attempt)};
    const auto ack = host.sync(0).acks.at(0);
    CHECK(ack.verdict == AckVerdict::kBlobsMissing);
    CHECK(ack.missing == std::vector<Digest>{certs::sha256("42\n")});
    CHECK(host.upload(attempt.attempt, "42\n").status == 201);
    CHECK(host.sync(0).acks.at(0).verdict == AckVerdict::kAccepted);
    CHECK(grid.batch(grid.scientist, batch).state == BatchState::kDone);
  }
  SECTION("a blob that is there, but that this host never sent, is asked for as well") {
    host.results = {SimulatedHost::resultOf(attempt, "somebody's data")};
    const auto ack = host.sync(0).acks.at(0);
    CHECK(ack.verdict == AckVerdict::kBlobsMissing);
    CHECK(ack.missing == std::vector<Digest>{secret});
  }
}

TEST_CASE("a result that comes after its lease lapsed or expired still counts, but not without its blobs") {
  Grid grid;
  const BatchId batch = grid.submit(grid.scientist, grid.spec(grid.scientist, 1));
  SimulatedHost host = grid.newHost();
  const auto attempt = host.sync(1).attempts.at(0);
  SECTION("sent in time") { host.finish(attempt); }
  SECTION("never sent") { host.results = {SimulatedHost::resultOf(attempt)}; }
  const bool sent = grid.blobs->has(certs::sha256("42\n"));
  const bool expired = GENERATE(false, true);
  grid.advance(expired ? Duration::hours(25) : Duration::minutes(11));
  REQUIRE(grid.waitForActive(grid.scientist, batch, 0));
  const auto ack = host.sync(0).acks.at(0);
  const AckVerdict unsent = expired ? AckVerdict::kNotWanted : AckVerdict::kBlobsMissing;
  CHECK(ack.verdict == (sent ? AckVerdict::kAccepted : unsent));
  CHECK(grid.batch(grid.scientist, batch).certified == (sent ? 1 : 0));
}

TEST_CASE("a report that cannot be right is refused and the task goes on") {
  Grid grid;
  BatchSpec spec = grid.spec(grid.scientist, 1);
  spec.limits.outputBytes = 100;
  const BatchId batch = grid.submit(grid.scientist, spec);
  SimulatedHost host = grid.newHost();
  const auto attempt = host.sync(1).attempts.at(0);
  host.finish(attempt);
  ResultReport& report = host.results[0].report;
  std::string reason;
  SECTION("an output that was not declared") {
    report.outputs.push_back({"spy", report.outputs[0].digest, report.outputs[0].size, false});
    reason = "declares no output 'spy'";
  }
  SECTION("a declared output missing though all went well") {
    report.outputs.clear();
    reason = "lacks the declared output 'out'";
  }
  SECTION("a size that is not the blob's") {
    report.outputs[0].size = 4;
    reason = "has 3 bytes";
  }
  SECTION("more than the batch allows") {
    report.outputs[0].size = 101;
    reason = "limit of 100 bytes";
  }
  SECTION("an exit code that does not mean success") {
    report.exitCode = 3;
    reason = "exit code 3";
  }
  SECTION("a log over its bound") {
    const std::string log(limits::kStreamBytes + 1, 'x');
    REQUIRE(host.upload(attempt.attempt, log).status == 201);
    report.standardError = certs::sha256(log);
    reason = "log";
  }
  const auto ack = host.sync(0).acks.at(0);
  CHECK(ack.verdict == AckVerdict::kRefused);
  CHECK_THAT(ack.reason, Catch::Contains(reason));
  CHECK(grid.batch(grid.scientist, batch).certified == 0);
  CHECK(grid.waitForActive(grid.scientist, batch, 0));  // the attempt ended: another host may have the task
  CHECK(grid.newHost().sync(1).attempts.size() == 1);
}

TEST_CASE("a failed run needs no outputs, and its reason reaches the owner") {
  Grid grid;
  BatchSpec spec = grid.spec(grid.scientist, 1);
  spec.policy.retries = 0;
  const BatchId batch = grid.submit(grid.scientist, spec);
  SimulatedHost host = grid.newHost();
  const auto attempt = host.sync(1).attempts.at(0);
  REQUIRE(host.upload(attempt.attempt, "segfault").status == 201);
  host.results.push_back({attempt.attempt, attempt.task, attempt.revision, {}});
  host.results[0].report.exit = ExitKind::kSignal;
  host.results[0].report.exitCode = 11;
  host.results[0].report.reason = "killed by signal 11";
  host.results[0].report.standardError = certs::sha256("segfault");
  CHECK(host.sync(0).acks.at(0).verdict == AckVerdict::kAccepted);
  CHECK(grid.batch(grid.scientist, batch).failed == 1);

  const std::string tasks = "/api/v1/batches/" + std::to_string(batch.value) + "/tasks";
  const auto page = wire::parseTaskPage(grid.get(grid.scientist, tasks + "?state=failed").body).value();
  REQUIRE(page.tasks.size() == 1);
  const auto task = wire::parseTaskView(grid.get(grid.scientist, tasks + "/0").body).value();
  REQUIRE(task.attempts.size() == 1);
  CHECK(task.attempts[0].report.reason == "killed by signal 11");
  CHECK(grid.get(grid.scientist, tasks + "/0/blobs/" + certs::sha256("segfault").hex()).body == "segfault");
}

TEST_CASE("agents' JSON that is broken, too large, cut off or nested too deep gets a clear answer") {
  Grid grid;
  SimulatedHost host = grid.newHost();
  const std::string good = wire::toJson(wire::SyncRequest{});
  CHECK(host.syncWith("").problem().code == ErrorCode::kInvalid);
  CHECK(host.syncWith("nonsense").problem().code == ErrorCode::kInvalid);
  CHECK(host.syncWith(good.substr(0, good.size() / 2)).problem().code == ErrorCode::kInvalid);
  CHECK(host.syncWith(std::string(100'000, '[')).status >= 400);
  host.syncWith(std::string(100'000, '[')).problem();
  CHECK(host.syncWith(replaced(good, "{", "{\"x\":" + std::string(40, '[') + std::string(40, ']') + ",")).status >=
        400);
  wire::SyncRequest request;
  request.held.assign(limits::kHostAttempts + 1, AttemptId{1});
  CHECK(host.syncWith(wire::toJson(request)).problem().code == ErrorCode::kTooLarge);
  CHECK(host.enrolWith("{\"token\":" + std::string(200'000, ' ') + "1}").status >= 400);
}

TEST_CASE("a lost answer loses and doubles nothing") {
  Grid grid;
  grid.submit(grid.scientist, grid.spec(grid.scientist, 3));
  SimulatedHost host = grid.newHost();
  const auto first = host.sync(3).attempts;
  REQUIRE(first.size() == 3);
  host.held.clear();  // the answer never arrived
  const wire::SyncReply again = host.sync(3);
  REQUIRE(again.attempts.size() == 3);
  CHECK(again.jobs.size() == 1);
  CHECK(again.attempts[0].attempt == first[0].attempt);
}

}  // namespace hearth::test
