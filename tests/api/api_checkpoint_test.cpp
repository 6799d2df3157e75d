// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints: sent by the host that computes, handed to the one that goes on.
#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "support/api_fixture.h"

namespace hearth::test {
namespace {

using server::Method;

class Lab : public ApiFixture {
 public:
  Lab() : scientist(addPerson("ada", RoleSet{}.with(Role::kScientist).with(Role::kAdmin))) {}

  SimulatedHost newHost() {
    SimulatedHost host(*this);
    host.enrol(joinToken(scientist));
    return host;
  }
  BatchSpec patientSpec() {
    BatchSpec patient = spec(scientist, 1);
    patient.checkpoint = Duration::minutes(1);
    return patient;
  }

  Person scientist;
};

std::string pathOf(AttemptId attempt, std::string_view bytes) {
  return "/agent/v1/attempts/" + std::to_string(attempt.value) + "/checkpoints/" + certs::sha256(bytes).hex();
}

Reply send(SimulatedHost& host, AttemptId attempt, const std::string& bytes) {
  return host.call(Method::kPut, pathOf(attempt, bytes), bytes);
}

/// Tells the server of a checkpoint; the attempt is held on.
void tell(SimulatedHost& host, AttemptId attempt, std::string_view bytes) {
  wire::SyncRequest request;
  request.held = {attempt};
  request.checkpoints = {{attempt, {certs::sha256(bytes), bytes.size()}}};
  REQUIRE(host.syncWith(wire::toJson(request)).status == 200);
}

wire::ReturnedResult lost(const wire::AssignedAttempt& attempt) {
  wire::ReturnedResult result{attempt.attempt, attempt.task, attempt.revision, {}};
  result.report.exit = ExitKind::kHostFailed;
  result.report.reason = "the machine is switched off";
  return result;
}

}  // namespace

TEST_CASE("a task that a host gives back goes on at another where it was") {
  Lab lab;
  lab.submit(lab.scientist, lab.patientSpec());
  SimulatedHost first = lab.newHost(), second = lab.newHost(), stranger = lab.newHost();
  const wire::SyncReply begun = first.sync(1);
  CHECK(begun.jobs.at(0).checkpoint == Duration::minutes(1));
  const wire::AssignedAttempt attempt = begun.attempts.at(0);
  CHECK_FALSE(attempt.checkpoint);
  const std::string state = "half way";
  CHECK(first.call(Method::kHead, pathOf(attempt.attempt, state)).status == 404);
  REQUIRE(send(first, attempt.attempt, state).status == 201);
  CHECK(first.call(Method::kHead, pathOf(attempt.attempt, state)).status == 200);
  CHECK_FALSE(lab.blobs->has(certs::sha256(state)));
  tell(first, attempt.attempt, state);
  first.results = {lost(attempt)};
  first.held.clear();
  first.sync(0);

  const wire::AssignedAttempt next = second.sync(1).attempts.at(0);
  REQUIRE(next.checkpoint == Checkpoint{certs::sha256(state), state.size()});
  const Reply fetched = second.fetch(next.attempt, next.checkpoint.digest);
  CHECK(fetched.status == 200);
  CHECK(fetched.body == state);
  CHECK(stranger.fetch(next.attempt, next.checkpoint.digest).status == 404);
}

TEST_CASE("a checkpoint whose bytes did not come from this host is not believed") {
  Lab lab;
  lab.submit(lab.scientist, lab.patientSpec());
  SimulatedHost first = lab.newHost(), second = lab.newHost();
  const wire::AssignedAttempt attempt = first.sync(1).attempts.at(0);
  tell(first, attempt.attempt, "never sent");
  first.results = {lost(attempt)};
  first.held.clear();
  first.sync(0);
  CHECK_FALSE(second.sync(1).attempts.at(0).checkpoint);
}

TEST_CASE("checkpoints are bounded in size and number, and unasked ones are refused") {
  Lab lab;
  BatchSpec patient = lab.patientSpec();
  patient.requirements.memoryBytes = limits::kMiB;
  patient.requirements.diskBytes = 0;
  lab.submit(lab.scientist, patient);
  SimulatedHost host = lab.newHost();
  const AttemptId attempt = host.sync(1).attempts.at(0).attempt;
  CHECK(send(host, attempt, std::string(limits::kMiB + 1, 'x')).problem().code == ErrorCode::kTooLarge);
  for (const char* state : {"1", "2", "3", "4"}) CHECK(send(host, attempt, state).status == 201);
  CHECK(send(host, attempt, "4").status == 201);  // the same again
  CHECK(send(host, attempt, "5").problem().code == ErrorCode::kUnavailable);
  lab.advance(Duration::minutes(1));
  CHECK(send(host, attempt, "5").status == 201);

  lab.submit(lab.scientist, lab.spec(lab.scientist, 1));
  SimulatedHost other = lab.newHost();
  const AttemptId plain = other.sync(1).attempts.at(0).attempt;
  CHECK(send(other, plain, "unasked").problem().code == ErrorCode::kInvalid);
}

TEST_CASE("a batch that asks for checkpoints too often is refused") {
  Lab lab;
  BatchSpec hasty = lab.patientSpec();
  hasty.checkpoint = Duration::milliseconds(1);
  const Error error = lab.post(lab.scientist, "/api/v1/batches", wire::toJson(hasty)).problem();
  CHECK(error.code == ErrorCode::kInvalid);
  CHECK(error.hint.find("60s") != std::string::npos);
}

}  // namespace hearth::test
