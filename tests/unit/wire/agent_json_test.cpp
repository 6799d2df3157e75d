// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/limits.h"
#include "golden.h"
#include "samples.h"
#include "wire/json_writer.h"
#include "wire/project.h"

using namespace hearth;
using namespace hearth::tests;
using namespace hearth::wire;

namespace {

/// The message with one piece of its text replaced.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

template <typename T>
std::string messageOf(const Result<T>& result) {
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("agent messages are written and read as agreed") {
  EnrolRequest enrol{{}, "token-1", "-----BEGIN CERTIFICATE REQUEST-----\nMII=\n", sampleDescription()};
  holdsGolden("enrol_request.json", enrol, parseEnrolRequest);
  EnrolReply reply{HostId{17}, "-----BEGIN CERTIFICATE-----\nA\n", "-----BEGIN CERTIFICATE-----\nB\n",
                   std::string(64, 'a'), "fold & find"};
  holdsGolden("enrol_reply.json", reply, parseEnrolReply);
  holdsGolden("renew_request.json", RenewRequest{{}, "-----BEGIN CERTIFICATE REQUEST-----\nMII=\n"}, parseRenewRequest);
  holdsGolden("project_request.json", ProjectRequest{{}, "token-1"}, parseProjectRequest);
  holdsGolden("project.json",
              ProjectView{"fold & find",
                          "Proteins",
                          "https://grid.example.org/about",
                          {"A vaccine"},
                          "ada",
                          Contribution{{}, 12, Duration::hours(3)}},
              parseProjectView);
  holdsGolden("sync_request.json", sampleSyncRequest(), parseSyncRequest);
  holdsGolden("sync_reply.json", sampleSyncReply(), parseSyncReply);
}

TEST_CASE("certificates of the largest size fit into an enrolment") {
  const EnrolReply reply{HostId{17}, std::string(16'384, 'A'), std::string(16'384, 'B'), std::string(64, 'a'), "p"};
  CHECK(parseEnrolReply(toJson(reply)) == reply);
  const EnrolReply larger{HostId{17}, std::string(16'385, 'A'), "B", std::string(64, 'a'), "p"};
  CHECK(messageOf(parseEnrolReply(toJson(larger))) == "member 'certificatePem': is longer than 16384 bytes");
}

TEST_CASE("the smallest sync is accepted") {
  const auto request = parseSyncRequest(
      R"({"protocol":{"lowest":1,"highest":1},"free":{"tasks":0,"processors":0,"memoryBytes":0,"diskBytes":0}})");
  REQUIRE(request);
  CHECK_FALSE(request->description);
  CHECK(request->held.empty());
  const auto reply = parseSyncReply(R"({"protocol":1,"nextSyncMs":5000})");
  REQUIRE(reply);
  CHECK(reply->nextSync == Duration::seconds(5));
}

TEST_CASE("members that are not known are ignored, since the other side may be newer") {
  const std::string text = toJson(sampleSyncRequest());
  const auto read = parseSyncRequest("{\"colour\":[1,{\"a\":null}]," + text.substr(1));
  REQUIRE(read);
  CHECK(*read == sampleSyncRequest());
}

TEST_CASE("an error names the member with its place") {
  const std::string text = toJson(sampleSyncRequest());
  CHECK(messageOf(parseSyncRequest(with(text, "\"exit\":\"signal\"", "\"exit\":7"))) ==
        "member 'results[1].exit': must be text");
  CHECK(messageOf(parseSyncRequest(with(text, "\"exit\":\"signal\"", "\"exit\":\"sginal\""))) ==
        "member 'results[1].exit': 'sginal' is no exit kind. Did you mean 'signal'?");
  CHECK(messageOf(parseSyncRequest(with(text, "\"size\":17", "\"size\":-1"))) ==
        "member 'results[0].outputs[0].size': must be a whole number of 0 or more");
  CHECK(messageOf(parseSyncRequest(with(text, "\"size\":17", "\"size\":1.5"))).find("whole number") !=
        std::string::npos);
  CHECK(messageOf(parseSyncRequest(with(text, "\"free\":", "\"fere\":"))) == "member 'free': is missing");
  CHECK(messageOf(parseSyncRequest(with(text, "[41,42]", "[41,\"x\"]"))) ==
        "member 'held[1]': must be a whole number of 0 or more");
  CHECK(messageOf(parseSyncRequest(with(text, "[41,42]", "[41,0]"))).find("names nothing") != std::string::npos);
  CHECK(messageOf(parseSyncRequest(with(text, "[41,42]", "41"))) == "member 'held': must be an array");
  CHECK(messageOf(parseSyncRequest(with(text, "\"attempt\":39", "\"attempt\":0"))) ==
        "member 'results[0].attempt': 0 names nothing");
  CHECK(messageOf(parseSyncRequest(with(text, "\"batch\":7", "\"batch\":\"7\""))).find("results[0].batch") !=
        std::string::npos);
}

TEST_CASE("output paths that leave the task and outputs out of order are refused") {
  const std::string text = toJson(sampleSyncRequest());
  for (const char* path : {"../factor.txt", "/etc/passwd", "a//b", "a\\\\b", "a\\u0000b"}) {
    INFO(path);
    const auto read = parseSyncRequest(with(text, "factor.txt", path));
    REQUIRE_FALSE(read);
    CHECK(read.error().message.find("results[0].outputs[0].path") != std::string::npos);
  }
  CHECK(messageOf(parseSyncRequest(with(text, "factor.txt", "zz"))).find("sorted by path") != std::string::npos);
  CHECK(messageOf(parseSyncRequest(with(text, "factor.txt", "logs/run.txt"))).find("each path once") !=
        std::string::npos);
  const std::string reply = toJson(sampleSyncReply());
  CHECK_FALSE(parseSyncReply(with(reply, "q.txt", "../q.txt")));
}

TEST_CASE("lists are bounded") {
  SyncRequest request = sampleSyncRequest();
  request.held.assign(limits::kHostAttempts + 1, AttemptId{1});
  CHECK(parseSyncRequest(toJson(request)).error().code == ErrorCode::kTooLarge);
  request.held.clear();
  request.results.assign(limits::kSyncResults + 1, request.results[0]);
  CHECK(messageOf(parseSyncRequest(toJson(request))) == "member 'results': has 257 entries, the limit is 256");
  request.results.resize(1);
  request.results[0].report.outputs.clear();
  for (std::size_t i = 0; i <= limits::kOutputsPerTask; ++i) {
    request.results[0].report.outputs.push_back({std::to_string(1000 + i), digestOf(1), 1, false});
  }
  CHECK(parseSyncRequest(toJson(request)).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("a full sync of the largest size is read back") {
  SyncRequest request = sampleSyncRequest();
  for (std::uint64_t i = 1; i <= limits::kHostAttempts - 2; ++i) request.held.push_back(AttemptId{i});
  request.results.assign(limits::kSyncResults, request.results[0]);
  CHECK(parseSyncRequest(toJson(request)) == request);
}

TEST_CASE("long reasons and names are clipped when written, never inside a character") {
  SyncRequest request = sampleSyncRequest();
  request.description->name = std::string(199, 'a') + "\xC3\xA4";
  request.results[1].report.reason = std::string(100'000, 'r');
  const auto read = parseSyncRequest(toJson(request));
  REQUIRE(read);
  CHECK(read->description->name == std::string(199, 'a'));
  CHECK(read->results[1].report.reason.size() == 1000);
}

TEST_CASE("text that is no UTF-8 still makes a message that can be read") {
  SyncRequest request = sampleSyncRequest();
  request.results[1].report.reason = "bad \xFF\xC3 byte \xED\xA0\x80";
  const auto read = parseSyncRequest(toJson(request));
  REQUIRE(read);
  CHECK(read->results[1].report.reason.find("bad \xEF\xBF\xBD\xEF\xBF\xBD byte") == 0);
}

TEST_CASE("the highest common version is spoken") {
  CHECK(commonVersion({1, 1}) == 1U);
  CHECK(commonVersion({1, 9}) == kProtocolHighest);
  CHECK(commonVersion({0, 1}) == 1U);
  CHECK_FALSE(commonVersion({3, 2}));
}

TEST_CASE("an agent of another age is told what to do, whatever else it says") {
  const auto old = parseSyncRequest(R"({"protocol":{"lowest":0,"highest":0},"whatever":true})");
  REQUIRE_FALSE(old);
  CHECK(old.error().code == ErrorCode::kUnsupported);
  CHECK(old.error().message.find("agent is too old") != std::string::npos);
  CHECK(old.error().hint.find("Upgrade hearth-agent") != std::string::npos);
  const auto young = parseEnrolRequest(R"({"protocol":{"lowest":7,"highest":9}})");
  REQUIRE_FALSE(young);
  CHECK(young.error().code == ErrorCode::kUnsupported);
  CHECK(young.error().message.find("server is too old") != std::string::npos);
  CHECK(young.error().message.find("versions 7 to 9") != std::string::npos);
  CHECK(young.error().hint.find("upgrade hearthd") != std::string::npos);
  CHECK(parseRenewRequest(R"({"protocol":{"lowest":7,"highest":9}})").error().code == ErrorCode::kUnsupported);
  CHECK(parseSyncReply(R"({"protocol":2,"nextSyncMs":1})").error().code == ErrorCode::kUnsupported);
  CHECK(parseSyncReply(R"({"protocol":0,"nextSyncMs":1})").error().code == ErrorCode::kUnsupported);
}

TEST_CASE("verdicts have names that read back") {
  for (int i = 0; i < 4; ++i) {
    const auto verdict = static_cast<AckVerdict>(i);
    CHECK(parseAckVerdict(name(verdict)) == verdict);
  }
}

TEST_CASE("a reply with jobs that were encoded before is the reply with those jobs") {
  SyncReply reply = sampleSyncReply();
  reply.jobs.push_back(reply.jobs.at(0));
  reply.jobs[1].batch = BatchId{8};
  const std::string whole = toJson(reply);
  const std::string first = toJson(reply.jobs[0]);
  const std::string second = toJson(reply.jobs[1]);
  reply.jobs.clear();
  CHECK(toJson(reply, std::vector<std::string_view>{first, second}) == whole);
}

TEST_CASE("what a project says of itself may be little, and may be more than is known here") {
  CHECK(parseProjectView(R"({"name":"x","later":[1]})") == ProjectView{"x", "", ""});
  CHECK_FALSE(parseProjectView(R"({"about":"x"})"));
  CHECK(messageOf(parseProjectRequest(R"({"protocol":{"lowest":7,"highest":9},"token":"t"})")).find("too old") !=
        std::string::npos);
}
