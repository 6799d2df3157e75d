// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "cli/context.h"
#include "cli/session.h"
#include "cli_support.h"
#include "wire/people.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;
using test::Answer;
using test::Asked;
using test::Folder;
using test::Ran;
using test::runHearth;
using test::SmallServer;

std::string problem(unsigned status, const std::string& code) {
  return R"({"type":"urn:hearth:problem:)" + code + R"(","title":"t","status":)" + std::to_string(status) +
         R"(,"detail":"it is so","hint":"do this"})";
}

wire::BatchView batchView(BatchState state, std::uint64_t certified, std::uint64_t failed) {
  wire::BatchView batch;
  batch.id = BatchId{7};
  batch.name = "sweep";
  batch.owner = "alice";
  batch.state = state;
  batch.tasks = 4;
  batch.certified = certified;
  batch.failed = failed;
  batch.created = Instant::ofUnixSeconds(1'800'000'000);
  if (state == BatchState::kDone) batch.ended = Instant::ofUnixSeconds(1'800'000'060);
  return batch;
}

/// A person who is logged in to the server.
void logIn(const Folder& folder, const SmallServer& server) {
  REQUIRE(writeSession(folder / "hearth", {server.address(), "hacc_t", server.authorityFingerprint()}));
}

}  // namespace

TEST_CASE("the exit status tells scripts what kind of failure it was") {
  const std::map<std::string, int> expected = {{"invalid", kExitUsage},          {"unauthorized", kExitForbidden},
                                               {"forbidden", kExitForbidden},    {"not-found", kExitNotFound},
                                               {"conflict", kExitFailed},        {"integrity", kExitIntegrity},
                                               {"unsupported", kExitUnsupported}};
  std::string code;
  SmallServer server([&](const Asked&) {
    return Answer{400, problem(400, code), {{"Content-Type", "application/problem+json"}}};
  });
  const Folder folder;
  logIn(folder, server);
  for (const auto& [name, status] : expected) {
    code = name;
    const Ran ran = runHearth(folder / "hearth", {"whoami"});
    INFO(name);
    CHECK(ran.status == status);
    CHECK(ran.err == "hearth: it is so\n  hint: do this\n");
    CHECK(ran.out.empty());
  }
  const Ran json = runHearth(folder / "hearth", {"whoami", "--json"});
  CHECK_THAT(json.err, Catch::StartsWith("{") && Catch::Contains("\"hint\":\"do this\""));
}

TEST_CASE("wrong usage is 2, suggests the nearest word, and names the help") {
  const Folder folder;
  const auto refused = [&](const std::vector<std::string>& arguments) {
    const Ran ran = runHearth(folder / "hearth", arguments);
    CHECK(ran.status == kExitUsage);
    CHECK(ran.out.empty());
    CHECK_THAT(ran.err, Catch::Contains("hint: "));
    return ran.err;
  };
  CHECK_THAT(refused({"stauts"}), Catch::Contains("'status'"));
  CHECK_THAT(refused({"status", "--jsn"}), Catch::Contains("'--json'"));
  CHECK_THAT(refused({"key", "aprove"}), Catch::Contains("'approve'"));
  refused({});
  refused({"watch"});
  refused({"watch", "seven"});
  refused({"tasks", "7", "--state", "lost"});
  refused({"results", "7", "-o", "x", "--layout", "{path}"});
}

TEST_CASE("every command has --json and a help with an example") {
  const Folder folder;
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"login"},           {"logout"},         {"whoami"},         {"key", "new"},  {"key", "show"},
           {"key", "request"},  {"key", "approve"}, {"key", "list"},    {"pack"},        {"submit"},
           {"status"},          {"watch"},          {"results"},        {"tasks"},       {"show"},
           {"cancel"},          {"pause"},          {"resume"},         {"retry"},       {"hosts"},
           {"host", "revoke"},  {"invite"},         {"app", "publish"}, {"app", "list"}, {"account", "add"},
           {"account", "list"}, {"audit"}}) {
    std::vector<std::string> arguments = command;
    arguments.emplace_back("--help");
    const Ran ran = runHearth(folder / "hearth", arguments);
    INFO(command.back());
    CHECK(ran.status == kExitOk);
    CHECK_THAT(ran.out, Catch::Contains("--json") && Catch::Contains("Example:\n  hearth " + command.front()));
  }
}

TEST_CASE("who is not logged in is told how to") {
  const Folder folder;
  const Ran ran = runHearth(folder / "hearth", {"status"});
  CHECK(ran.status == kExitForbidden);
  CHECK_THAT(ran.err, Catch::Contains("hearth login"));
}

TEST_CASE("login asks the server before it remembers it") {
  SmallServer server([](const Asked& asked) {
    if (asked.headers.at("authorization") != "Bearer hacc_good")
      return Answer{401, problem(401, "unauthorized"), {{"Content-Type", "application/problem+json"}}};
    wire::MeView me;
    me.id = AccountId{1};
    me.name = "alice";
    me.project = "Test";
    me.rootKey = std::string(64, 'a');
    return Answer{200, wire::toJson(me), {}};
  });
  const Folder folder;
  const auto logInWith = [&](const std::string& token, const Digest& pin) {
    return runHearth(folder / "hearth", {"login", server.address(), "--token", token, "--fingerprint", pin.hex()})
        .status;
  };
  CHECK(logInWith("hacc_bad", server.authorityFingerprint()) == kExitForbidden);
  CHECK(logInWith("hacc_good", certs::sha256("another")) == kExitIntegrity);
  CHECK_FALSE(readSession(folder / "hearth"));
  CHECK(logInWith("hacc_good", server.authorityFingerprint()) == kExitOk);
  CHECK(readSession(folder / "hearth").value().token == "hacc_good");
  CHECK(runHearth(folder / "hearth", {"logout"}).status == kExitOk);
  CHECK_FALSE(readSession(folder / "hearth"));
}

TEST_CASE("watch follows a batch over a broken stream and tells by its exit status how it ended") {
  const std::uint64_t failed = GENERATE(0, 1);
  int streams = 0;
  SmallServer server([&](const Asked& asked) {
    if (asked.path != "/api/v1/batches/7/events")
      return Answer{200, wire::toJson(batchView(BatchState::kRunning, 0, 0)), {}};
    const auto event = [](const wire::BatchView& batch) {
      return "event: progress\ndata: " + wire::toJson(batch) + "\n\n";
    };
    if (++streams == 1) return Answer{200, event(batchView(BatchState::kRunning, 1, 0)) + "event: prog", {}};
    return Answer{200, event(batchView(BatchState::kDone, 4 - failed, failed)) + "event: end\ndata: {}\n\n", {}};
  });
  const Folder folder;
  logIn(folder, server);
  const Ran ran = runHearth(folder / "hearth", {"watch", "7"});
  CHECK(streams == 2);
  CHECK(ran.status == (failed == 0 ? kExitOk : kExitFailed));
  CHECK_THAT(ran.out, Catch::Contains("is done: " + std::to_string(4 - failed) + " of 4 tasks certified"));
  CHECK(ran.out.find('\r') == std::string::npos);  // plain lines in a pipe
}

TEST_CASE("results come with a manifest of their digests, in the layout asked for") {
  const std::string body = "the same output";
  SmallServer server([&](const Asked& asked) {
    if (asked.path == "/api/v1/batches/7") return Answer{200, wire::toJson(batchView(BatchState::kDone, 2, 0)), {}};
    if (asked.path.find("/results?from=0") != std::string::npos) {
      wire::ResultPage page;
      for (const TaskIndex index : {0, 3}) {
        wire::ResultView result;
        result.index = index;
        result.attempt = AttemptId{index + 1};
        result.host = HostId{1};
        result.report.outputs = {{"out/a.txt", certs::sha256(body), body.size(), false}};
        page.results.push_back(result);
      }
      return Answer{200, wire::toJson(page), {}};
    }
    return Answer{200, body, {}};
  });
  const Folder folder;
  logIn(folder, server);
  const Ran ran = runHearth(folder / "hearth", {"results", "7", "-o", (folder / "r").string()});
  INFO(ran.err);
  REQUIRE(ran.status == kExitOk);
  CHECK(test::readAll(folder / "r/0/out/a.txt") == body);
  CHECK(test::readAll(folder / "r/3/out/a.txt") == body);
  CHECK_THAT(test::readAll(folder / "r/MANIFEST.json"),
             Catch::Contains(certs::sha256(body).hex()) && Catch::Contains("\"file\":\"3/out/a.txt\""));
  CHECK_FALSE(fs::exists(folder / "r/.partial"));
  REQUIRE(runHearth(folder / "hearth", {"results", "7", "-o", (folder / "flat").string(), "--layout", "{index}-{name}"})
              .status == kExitOk);
  CHECK(test::readAll(folder / "flat/3-a.txt") == body);
  const auto blobs = server.asked();
  CHECK(std::count_if(blobs.begin(), blobs.end(),
                      [](const Asked& a) { return a.path.find("/blobs/") != std::string::npos; }) == 2);  // once a run
}

TEST_CASE("a server cannot write outside of the results' folder") {
  SmallServer server([&](const Asked& asked) {
    if (asked.path == "/api/v1/batches/7") return Answer{200, wire::toJson(batchView(BatchState::kDone, 1, 0)), {}};
    wire::ResultPage page;
    wire::ResultView result;
    result.attempt = AttemptId{1};
    result.host = HostId{1};
    result.report.outputs = {{"a.txt", certs::sha256("x"), 1, false}};
    page.results.push_back(result);
    std::string text = wire::toJson(page);
    text.replace(text.find("a.txt"), 5, "../../evil");
    return Answer{200, text, {}};
  });
  const Folder folder;
  logIn(folder, server);
  CHECK(runHearth(folder / "hearth", {"results", "7", "-o", (folder / "a/b").string()}).status != kExitOk);
  CHECK_FALSE(fs::exists(folder / "evil"));
}

TEST_CASE("tasks of every state are listed in their order, page by page") {
  SmallServer server([](const Asked& asked) {
    wire::TaskPage page;
    const auto add = [&](TaskIndex index, TaskState state) {
      wire::TaskView task;
      task.index = index;
      task.state = state;
      page.tasks.push_back(task);
    };
    if (asked.path.find("state=certified") != std::string::npos) {
      for (const TaskIndex index : {0, 2, 5}) add(index, TaskState::kCertified);
    }
    if (asked.path.find("state=failed") != std::string::npos) add(1, TaskState::kFailed);
    if (asked.path.find("state=cancelled") != std::string::npos) add(9, TaskState::kCancelled);
    return Answer{200, wire::toJson(page), {}};
  });
  const Folder folder;
  logIn(folder, server);
  const auto listed = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"tasks", "7", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = runHearth(folder / "hearth", arguments);
    INFO(ran.err);
    REQUIRE(ran.status == kExitOk);
    return wire::parseTaskPage(ran.out).value();
  };
  const wire::TaskPage all = listed({});
  std::vector<TaskIndex> indices;
  for (const wire::TaskView& task : all.tasks) indices.push_back(task.index);
  CHECK(indices == std::vector<TaskIndex>{0, 1, 2, 5, 9});
  CHECK_FALSE(all.next);
  const wire::TaskPage first = listed({"--limit", "2"});
  REQUIRE(first.tasks.size() == 2);
  CHECK(first.tasks[1].state == TaskState::kFailed);
  CHECK(first.next == 2U);
  CHECK(listed({"--failed"}).tasks.size() == 1);
  const Ran none = runHearth(folder / "hearth", {"tasks", "7", "--state", "active"});
  CHECK(none.status == kExitOk);
  CHECK_THAT(none.out, Catch::Contains("No tasks to list"));
}

TEST_CASE("submit --dry-run shows the first and last commands and needs no server") {
  const Folder folder;
  folder.write(
      "b/hearth.toml",
      "name = \"t\"\napplication = \"ecm\"\ncommand = [\"ecm\", \"{n}\"]\n[sweep]\nn = { from = 1, to = 1000 }\n");
  const Ran ran = runHearth(folder / "hearth", {"submit", (folder / "b").string(), "--dry-run"});
  CHECK(ran.status == kExitOk);
  CHECK_THAT(ran.out,
             Catch::Contains("1000 tasks") && Catch::Contains("0: ecm 1\n") && Catch::Contains("999: ecm 1000\n"));
}

TEST_CASE("submit sends its key, the same on every try") {
  std::set<std::string> keys;
  int posts = 0;
  SmallServer server([&](const Asked& asked) {
    if (asked.method != "POST") return Answer{404, "", {}};
    keys.insert(asked.headers.at("idempotency-key"));
    return ++posts < 3 ? Answer{503, "", {}} : Answer{201, wire::toJson(batchView(BatchState::kOpen, 0, 0)), {}};
  });
  const Folder folder;
  logIn(folder, server);
  folder.write("b/hearth.toml", "name = \"t\"\napplication = \"ecm\"\ncommand = [\"ecm\"]\n");
  const Ran ran = runHearth(folder / "hearth", {"submit", (folder / "b").string(), "--json"});
  INFO(ran.err);
  CHECK(ran.status == kExitOk);
  CHECK(posts == 3);
  CHECK(keys.size() == 1);
  CHECK_THAT(ran.out, Catch::Contains("\"id\":7"));
}

TEST_CASE("the built program gives exit statuses and never shows a bare exception") {
  const std::string hearth = std::string(HEARTH_BIN_DIR) + "/hearth";
  if (!fs::exists(hearth)) return;
  const Folder folder;
  const std::vector<std::string> environment{"XDG_CONFIG_HOME=" + folder.path().string()};
  CHECK(test::runProgram({hearth, "--version"}, environment).out.rfind("hearth ", 0) == 0);
  CHECK(test::runProgram({hearth, "status"}, environment).status == kExitForbidden);
  CHECK(test::runProgram({hearth, "nonsense"}, environment).status == kExitUsage);
  CHECK(test::runProgram({hearth, "submit", "/nowhere"}, environment).status == kExitNotFound);
  CHECK(test::runProgram({hearth, "login", "https://127.0.0.1:1", "--token", "t"}, environment).status ==
        kExitUnavailable);
  CHECK_THAT(test::runProgram({hearth, "status"}, {}).err, Catch::Contains("hint: "));
}

}  // namespace hearth::cli
