// SPDX-License-Identifier: GPL-3.0-or-later
// Watching a batch, and what the server says of itself.
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "support/api_fixture.h"

namespace hearth::test {
namespace {

using server::Method;

struct Watchtower : ApiFixture {
  explicit Watchtower(server::ApiOptions options = {}) : ApiFixture(options) {}
  Person alice = addPerson("alice", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer));
  std::string eventsOf(BatchId batch) { return "/api/v1/batches/" + std::to_string(batch.value) + "/events"; }
};

}  // namespace

TEST_CASE("a watcher gets the state at once, then changes, then the end") {
  Watchtower tower;
  const BatchId batch = tower.submit(tower.alice, tower.spec(tower.alice, 2));
  const auto events = tower.watch(tower.alice, tower.eventsOf(batch));
  REQUIRE(events);
  REQUIRE(events->waitFor("progress"));
  const auto first = wire::parseBatchView(events->events().front().second).value();
  CHECK(first.id == batch);
  CHECK(first.name == "a batch");
  CHECK(first.certified == 0);

  SimulatedHost host(tower);
  host.enrol(tower.joinToken(tower.alice));
  for (const auto& attempt : host.sync(2).attempts) host.finish(attempt);
  host.sync(0);
  REQUIRE(events->waitFor("end"));
  const auto all = events->events();
  CHECK(all.back().first == "end");
  const auto last = wire::parseBatchView(all.at(all.size() - 2).second).value();
  CHECK(last.state == BatchState::kDone);
  CHECK(last.certified == 2);
  CHECK(events->waitUntilClosed());
}

TEST_CASE("a batch that is over is told and ended at once") {
  Watchtower tower;
  const BatchId batch = tower.submit(tower.alice, tower.spec(tower.alice));
  tower.post(tower.alice, "/api/v1/batches/" + std::to_string(batch.value) + "/cancel");
  const auto events = tower.watch(tower.alice, tower.eventsOf(batch));
  REQUIRE(events);
  CHECK(events->waitFor("end"));
  CHECK(wire::parseBatchView(events->events().front().second).value().state == BatchState::kCancelled);
}

TEST_CASE("an account has a bounded number of streams, and those who left do not count") {
  server::ApiOptions options;
  options.watchersPerAccount = 2;
  Watchtower tower(options);
  const BatchId batch = tower.submit(tower.alice, tower.spec(tower.alice));
  const auto one = tower.watch(tower.alice, tower.eventsOf(batch));
  const auto two = tower.watch(tower.alice, tower.eventsOf(batch));
  REQUIRE(one);
  REQUIRE(two);
  CHECK(tower.get(tower.alice, tower.eventsOf(batch)).problem().code == ErrorCode::kUnavailable);
  one->leave();
  CHECK(tower.watch(tower.alice, tower.eventsOf(batch)));
}

TEST_CASE("changes that follow each other quickly are told together") {
  Watchtower tower;
  const BatchId batch = tower.submit(tower.alice, tower.spec(tower.alice, 200));
  const auto events = tower.watch(tower.alice, tower.eventsOf(batch));
  SimulatedHost host(tower);
  host.enrol(tower.joinToken(tower.alice));
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) {
    for (const auto& attempt : host.sync(1).attempts) host.finish(attempt);
  }
  host.sync(0);
  REQUIRE(events->waitFor("end"));
  const auto took = std::chrono::steady_clock::now() - begun;
  const auto most = static_cast<std::size_t>(took / std::chrono::milliseconds(100)) + 4;
  CHECK(events->events().size() <= most);
  if (most >= 200) WARN("this machine is so slow that there was nothing to tell together");
}

TEST_CASE("streams end when the server closes them") {
  Watchtower tower;
  const auto events = tower.watch(tower.alice, tower.eventsOf(tower.submit(tower.alice, tower.spec(tower.alice))));
  REQUIRE(events);
  tower.api->closeStreams();
  CHECK(events->waitUntilClosed());
}

TEST_CASE("the server says how it is and what it does") {
  Watchtower tower;
  CHECK(tower.call(Method::kGet, "/healthz").status == 200);
  CHECK(tower.call(Method::kGet, "/readyz").status == 200);
  tower.submit(tower.alice, tower.spec(tower.alice));
  tower.get(tower.alice, "/api/v1/batches/77");
  const Reply metrics = tower.call(Method::kGet, "/metrics");
  CHECK(metrics.status == 200);
  CHECK_THAT(metrics.header("content-type"), Catch::StartsWith("text/plain; version=0.0.4"));
  for (const std::string line :
       {"hearth_batches_open 1\n", "hearth_connections 7\n", "# TYPE hearth_http_request_seconds histogram\n",
        "hearth_http_requests_total{method=\"GET\",route=\"/api/v1/batches/{batch}\",status=\"4xx\"} 1\n",
        "hearth_http_requests_total{method=\"POST\",route=\"/api/v1/batches\",status=\"2xx\"} 1\n",
        "hearth_http_request_seconds_count{method=\"POST\",route=\"/api/v1/batches\"} 1\n", "hearth_commits_total "}) {
    CHECK_THAT(metrics.body, Catch::Contains(line));
  }
  CHECK(metrics.body.find("hearth_blob_bytes_in_total 0\n") == std::string::npos);
}

TEST_CASE("anybody may see what is happening, and nothing of whose it is") {
  Watchtower tower;
  tower.submit(tower.alice, tower.spec(tower.alice));
  const Reply figures = tower.call(Method::kGet, "/api/v1/figures");
  CHECK(figures.status == 200);
  CHECK(figures.body == R"({"hosts":0,"running":0,"silent":0,"again":0,"open":1,"certified":0})");
}

}  // namespace hearth::test
