// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of bytes that nobody needs any more.
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "server/api/blob_sweep.h"
#include "support/draft_desk.h"
#include "wire/package_json.h"

namespace hearth::test {
namespace {

using server::Method;
namespace fs = std::filesystem;

struct Attic : DraftDesk {
  bool has(const std::string& text) { return blobs->has(certs::sha256(text)); }
  std::uint64_t stored(const Person& person) { return store.read->dataBytes(person.id).value(); }

  /// Looks through the blobs as if all of them had been made so long ago.
  std::size_t sweep(Duration age) {
    const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    const Instant then = Instant{now.time_since_epoch().count()} + age;
    server::BlobSweep looking(*runtime, *store.read, *blobs, folder / "blobs", [then] { return then; });
    return looking.run();
  }
};

}  // namespace

TEST_CASE("the blobs of a draft that was thrown away go, but for those that something else names") {
  Attic attic;
  attic.publishTool();
  const std::string draft = attic.beginDraft({{"manifest",
                                               "name = \"x\"\napplication = \"tool\"\ncommand = [\"prog\"]\n"
                                               "inputs = [\"used.txt\"]\noutputs = [\"out\"]\n"}});
  const std::string other = attic.beginDraft();
  for (const std::string name : {"used", "unused", "both"}) {
    REQUIRE(attic.put(draft, name + ".txt", "the text: " + name).status == 201);
  }
  REQUIRE(attic.put(other, "both.txt", "the text: both").status == 201);
  REQUIRE(attic.put(draft, "removed.txt", "the text: removed").status == 201);
  REQUIRE(attic.as(attic.alice, Method::kDelete, DraftDesk::pathOf(draft, "/files?path=removed.txt")).status == 204);
  REQUIRE(attic.post(attic.alice, DraftDesk::pathOf(draft, "/submit")).status == 201);
  const std::uint64_t before = attic.stored(attic.alice);

  CHECK(attic.sweep(Duration::days(8)) == 0);  // the draft names them
  REQUIRE(attic.as(attic.alice, Method::kDelete, DraftDesk::pathOf(draft)).status == 204);
  CHECK(attic.stored(attic.alice) < before);   // and count against no quota any more
  CHECK(attic.sweep(Duration::days(6)) == 0);  // too young: their names might be on their way
  CHECK(attic.has("the text: unused"));
  CHECK(attic.sweep(Duration::days(8)) == 2);
  CHECK_FALSE(attic.has("the text: unused"));
  CHECK_FALSE(attic.has("the text: removed"));
  CHECK(attic.has("the text: used"));
  CHECK(attic.has("the text: both"));
  CHECK(attic.has("#!program"));  // of the published application
}

TEST_CASE("a sweep leaves results alone, and published packages even when their publisher is gone") {
  Attic attic;
  const Person chief = attic.addPerson("chief", RoleSet{}.with(Role::kAdmin).with(Role::kScientist));
  const ApiFixture::SignedPackage made = attic.package(chief, "#!published");
  REQUIRE(attic
              .post(chief, "/api/v1/applications",
                    wire::toJson(wire::AppVersionRequest{"tool", "1", made.digest, made.signature}))
              .status == 201);
  SimulatedHost host(attic);
  host.enrol(attic.joinToken(attic.addPerson("vera", RoleSet{}.with(Role::kVolunteer))));
  attic.submit(attic.alice, attic.spec(attic.alice, 1));
  host.finish(host.sync(1).attempts.at(0), "a result");
  host.sync(0);
  const std::string lost = "nobody's bytes";
  REQUIRE(attic.blobs->put(lost));
  REQUIRE(attic.post(chief, "/api/v1/me/delete", R"({"name":"chief"})").status == 204);
  CHECK(attic.sweep(Duration::days(8)) == 1);
  CHECK_FALSE(attic.has(lost));
  CHECK(attic.has("a result"));
  CHECK(attic.blobs->has(made.digest));
  CHECK(attic.blobs->has(made.package.files[0].digest));
}

}  // namespace hearth::test
