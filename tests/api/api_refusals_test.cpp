// SPDX-License-Identifier: GPL-3.0-or-later
// What the log says of what was refused.
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "server/api/refusal_log.h"

namespace hearth::test {
namespace {

using server::Peer;
using server::problemResponse;
using server::RefusalLog;

struct Lines {
  Instant now = Instant::ofUnixSeconds(1'700'000'000);
  std::vector<std::pair<bool, std::string>> told;
  RefusalLog log{[this] { return now; },
                 [this](bool isWarning, const std::string& line) { told.emplace_back(isWarning, line); }};
  Peer peer;
  Lines() { peer.address = "192.0.2.7"; }
};

}  // namespace

TEST_CASE("a refusal is told with whom, why and what to do") {
  Lines lines;
  lines.log.answered("POST /agent/v1/enrol", lines.peer,
                     problemResponse({ErrorCode::kUnauthorized, "the token is used up", "ask for another"}));
  lines.log.answered("POST /api/v1/batches", lines.peer,
                     problemResponse({ErrorCode::kUnavailable, "the disk is full", "free some space"}));
  lines.log.resultRefused(HostId{4}, AttemptId{17}, "it lacks an output");
  REQUIRE(lines.told.size() == 3);
  CHECK(lines.told[0] == std::pair(false, std::string("refused POST /agent/v1/enrol from 192.0.2.7 (401): the token is "
                                                      "used up - ask for another")));
  CHECK(lines.told[1].first);
  CHECK(lines.told[2].second == "refused the result of attempt 17 from host 4: it lacks an output");
}

TEST_CASE("what is no trouble is not told") {
  Lines lines;
  lines.log.answered("GET /api/v1/me", lines.peer, server::jsonResponse(200, "{}"));
  lines.log.answered("HEAD /api/v1/blobs/{digest}", lines.peer, problemResponse({ErrorCode::kNotFound, "no", "x"}));
  lines.log.answered("PUT /api/v1/blobs/{digest}", lines.peer, problemResponse({ErrorCode::kConflict, "7", "x"}));
  CHECK(lines.told.empty());
}

TEST_CASE("what others wrote makes no line of its own in the log") {
  Lines lines;
  lines.log.resultRefused(HostId{1}, AttemptId{1}, "a\nroot logged in\r\x1b[2J" + std::string(10'000, 'x'));
  REQUIRE(lines.told.size() == 1);
  CHECK(lines.told[0].second.find_first_of("\n\r\x1b") == std::string::npos);
  CHECK(lines.told[0].second.size() < 1'000);
}

TEST_CASE("refusals cannot fill the disk: so many a minute are told, and how many were not") {
  Lines lines;
  const std::size_t most = RefusalLog::kLinesAMinute;
  for (int i = 0; i < 1'000; ++i) lines.log.resultRefused(HostId{1}, AttemptId{1}, "no");
  CHECK(lines.told.size() == most);
  lines.now = lines.now + Duration::minutes(1);
  lines.log.resultRefused(HostId{1}, AttemptId{2}, "no");
  REQUIRE(lines.told.size() == most + 2);
  CHECK(lines.told[most] == std::pair(true, std::to_string(1'000 - most) + " further refusals were not written down"));
  lines.now = lines.now - Duration::days(1);  // a clock that is set back silences nothing
  for (std::size_t i = 0; i < most; ++i) lines.log.resultRefused(HostId{1}, AttemptId{3}, "no");
  CHECK(lines.told.size() == 2 * most + 2);
}

}  // namespace hearth::test
