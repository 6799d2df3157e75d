// SPDX-License-Identifier: GPL-3.0-or-later
// A batch while it runs: what failed and how, why it does not run, what may be changed of it.
#include <string>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "api/http_support.h"
#include "certs/sha256.h"
#include "server/api/failure_groups.h"
#include "server/api/progress_log.h"
#include "server/api/result_values.h"
#include "server/api/why.h"
#include "server/web/batch_svg.h"
#include "support/api_fixture.h"

namespace hearth::test {
namespace {

namespace json = boost::json;
using server::Method;

struct Grid : ApiFixture {
  Person alice = addPerson("alice", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer));
  Person bob = addPerson("bob", RoleSet{}.with(Role::kScientist));
  SimulatedHost host{*this};

  Grid() { host.enrol(joinToken(alice)); }

  std::string path(BatchId batch, const std::string& rest) const {
    return "/api/v1/batches/" + std::to_string(batch.value) + rest;
  }
  json::value look(BatchId batch, const std::string& rest) {
    const Reply reply = get(alice, path(batch, rest));
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    return json::parse(reply.body);
  }
  BatchId submitOnce(std::uint64_t tasks) {
    BatchSpec wanted = spec(alice, tasks);
    wanted.policy.retries = 0;
    wanted.policy.stopAfterFailures = 1'000'000;
    return submit(alice, wanted);
  }
  void fail(const wire::AssignedAttempt& attempt, ExitKind exit, std::int32_t code, const std::string& log) {
    wire::ReturnedResult result{attempt.attempt, attempt.task, attempt.revision, {}};
    result.report.exit = exit;
    result.report.exitCode = code;
    result.report.reason = "it failed";
    if (!log.empty()) {
      REQUIRE(host.upload(attempt.attempt, log).status < 300);
      result.report.standardError = certs::sha256(log);
    }
    host.results.push_back(result);
  }
};

}  // namespace

TEST_CASE("failed tasks are grouped by their error and the last line of standard error, numbers left out") {
  Grid grid;
  const BatchId batch = grid.submitOnce(7);
  const auto given = grid.host.sync(7).attempts;
  REQUIRE(given.size() == 7);
  for (std::size_t i = 0; i < 4; ++i) {
    grid.fail(given[i], ExitKind::kExitCode, 3, "begin\nno convergence after " + std::to_string(i * 17) + " steps\n\n");
  }
  grid.fail(given[4], ExitKind::kExitCode, 4, "no convergence after 9 steps");
  grid.fail(given[5], ExitKind::kMemoryLimit, 0, "");
  grid.host.finish(given[6]);
  grid.host.sync(0);
  const json::value failures = grid.look(batch, "/failures");
  CHECK(failures.at("failed") == 6);
  CHECK(failures.at("counted") == 6);
  const auto& groups = failures.at("groups").as_array();
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].at("kind") == "exit-code");
  CHECK(groups[0].at("exitCode") == 3);
  CHECK(groups[0].at("line") == "no convergence after # steps");
  CHECK(groups[0].at("tasks") == 4);
  CHECK(groups[0].at("first") == json::parse("[0,1,2,3]"));
  const std::string log = grid.path(batch, "/tasks/0/blobs/") + std::string(groups[0].at("log").as_string());
  CHECK_THAT(grid.get(grid.alice, log).body, Catch::Contains("after 0 steps"));
  CHECK(groups[1].at("exitCode") == 4);
  CHECK(groups[2].at("kind") == "memory-limit");
  CHECK(grid.get(grid.bob, grid.path(batch, "/failures")).status == 404);
  CHECK(grid.get(grid.bob, grid.path(batch, "/why")).status == 404);
  CHECK(grid.get(grid.bob, grid.path(batch, "/progress")).status == 404);
  CHECK(grid.post(grid.bob, grid.path(batch, "/priority"), R"({"priority":1})").status == 404);

  SECTION("one group is retried alone, with more memory and time, which the next attempts are told") {
    const std::string group(groups[2].at("id").as_string());
    const Reply retried = grid.post(grid.alice, grid.path(batch, "/retry"),
                                    R"({"group":")" + group + R"(","memoryBytes":1073741824,"timeMs":7200000})");
    INFO(retried.body);
    REQUIRE(retried.status == 200);
    CHECK(grid.batch(grid.alice, batch).failed == 5);
    CHECK(grid.batch(grid.alice, batch).state == BatchState::kRunning);
    const auto again = grid.host.sync(7);
    REQUIRE(again.attempts.size() == 1);
    CHECK(again.attempts[0].task.index == 5);
    REQUIRE(again.jobs.size() == 1);
    CHECK(again.jobs[0].requirements.memoryBytes == 1'073'741'824);
    CHECK(again.jobs[0].limits.time == Duration::hours(2));
  }
  SECTION("what cannot be is refused, and changes nothing") {
    CHECK(grid.post(grid.alice, grid.path(batch, "/retry"), R"({"group":"0123"})").problem().code ==
          ErrorCode::kNotFound);
    CHECK(grid.post(grid.alice, grid.path(batch, "/retry"), R"({"memry":1})").problem().code == ErrorCode::kInvalid);
    CHECK(grid.post(grid.alice, grid.path(batch, "/priority"), R"({"priority":100000})").status == 400);
    CHECK(grid.batch(grid.alice, batch).failed == 6);
  }
}

TEST_CASE("a batch that does not run says why: no host, too few, paused") {
  ApiFixture api;
  const Person alice = api.addPerson("alice", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer));
  BatchSpec spec = api.spec(alice, 4);
  spec.requirements.memoryBytes = 4ULL << 40;
  const BatchId batch = api.submit(alice, spec);
  const std::string path = "/api/v1/batches/" + std::to_string(batch.value);
  const auto why = [&] {
    api.advance(Duration::seconds(3));
    return api.get(alice, path + "/why").body;
  };
  CHECK_THAT(why(), Catch::Contains("No host has joined"));
  SimulatedHost host(api);
  host.enrol(api.joinToken(alice));
  host.sync(1);
  CHECK_THAT(why(), Catch::Contains("None of the 1 host") && Catch::Contains("less than 4TiB of memory") &&
                        Catch::Contains("\"need\":\"memory\""));
  CHECK(api.post(alice, path + "/pause").status == 200);
  CHECK_THAT(why(), Catch::Contains("It is paused: paused by 'alice'"));
}

TEST_CASE("lists of batches are filtered by state and name, page by page") {
  Grid grid;
  for (int i = 0; i < 5; ++i) {
    BatchSpec spec = grid.spec(grid.alice, 1);
    spec.name = (i % 2 == 0 ? "Folding " : "Ising ") + std::to_string(i);
    grid.submit(grid.alice, spec);
  }
  REQUIRE(grid.post(grid.alice, "/api/v1/batches/3/cancel").status == 200);
  const auto names = [&](const std::string& query) {
    const auto page = wire::parseBatchPage(grid.get(grid.alice, "/api/v1/batches" + query).body).value();
    std::string list;
    for (const auto& batch : page.batches) list += batch.name + ";";
    return list;
  };
  CHECK(names("?name=folding") == "Folding 4;Folding 2;Folding 0;");
  CHECK(names("?name=FOLD&limit=2") == "Folding 4;Folding 2;");
  CHECK(names("?name=fold&before=3") == "Folding 0;");
  CHECK(names("?state=cancelled") == "Folding 2;");
  CHECK(names("?state=open&name=ising") == "Ising 3;Ising 1;");
  CHECK(grid.get(grid.alice, "/api/v1/batches?state=odd").problem().code == ErrorCode::kInvalid);
}

TEST_CASE("how a batch got on is noted a point a second, and thinned as its life grows longer") {
  Grid grid;
  const BatchId batch = grid.submit(grid.alice, grid.spec(grid.alice, 6));
  for (int i = 0; i < 6; ++i) {
    grid.host.finish(grid.host.sync(1).attempts.at(0));
    grid.advance(Duration::minutes(2));
    grid.host.sync(0);
  }
  json::array points;
  REQUIRE(eventually([&] {
    points = grid.look(batch, "/progress").at("points").as_array();
    return points.back().at("certified") == 6;
  }));
  CHECK(points.size() >= 6);
  CHECK(points.front().at("certified") == 0);

  server::ProgressPoints many;
  for (std::uint64_t i = 0; i < 100'000; ++i) many.push_back({{static_cast<std::int64_t>(i * 1'000'000)}, i, 0, 1});
  const auto few = server::thinned(many);
  CHECK(few.size() <= server::kProgressPoints);
  CHECK(few.size() > server::kProgressPoints / 2);
  CHECK(few.front() == many.front());
  CHECK(few.back() == many.back());
  CHECK(server::pointsOf(server::toText(few)) == few);
  CHECK(server::pointsOf("1 2 3 4\nnonsense\n5 6 7 8\n").size() == 2);
}

TEST_CASE("tables of numbers are read as people and programs write them") {
  const auto read = [](std::string_view text) {
    const auto table = server::readNumberTable(text);
    std::string told;
    if (!table) return told;
    for (std::size_t i = 0; i < table->last.size(); ++i)
      told += table->columns[i] + "=" + std::to_string(table->last[i]).substr(0, 4) + ";";
    return told;
  };
  CHECK(read("step,energy\n0,1.5\n1,2.5\n") == "step=1.00;energy=2.50;");
  CHECK(read("# by hand\n1 2\r\n3 4\r\n") == "column 1=3.00;column 2=4.00;");
  CHECK(read("a;b\n1;2\n") == "a=1.00;b=2.00;");
  CHECK(read("42\n") == "column 1=42.0;");
  CHECK(read("a,b\n1,x\n").empty());
  CHECK(read("no table").empty());
  CHECK(read("").empty());
  CHECK(read("1,nan\n").empty());
}

TEST_CASE("one number of each result is had over a parameter of the sweep") {
  Grid grid;
  const BatchId batch = grid.submit(grid.alice, grid.spec(grid.alice, 5));
  for (const auto& attempt : grid.host.sync(5).attempts) {
    grid.host.finish(attempt, "x,y\n1," + std::to_string(attempt.task.index * 10) + "\n");
  }
  grid.host.sync(0);
  const json::value values = grid.look(batch, "/values");
  CHECK(values.at("output") == "out");
  CHECK(values.at("column") == "y");
  CHECK(values.at("columns") == json::parse(R"(["x","y"])"));
  CHECK(values.at("parameter") == "n");
  const auto& points = values.at("points").as_array();
  REQUIRE(points.size() == 5);
  CHECK(points[3].at(1).to_number<double>() == 30);
  CHECK(points[3].at(2) == 3);
  CHECK(grid.look(batch, "/values?column=x&parameter=index").at("points").at(4) == json::parse("[4,1,4]"));
  CHECK(grid.get(grid.bob, grid.path(batch, "/values")).status == 404);
}

TEST_CASE("the drawings of a batch hold what they say, also at the ends of its life") {
  CHECK(server::throughputPlot({}).empty());
  CHECK(server::throughputPlot({{{1}, 0, 0, 0}, {{2}, 1, 0, 0}}).empty());
  const Instant begin = Instant::ofUnixSeconds(1'800'000'000);
  server::ProgressPoints points;
  for (std::uint64_t i = 0; i <= 60; ++i)
    points.push_back({begin + Duration::minutes(static_cast<std::int64_t>(i)), i * 30, 0, 4});
  const std::string plot = server::throughputPlot(points);
  CHECK_THAT(plot, Catch::Contains("at most 30, last 30") && Catch::Contains(">50<") && Catch::EndsWith("</svg>"));
  CHECK(plot.find("style") == std::string::npos);
  CHECK(server::certifiedPerMinute(points, points.back().at) == Approx(30));
  CHECK(server::certifiedPerMinute(points, points.back().at + Duration::minutes(5)) == Approx(15));
  CHECK(server::certifiedPerMinute({}, begin) == 0);
  const std::string bar = server::progressBar({1'000, 500, 100, 250});
  CHECK_THAT(bar, Catch::Contains("data-part=\"certified\" x=\"0.0\" y=\"0\" width=\"500.0\"") &&
                      Catch::Contains("data-part=\"failed\" x=\"500.0\" y=\"0\" width=\"250.0\""));
  CHECK(server::TaskCounts{10, 8, 5, 0}.pending() == 0);  // a replica is active beside what is certified
  CHECK(server::progressBar({}).find("nan") == std::string::npos);
}

TEST_CASE("lines differ for people and not for a group when only numbers differ") {
  CHECK(server::withoutNumbers("Segmentation fault at 0x7ffe12ab (task 17)") ==
        server::withoutNumbers("Segmentation fault at 0x00ab (task 18)"));
  CHECK(server::withoutNumbers("file deadbeef01234567.dat") == "file #.dat");
  CHECK(server::withoutNumbers("x = 1.5e-3") == "x = #.#e-#");
  CHECK(server::withoutNumbers("no such option") == "no such option");
  CHECK(server::lastLine("one\ntwo\r\n \n") == "two");
  CHECK(server::lastLine("") == "");
  CHECK(server::lastLine("a\tb") == "a b");
}

}  // namespace hearth::test
