// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/people.h"

#include "golden.h"
#include "samples.h"
#include "wire/problem.h"

using namespace hearth;
using namespace hearth::tests;
using namespace hearth::wire;

namespace {

const Instant kThen = Instant{1'780'000'000'123'456};

BatchView sampleBatch() {
  return {BatchId{7}, "curves", "ada",    BatchState::kPaused, "20 tasks failed", 200, 150, 120, 20, 4,
          2,          kThen,    Instant{}};
}
TaskView sampleTask() {
  TaskView task{3, TaskState::kCertified, 1, 2, AttemptId{50}, "", {}};
  task.attempts = {{AttemptId{49}, HostId{17}, 0, AttemptState::kExpired, kThen, kThen, {}},
                   {AttemptId{50}, HostId{18}, 1, AttemptState::kValid, kThen, kThen, goodReport()},
                   {AttemptId{51}, HostId{19}, 1, AttemptState::kLeased, kThen, {}, {}}};
  return task;
}
AccountView sampleAccount() {
  return {AccountId{3}, "ada", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer), kThen};
}

}  // namespace

TEST_CASE("what people are shown is written and read as agreed") {
  holdsGolden(
      "me.json",
      MeView{AccountId{3}, "ada", RoleSet{}.with(Role::kAdmin).with(Role::kScientist), "fold", std::string(64, 'a')},
      parseMeView);
  BatchView done = sampleBatch();
  done.state = BatchState::kDone;
  done.reason.clear();
  done.ended = kThen + Duration::hours(1);
  holdsGolden("batch.json", sampleBatch(), parseBatchView);
  holdsGolden("batches.json", BatchPage{{sampleBatch(), done}, 7}, parseBatchPage);
  holdsGolden("task.json", sampleTask(), parseTaskView);
  holdsGolden("tasks.json", TaskPage{{{4, TaskState::kFailed, 0, 4, {}, "killed by signal 11", {}}}, 5}, parseTaskPage);
  holdsGolden("results.json", ResultPage{{{3, AttemptId{50}, HostId{18}, kThen, goodReport()}}, {}}, parseResultPage);
  holdsGolden("hosts.json", HostPage{{{HostId{17}, "ada", sampleDescription(), kThen, true}}, 17}, parseHostPage);
  holdsGolden("account.json", sampleAccount(), parseAccountView);
  holdsGolden("account_created.json", AccountCreated{sampleAccount(), "secret"}, parseAccountCreated);
  holdsGolden("accounts.json", AccountPage{{sampleAccount()}, {}}, parseAccountPage);
  holdsGolden("audit.json", AuditPage{{{9, kThen, AccountId{3}, "ada", "host.revoke", "host 17", "found lying"}}, 9},
              parseAuditPage);
}

TEST_CASE("tokens keys and applications are written and read as agreed") {
  holdsGolden("account_weight.json", AccountWeight{5}, parseAccountWeight);
  holdsGolden("join_token_request.json", JoinTokenRequest{5, Duration::days(2), "bob"}, parseJoinTokenRequest);
  holdsGolden("join_token.json", JoinTokenView{"secret", "hearth://grid.example.org:8443/join?t=secret", kThen},
              parseJoinTokenView);
  holdsGolden("application_request.json", AppVersionRequest{"gmp-ecm", "7.0.5", digestOf(1), sampleSignature()},
              parseAppVersionRequest);
  const AppVersionView version{"gmp-ecm", "7.0.5", digestOf(1), sampleSignature(), kThen};
  holdsGolden("application.json", version, parseAppVersionView);
  holdsGolden("applications.json", AppVersionPage{{version}}, parseAppVersionPage);
  holdsGolden("key_request.json", KeyRequest{std::string(64, 'b')}, parseKeyRequest);
  holdsGolden(
      "keys.json",
      KeysView{
          std::string(64, 'a'), {sampleApproval(KeyApproval::Role::kRelease)}, {{"bob", std::string(64, 'c'), kThen}}},
      parseKeysView);
  holdsGolden("account_request.json", AccountRequest{"bob", RoleSet{}.with(Role::kOperator)}, parseAccountRequest);
  holdsGolden("access_token_request.json", AccessTokenRequest{"laptop", Duration::days(30)}, parseAccessTokenRequest);
  holdsGolden("access_token.json", AccessTokenView{"secret", kThen}, parseAccessTokenView);
}

TEST_CASE("requests have defaults and refuse what they do not know") {
  CHECK(parseJoinTokenRequest("{}") == JoinTokenRequest{});
  CHECK(parseAccessTokenRequest("{}") == AccessTokenRequest{});
  CHECK(parseJoinTokenRequest(R"({"use":5})").error().message == "member 'use': is not known. Did you mean 'uses'?");
  CHECK_FALSE(parseJoinTokenRequest(R"({"uses":0})"));
  CHECK_FALSE(parseAccountWeight(R"({"weight":0})"));
  CHECK_FALSE(parseAccountWeight(R"({"weight":1001})"));
  CHECK_FALSE(parseJoinTokenRequest(R"({"ttlMs":0})"));
  CHECK_FALSE(parseJoinTokenRequest(R"({"ttlMs":-5})"));
  CHECK_FALSE(parseAccountRequest(R"({"name":"Ada L","roles":["admin"]})"));
  CHECK_FALSE(parseAccountRequest(R"({"name":"ada","roles":[]})"));
  CHECK(parseAccountRequest(R"({"name":"ada","roles":["scientst"]})").error().message.find("'scientist'") !=
        std::string::npos);
  CHECK_FALSE(parseKeyRequest(R"({"key":"abc"})"));
}

TEST_CASE("views ignore what they do not know, since the server may be newer") {
  CHECK(parseBatchView("{\"colour\":1," + toJson(sampleBatch()).substr(1)) == sampleBatch());
}

TEST_CASE("a result with a path that leaves its folder is refused by its reader") {
  ResultPage page{{{3, AttemptId{50}, HostId{18}, kThen, goodReport()}}, {}};
  page.results[0].report.outputs = {{"../../.bashrc", digestOf(1), 3, false}};
  REQUIRE_FALSE(parseResultPage(toJson(page)));
  CHECK(parseResultPage(toJson(page)).error().message.find("results[0].outputs[0].path") != std::string::npos);
}

TEST_CASE("problems carry code message and hint across") {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kTimeout); ++code) {
    const Error error{static_cast<ErrorCode>(code), "it \"went\" wrong", "do this"};
    CHECK(parseProblem(problemJson(error), 500) == error);
    CHECK(httpStatus(error.code) >= 400);
  }
  CHECK(pretty(problemJson({ErrorCode::kTooLarge, "over the limit", "send less"})) == readGolden("problem.json"));
  CHECK(parseProblem(problemJson({ErrorCode::kIo, "no hint", ""}), 500).hint.empty());
}

TEST_CASE("a problem says which member it is about: the one that a decoder refused, or else the one that it is given") {
  const auto refused = parseAccountRequest(R"({"name":"ada","roles":["volunteer",7]})").error();
  CHECK(parseProblemMember(problemJson(refused)) == "roles[1]");
  CHECK(parseProblemMember(withMember(problemJson(refused), "other")) == "roles[1]");
  const Error taken{ErrorCode::kConflict, "there is one already", "choose another name"};
  CHECK(parseProblemMember(problemJson(taken)).empty());
  const std::string about = withMember(problemJson(taken), "na\"me");
  CHECK(parseProblemMember(about) == "na\"me");
  CHECK(parseProblem(about, 409) == taken);
  CHECK(withMember("no document", "name") == "no document");
  CHECK(parseProblemMember(problemJson({ErrorCode::kIo, "member 'of a club", ""})).empty());
}

TEST_CASE("a body that is no problem document becomes an error of its status") {
  CHECK(parseProblem("<html>502</html>", 502).code == ErrorCode::kUnavailable);
  CHECK(parseProblem("", 404).code == ErrorCode::kNotFound);
  CHECK(parseProblem("{}", 401).code == ErrorCode::kUnauthorized);
  CHECK(parseProblem("[]", 429).code == ErrorCode::kUnavailable);
  CHECK(parseProblem("x", 418).code == ErrorCode::kInvalid);
  CHECK(parseProblem("x", 599).code == ErrorCode::kIo);
  CHECK(parseProblem(R"({"detail":"gone","type":"about:blank"})", 404) == Error{ErrorCode::kNotFound, "gone", ""});
  CHECK(parseProblem("", 503).message.find("503") != std::string::npos);
  CHECK_FALSE(parseProblem("", 503).hint.empty());
}
