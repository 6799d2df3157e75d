// SPDX-License-Identifier: GPL-3.0-or-later
// What agents may fetch and send.
#include <string>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "server/api/sync.h"
#include "support/api_fixture.h"

namespace hearth::test {
namespace {

using server::Method;

struct Lab : ApiFixture {
  Person scientist = addPerson("alice", RoleSet{}.with(Role::kScientist));
  Person volunteer = addPerson("vera", RoleSet{}.with(Role::kVolunteer));

  SimulatedHost newHost() {
    SimulatedHost host(*this);
    host.enrol(joinToken(volunteer));
    return host;
  }
  FileRef file(const std::string& path, const std::string& bytes) {
    return {path, upload(scientist, bytes), bytes.size(), false};
  }
};

std::string outputPath(AttemptId attempt, const Digest& digest) {
  return "/agent/v1/attempts/" + std::to_string(attempt.value) + "/outputs/" + digest.hex();
}

}  // namespace

TEST_CASE("a host reaches exactly the blobs of the attempts that it holds") {
  Lab lab;
  BatchSpec spec = lab.spec(lab.scientist, 2);
  spec.files = {lab.file("common.dat", "for all"), lab.file("in/0.dat", "for task 0"),
                lab.file("in/1.dat", "for task 1")};
  spec.inputs = {{"common.dat", "common.dat"}, {"in/{n}.dat", "input"}};
  lab.submit(lab.scientist, spec);
  SimulatedHost first = lab.newHost();
  SimulatedHost second = lab.newHost();
  const wire::SyncReply reply = first.sync(1);
  const auto attempt = reply.attempts.at(0);
  REQUIRE(attempt.inputs.size() == 1);
  CHECK(attempt.inputs[0].path == "input");
  REQUIRE(reply.jobs.at(0).inputs.size() == 1);

  CHECK(first.fetch(attempt.attempt, attempt.inputs[0].digest).body == "for task 0");
  CHECK(first.fetch(attempt.attempt, reply.jobs[0].inputs[0].digest).body == "for all");
  const Reply manifest = first.fetch(attempt.attempt, reply.jobs[0].package);
  CHECK(manifest.status == 200);
  CHECK(manifest.body.size() == reply.jobs[0].packageSize);
  CHECK(first.fetch(attempt.attempt, certs::sha256("#!program")).body == "#!program");

  SECTION("in parts too") {
    const Reply part = first.fetch(attempt.attempt, attempt.inputs[0].digest, {{"range", "bytes=4-7"}});
    CHECK(part.status == 206);
    CHECK(part.body == "task");
    CHECK(part.header("content-range") == "bytes 4-7/10");
    const std::string tag = part.header("etag");
    CHECK(first.fetch(attempt.attempt, attempt.inputs[0].digest, {{"if-none-match", tag}}).status == 304);
    CHECK(first.fetch(attempt.attempt, attempt.inputs[0].digest, {{"range", "bytes=10-"}}).status == 416);
  }
  SECTION("not the inputs of another task of the same batch") {
    CHECK(first.fetch(attempt.attempt, certs::sha256("for task 1")).problem().code == ErrorCode::kNotFound);
  }
  SECTION("not data that it merely knows the digest of") {
    const Digest other = lab.upload(lab.scientist, "not in this batch");
    CHECK(first.fetch(attempt.attempt, other).problem().code == ErrorCode::kNotFound);
  }
  SECTION("nothing of an attempt that another host holds") {
    CHECK((second.fetch(attempt.attempt, attempt.inputs[0].digest).status == 403 ||
           second.fetch(attempt.attempt, attempt.inputs[0].digest).status == 404));
    second.fetch(attempt.attempt, attempt.inputs[0].digest).problem();
  }
  SECTION("nothing without an attempt") {
    CHECK(first.fetch(AttemptId{999}, attempt.inputs[0].digest).status >= 400);
    CHECK(first.call(Method::kGet, "/agent/v1/attempts/abc/blobs/" + attempt.inputs[0].digest.hex()).problem().code ==
          ErrorCode::kNotFound);
    CHECK(first.call(Method::kGet, "/agent/v1/attempts/1/blobs/abc").problem().code == ErrorCode::kInvalid);
  }
}

TEST_CASE("an output is uploaded by the holder only, checked, and can be resumed") {
  Lab lab;
  lab.submit(lab.scientist, lab.spec(lab.scientist, 1));
  SimulatedHost host = lab.newHost();
  SimulatedHost other = lab.newHost();
  const AttemptId attempt = host.sync(1).attempts.at(0).attempt;
  const std::string bytes(10'000, 'b');
  const Digest digest = certs::sha256(bytes);
  const std::string path = outputPath(attempt, digest);

  SECTION("whole") {
    CHECK(host.call(Method::kHead, path).status == 404);
    CHECK(host.upload(attempt, bytes).status == 201);
    CHECK(host.call(Method::kHead, path).status == 200);
    CHECK(host.call(Method::kHead, path).header("upload-offset") == "10000");
  }
  SECTION("in two parts") {
    const Reply half = host.call(Method::kPut, path, bytes.substr(0, 4'000), {{"upload-length", "10000"}});
    CHECK(half.status == 202);
    CHECK(half.header("upload-offset") == "4000");
    const Reply state = host.call(Method::kHead, path);
    CHECK(state.status == 404);
    CHECK(state.header("upload-offset") == "4000");
    const Reply wrong =
        host.call(Method::kPut, path, bytes.substr(5'000), {{"upload-length", "10000"}, {"upload-offset", "5000"}});
    CHECK(wrong.status == 409);
    CHECK(wrong.header("upload-offset") == "4000");
    const Reply rest =
        host.call(Method::kPut, path, bytes.substr(4'000), {{"upload-length", "10000"}, {"upload-offset", "4000"}});
    CHECK(rest.status == 201);
  }
  SECTION("not when the digest is another") {
    std::string spoilt = bytes;
    spoilt[5'000] = 'x';
    const Error error = host.call(Method::kPut, path, spoilt).problem();
    CHECK(error.code == ErrorCode::kIntegrity);
    CHECK_FALSE(lab.blobs->has(digest));
    CHECK(host.call(Method::kHead, path).header("upload-offset") == "0");
  }
  SECTION("not more than it says") {
    CHECK(host.call(Method::kPut, path, bytes, {{"upload-length", "9999"}}).problem().code == ErrorCode::kInvalid);
  }
  SECTION("not by another host") {
    CHECK(other.upload(attempt, bytes).status >= 400);
    CHECK(other.call(Method::kHead, path).status >= 400);
    CHECK_FALSE(lab.blobs->has(digest));
  }
  SECTION("another host that holds an attempt does not learn that the blob is here") {
    CHECK(host.upload(attempt, bytes).status == 201);
    lab.submit(lab.scientist, lab.spec(lab.scientist, 1));
    const AttemptId own = other.sync(1).attempts.at(0).attempt;
    const Reply state = other.call(Method::kHead, outputPath(own, digest));
    CHECK(state.status == 404);
    CHECK(state.header("upload-offset") == "0");
  }
}

TEST_CASE("the outputs of an attempt may not pass what its batch allows") {
  Lab lab;
  BatchSpec spec = lab.spec(lab.scientist, 1);
  spec.limits.outputBytes = 1'000;
  lab.submit(lab.scientist, spec);
  SimulatedHost host = lab.newHost();
  const AttemptId attempt = host.sync(1).attempts.at(0).attempt;
  const std::string most(1'000 + 2 * limits::kStreamBytes, 'm');
  CHECK(host.upload(attempt, most + "!").problem().code == ErrorCode::kTooLarge);
  CHECK(host.upload(attempt, most).status == 201);
  CHECK(host.upload(attempt, most).status == 201);  // the same again costs nothing
  CHECK(host.upload(attempt, "more").problem().code == ErrorCode::kTooLarge);
}

TEST_CASE("a line of a list that asks for what the bundle lacks fails its own task and says why") {
  Lab lab;
  BatchSpec spec = lab.spec(lab.scientist);
  const std::string csv = "name\nok\n../x\ngone\n";
  spec.command = {"prog", "{name}"};
  spec.sweep.axes.clear();
  spec.sweep.list = ListFile{lab.upload(lab.scientist, csv), csv.size(), {"name"}, 3};
  spec.files = {lab.file("in/ok.dat", "good")};
  spec.inputs = {{"in/{name}.dat", "input-{name}"}};
  lab.submit(lab.scientist, spec);
  SimulatedHost host = lab.newHost();
  const auto attempts = host.sync(3).attempts;
  REQUIRE(attempts.size() == 3);
  CHECK(attempts[0].inputs.at(0).path == "input-ok");
  CHECK(host.fetch(attempts[0].attempt, attempts[0].inputs[0].digest).body == "good");
  for (const std::size_t bad : {1U, 2U}) {
    REQUIRE(attempts[bad].inputs.size() == 1);
    CHECK(attempts[bad].inputs[0].path == server::kMissingInput);
    CHECK(attempts[bad].inputs[0].digest == Digest{});
  }
  const Error error = host.fetch(attempts[2].attempt, Digest{}).problem();
  CHECK(error.code == ErrorCode::kNotFound);
  CHECK_THAT(error.message, Catch::Contains("in/gone.dat"));
}

}  // namespace hearth::test
