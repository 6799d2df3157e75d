// SPDX-License-Identifier: GPL-3.0-or-later
// Bundles in the making: kept, checked, expanded, tried and submitted.
#include <string>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "server/api/drafts.h"
#include "support/draft_desk.h"
#include "wire/package_json.h"

namespace hearth::test {

using server::Method;
namespace json = boost::json;

TEST_CASE("a draft keeps what was typed and which files came, for its owner only") {
  DraftDesk desk;
  const std::string id = desk.beginDraft({{"manifest", "name = \"first\""}});
  CHECK(desk.put(id, "a/b.txt", "hello").status == 201);
  desk.save(id, "name = \"second\"\nnonsense");
  const json::object shown = desk.draft(id);
  CHECK(shown.at("manifest") == "name = \"second\"\nnonsense");
  CHECK(shown.at("name") == "first");  // the last name that could be read
  CHECK(shown.at("bytes") == 5);
  CHECK(desk.files(id) == std::vector<std::string>{"a/b.txt"});
  CHECK(DraftDesk::objectOf(desk.get(desk.alice, "/api/v1/drafts")).at("drafts").as_array().size() == 1);

  CHECK(desk.get(desk.bob, DraftDesk::pathOf(id)).status == 404);
  CHECK(desk.as(desk.bob, Method::kDelete, DraftDesk::pathOf(id)).status == 404);
  CHECK(desk.post(desk.bob, DraftDesk::pathOf(id, "/submit")).status == 404);
  CHECK(DraftDesk::objectOf(desk.get(desk.bob, "/api/v1/drafts")).at("drafts").as_array().empty());
  CHECK(desk.post(desk.bob, "/api/v1/manifests/check", json::serialize(json::object{{"draft", id}})).status == 404);

  CHECK(desk.as(desk.alice, Method::kDelete, DraftDesk::pathOf(id, "/files?path=a")).status == 204);
  CHECK(desk.files(id).empty());
  CHECK(desk.as(desk.alice, Method::kDelete, DraftDesk::pathOf(id, "/files?path=a")).status == 404);
  CHECK(desk.as(desk.alice, Method::kDelete, DraftDesk::pathOf(id)).status == 204);
  CHECK(desk.get(desk.alice, DraftDesk::pathOf(id)).status == 404);
}

TEST_CASE("a draft that nobody touches goes after thirty days") {
  DraftDesk desk;
  const std::string kept = desk.beginDraft();
  const std::string left = desk.beginDraft();
  desk.advance(Duration::days(20));
  desk.save(kept, "name = \"x\"");
  desk.advance(Duration::days(11));
  desk.api->keepHouse();
  CHECK(desk.get(desk.alice, DraftDesk::pathOf(kept)).status == 200);
  CHECK(desk.get(desk.alice, DraftDesk::pathOf(left)).status == 404);
}

TEST_CASE("an account's drafts are bounded in number and size") {
  server::ApiOptions options;
  options.draftBytesPerAccount = 10;
  DraftDesk desk(options);
  const std::string id = desk.beginDraft();
  CHECK(desk.put(id, "a", "123456").status == 201);
  const Error full = desk.put(id, "b", "123456").problem();
  CHECK(full.code == ErrorCode::kTooLarge);
  CHECK(full.message.find("10B") != std::string::npos);
  for (std::size_t i = 1; i < server::kDraftsPerAccount; ++i) desk.beginDraft();
  CHECK(desk.post(desk.alice, "/api/v1/drafts", "{}").problem().code == ErrorCode::kTooLarge);
}

TEST_CASE("a bad name of a file is refused with its reason") {
  DraftDesk desk;
  const std::string id = desk.beginDraft();
  for (const std::string path : {"../x", "/x", "a//b", "a\\b", ""}) {
    INFO(path);
    CHECK(desk.put(id, path, "x").status == 400);
  }
  const Error longName = desk.put(id, std::string(300, 'x'), "x").problem();
  CHECK(longName.message.find("255") != std::string::npos);
  for (const std::string path : {"日本語/ファイル.txt", "عربى", "Ελλάδα", "🜂.txt", "with space"}) {
    INFO(path);
    CHECK(desk.put(id, path, "").status == 201);  // empty files, too
  }
  CHECK(desk.files(id).size() == 5);
}

TEST_CASE("a manifest is checked with the draft's files, and all that is wrong is said at its line") {
  DraftDesk desk;
  desk.publishTool();
  const std::string id = desk.beginDraft();
  const json::object wrong = desk.check(id,
                                        "name = \"n\"\napplication = \"tol\"\ncommand = [\"prog\", \"{x}\"]\n"
                                        "inputs = [\"in.txt\"]\nquorum = 99\n");
  std::vector<std::string> members;
  for (const auto& problem : wrong.at("problems").as_array()) {
    members.push_back(DraftDesk::textOf(problem.at("member")));
    CHECK(problem.at("line").to_number<int>() > 0);
    CHECK_FALSE(problem.at("hint").as_string().empty());
  }
  CHECK(members == std::vector<std::string>{"quorum", "application", "command", "inputs"});
  CHECK(wrong.at("form").at("quorum") == "99");

  REQUIRE(desk.put(id, "in.txt", "hello").status == 201);
  const json::object good = desk.check(id, kToolManifest);
  CHECK(good.at("problems").as_array().empty());
  CHECK(good.at("tasks") == 10'000'000);
  CHECK(good.at("program").at("kind") == "application");
  CHECK_FALSE(good.at("program").at("needsSignature").as_bool());
  CHECK(good.at("first").as_array().at(0).at("line") == "prog --n 1 in.txt");
}

TEST_CASE("a form is written as a manifest, and keeps what it does not know") {
  DraftDesk desk;
  const std::string id = desk.beginDraft();
  const json::object form{{"name", "n"}, {"application", "tool"}, {"command", "prog x"}};
  const json::object answer = DraftDesk::objectOf(
      desk.post(desk.alice, "/api/v1/manifests/check",
                json::serialize(json::object{{"draft", id}, {"form", form}, {"manifest", "novel = 3\n"}})));
  const std::string manifest = DraftDesk::textOf(answer.at("manifest"));
  CHECK(manifest.find("command = \"prog x\"") != std::string::npos);
  CHECK(manifest.find("novel = 3") != std::string::npos);
  CHECK(desk.post(desk.alice, "/api/v1/manifests/check", "[]").status == 400);
}

TEST_CASE("any task of ten million can be looked at") {
  DraftDesk desk;
  desk.publishTool();
  const std::string id = desk.beginDraft({{"manifest", kToolManifest}});
  REQUIRE(desk.put(id, "in.txt", "hello").status == 201);
  const json::object task = DraftDesk::objectOf(desk.expand(id, 4'710)).at("task").as_object();
  CHECK(task.at("line") == "prog --n 4711 in.txt");
  CHECK(task.at("parameters").at("n") == "4711");
  CHECK(task.at("inputs").as_array().at(0).at("there").as_bool());
  CHECK(desk.expand(id, 9'999'999).status == 200);
  CHECK(desk.expand(id, 10'000'000).problem().message.find("10000000") != std::string::npos);
}

TEST_CASE("a sweep that multiplies past the limit is refused where it stands") {
  DraftDesk desk;
  const std::string id = desk.beginDraft();
  const json::object answer = desk.check(id,
                                         "name = \"n\"\napplication = \"tool\"\ncommand = [\"prog\"]\n[sweep]\n"
                                         "a = { from = 1, to = 1000000 }\nb = { from = 1, to = 1000000 }\n");
  bool isSaid = false;
  for (const auto& problem : answer.at("problems").as_array())
    isSaid = isSaid || (problem.at("member") == "sweep" && problem.at("line") == 4);
  CHECK(isSaid);
  CHECK(answer.at("tasks") == 0);
}

TEST_CASE("pasted lines become a list of tasks, and a wrong one is named with its line and column") {
  DraftDesk desk;
  desk.publishTool();
  const std::string id = desk.beginDraft();
  const json::object kept = DraftDesk::objectOf(desk.put(id, "t.csv", "x,y\n1,2\n3,\"a, b\"\n", true));
  CHECK(kept.at("lines") == 2);
  CHECK(kept.at("columns").as_array().size() == 2);
  const Error wrong = desk.put(id, "t.csv", "x,y\n1,2\n3\n", true).problem();
  CHECK(wrong.message.find("line 3") != std::string::npos);
  CHECK(wrong.message.find("column 2 ('y')") != std::string::npos);
  CHECK(desk.put(id, "t.csv", "x,y\n1,2,3\n", true).problem().message.find("column 3") != std::string::npos);
  desk.save(id, "name = \"n\"\napplication = \"tool\"\ncommand = [\"prog\", \"{y}\"]\n[sweep]\nlist = \"t.csv\"\n");
  CHECK(DraftDesk::objectOf(desk.expand(id, 1)).at("task").at("line") == "prog 'a, b'");
}

TEST_CASE("a draft becomes the batch that the command line would make of it, once") {
  DraftDesk desk;
  desk.publishTool();
  const std::string id = desk.beginDraft({{"manifest", kToolManifest}});
  CHECK(desk.post(desk.alice, DraftDesk::pathOf(id, "/submit")).problem().message.find("in.txt") != std::string::npos);
  REQUIRE(desk.put(id, "in.txt", "hello").status == 201);
  const Reply made = desk.post(desk.alice, DraftDesk::pathOf(id, "/submit"), "", {{"idempotency-key", "k"}});
  REQUIRE(made.status == 201);
  const wire::BatchView batch = wire::parseBatchView(made.body).value();
  CHECK(batch.tasks == 10'000'000);
  const Reply again = desk.post(desk.alice, DraftDesk::pathOf(id, "/submit"), "", {{"idempotency-key", "k"}});
  CHECK(again.status == 200);
  CHECK(wire::parseBatchView(again.body).value().id == batch.id);
  const Reply spec = desk.get(desk.alice, "/api/v1/batches/" + std::to_string(batch.id.value) + "/spec");
  const BatchSpec stored = wire::parseBatchSpec(spec.body).value();
  CHECK(stored.files == std::vector<FileRef>{{"in.txt", certs::sha256("hello"), 5, false}});
  CHECK(stored.application == "tool");

  // An earlier batch is a beginning.
  const std::string clone = desk.beginDraft({{"batch", batch.id.value}});
  CHECK(desk.files(clone) == std::vector<std::string>{"in.txt"});
  const json::object checked = desk.check(clone, DraftDesk::textOf(desk.draft(clone).at("manifest")));
  CHECK(checked.at("problems").as_array().empty());
  CHECK(checked.at("tasks") == 10'000'000);
  const Reply foreign = desk.post(desk.bob, "/api/v1/drafts", json::serialize(json::object{{"batch", batch.id.value}}));
  CHECK(foreign.status == 404);
}

TEST_CASE("a dry run is the first task alone, and the estimate rests on what it took") {
  DraftDesk desk;
  desk.publishTool();
  const std::string id = desk.beginDraft({{"manifest", kToolManifest}});
  REQUIRE(desk.put(id, "in.txt", "{braces}").status == 201);
  const auto estimate = [&](const std::string& body = {}) {
    return DraftDesk::objectOf(desk.post(desk.alice, DraftDesk::pathOf(id, "/estimate"), body));
  };
  json::object told = estimate();
  CHECK(told.at("basis") == "guess");
  CHECK_FALSE(told.contains("halfMs"));  // there is no host
  CHECK(told.at("hosts").at("all") == 0);
  SimulatedHost host(desk);
  const Person vera = desk.addPerson("vera", RoleSet{}.with(Role::kVolunteer));
  host.enrol(desk.joinToken(vera));
  host.sync(0);
  told = estimate(R"({"taskMs":60000})");
  CHECK(told.at("basis") == "person");
  CHECK(told.at("computingMs") == 60'000LL * 10'000'000);
  CHECK(told.at("hosts").at("matching") == 1);
  CHECK(told.at("halfMs").to_number<std::int64_t>() > 0);

  const Reply made = desk.post(desk.alice, DraftDesk::pathOf(id, "/trial"));
  REQUIRE(made.status == 201);
  const wire::BatchView trial = wire::parseBatchView(made.body).value();
  CHECK(trial.tasks == 1);
  CHECK(trial.name == "a tool's batch (dry run)");
  const wire::SyncReply given = host.sync(4);
  REQUIRE(given.attempts.size() == 1);
  CHECK(desk.objectOf(desk.get(desk.alice, DraftDesk::pathOf(id))).at("trial") == trial.id.value);
  wire::ReturnedResult result = SimulatedHost::resultOf(given.attempts[0], "42\n");
  result.report.usage.wall = Duration::seconds(7);
  host.finish(given.attempts[0]);
  host.results.back().report.usage.wall = Duration::seconds(7);
  host.sync(0);
  told = estimate();
  CHECK(told.at("basis") == "trial");
  CHECK(told.at("taskMs") == 7'000);
}

TEST_CASE("a package of one's own needs one's signature") {
  DraftDesk desk;
  const ApiFixture::SignedPackage made = desk.package(desk.alice);
  const std::string id = desk.beginDraft();
  const std::string packageFiles = json::serialize(json::object{
      {"files", json::array{json::object{{"path", "package/usr/bin/prog"},
                                         {"digest", made.package.files[0].digest.hex()},
                                         {"executable", true}},
                            json::object{{"path", "package/package.json"}, {"digest", made.digest.hex()}}}}});
  REQUIRE(desk.post(desk.alice, DraftDesk::pathOf(id, "/files"), packageFiles).status == 204);
  desk.save(id, "name = \"own\"\npackage = \"package\"\ncommand = [\"prog\"]\noutputs = [\"out\"]\n");
  const json::object checked = desk.check(id, DraftDesk::textOf(desk.draft(id).at("manifest")));
  CHECK(checked.at("problems").as_array().empty());
  CHECK(checked.at("program").at("needsSignature").as_bool());
  CHECK(DraftDesk::textOf(checked.at("program").at("digest")) == made.digest.hex());
  CHECK(desk.post(desk.alice, DraftDesk::pathOf(id, "/submit")).problem().message.find("signed") != std::string::npos);
  const std::string body = "{\"signature\":" + wire::toJson(made.signature) + "}";
  CHECK(desk.post(desk.alice, DraftDesk::pathOf(id, "/submit"), body).status == 201);

  // Nobody names bytes that are not theirs.
  const std::string theirs = desk.beginDraft();
  const Reply taken = desk.as(desk.bob, Method::kPost, "/api/v1/drafts", "{}");
  const std::string bobs = DraftDesk::textOf(DraftDesk::objectOf(taken).at("id"));
  CHECK(desk.post(desk.bob, DraftDesk::pathOf(bobs, "/files"), packageFiles).status == 400);
}

TEST_CASE("the program's examples can be begun with, and use the published application") {
  DraftDesk desk;
  const Person chief = desk.addPerson("root", RoleSet{}.with(Role::kAdmin).with(Role::kScientist));
  hearth::Package package{"gmp-ecm", "7", "linux-x86_64", {{"ecm", "usr/bin/ecm"}}, {}, {}, {}};
  package.files = {{"usr/bin/ecm", desk.upload(chief, "#!ecm"), 5, true}};
  const Digest digest = desk.upload(chief, wire::toJson(package));
  const PackageSignature signature{desk.rootKey.publicKey, certs::signPackage(desk.rootKey, digest).value(), {}};
  REQUIRE(
      desk.post(chief, "/api/v1/applications", wire::toJson(wire::AppVersionRequest{"gmp-ecm", "7", digest, signature}))
          .status == 201);
  const json::object listed = DraftDesk::objectOf(desk.get(desk.alice, "/api/v1/examples"));
  bool isReady = false;
  for (const auto& one : listed.at("examples").as_array())
    isReady = isReady || (one.at("name") == "ecm" && one.at("ready").as_bool());
  CHECK(isReady);
  const std::string id = desk.beginDraft({{"example", "ecm"}});
  CHECK(desk.files(id) == std::vector<std::string>{"composite.txt"});
  CHECK(desk.post(desk.alice, DraftDesk::pathOf(id, "/submit")).status == 201);
  CHECK(desk.post(desk.alice, "/api/v1/drafts", R"({"example":"emc"})").problem().message.find("ecm") !=
        std::string::npos);
}

}  // namespace hearth::test
