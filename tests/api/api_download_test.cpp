// SPDX-License-Identifier: GPL-3.0-or-later
// All results as one archive: read by others' programs, the same bytes from any place on.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "server/api/zip_format.h"
#include "support/api_fixture.h"

namespace hearth::test {
namespace {

namespace zip = server::zip;
using server::Method;

struct Grid : ApiFixture {
  Person alice = addPerson("alice", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer));
  SimulatedHost host{*this};

  Grid() { host.enrol(joinToken(alice)); }

  std::string path(BatchId batch, const std::string& rest = "") const {
    return "/api/v1/batches/" + std::to_string(batch.value) + "/results.zip" + rest;
  }
  std::string from(BatchId batch, std::uint64_t offset, const std::string& rest = "") {
    const Reply reply =
        as(alice, Method::kGet, path(batch, rest), {}, {{"range", "bytes=" + std::to_string(offset) + "-"}});
    CHECK(reply.status == 206);
    return reply.body;
  }
  /// Finishes so many tasks; outputs repeat.
  void work(std::uint32_t tasks) {
    while (tasks > 0) {
      const auto given = host.sync(std::min(tasks, 200U)).attempts;
      REQUIRE_FALSE(given.empty());
      for (const auto& attempt : given) host.finish(attempt, "output " + std::to_string(attempt.task.index % 7) + "\n");
      tasks -= static_cast<std::uint32_t>(given.size());
      advance(Duration::seconds(1));
      host.sync(0);
    }
  }
};

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

int run(const std::filesystem::path& folder, const std::string& command) {
  return std::system(("cd '" + folder.string() + "' && { " + command + "; } >out.txt 2>&1").c_str());
}

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("the archive of all results is read by unzip and by Python, and its digests hold") {
  Grid grid;
  BatchSpec spec = grid.spec(grid.alice, 5);
  spec.policy.retries = 0;
  const BatchId batch = grid.submit(grid.alice, spec);
  grid.work(4);
  const auto last = grid.host.sync(1).attempts.at(0);
  grid.host.results.push_back({last.attempt, last.task, 0, {}});
  grid.host.results.back().report.exit = ExitKind::kTimeLimit;
  grid.host.sync(0);
  const Reply reply = grid.get(grid.alice, grid.path(batch));
  REQUIRE(reply.status == 200);
  CHECK(reply.header("content-type") == "application/zip");
  CHECK_THAT(reply.header("content-disposition"), Catch::Contains("batch-1.zip"));
  write(grid.folder / "a.zip", reply.body);
  const int unzipped = run(grid.folder, "unzip -q a.zip && cd batch-1 && sha256sum -c manifest.sha256 && cat 3/out");
  INFO(read(grid.folder / "out.txt"));
  REQUIRE(unzipped == 0);
  CHECK_THAT(read(grid.folder / "out.txt"), Catch::EndsWith("output 3\n"));
  const int tested = run(grid.folder,
                         "python3 -c 'import zipfile; z = zipfile.ZipFile(\"a.zip\"); print(z.testzip(), "
                         "len(z.namelist()))'");
  CHECK(tested == 0);
  CHECK(read(grid.folder / "out.txt") == "None 6\n");
  const std::string table = read(grid.folder / "batch-1/tasks.csv");
  CHECK_THAT(table,
             Catch::StartsWith("index,n,attempt,host,ended,wall_seconds,processor_seconds,memory_peak_bytes\n0,"));
  CHECK(std::count(table.begin(), table.end(), '\n') == 5);
}

TEST_CASE("any part of an archive is the same bytes, whatever was asked for before") {
  Grid grid;
  const BatchId batch = grid.submit(grid.alice, grid.spec(grid.alice, 2'600));
  grid.work(2'600);
  // From the end first: no checksum of an output is known yet.
  const std::string end = grid.from(batch, 400'000);
  const Reply whole = grid.get(grid.alice, grid.path(batch));
  REQUIRE(whole.status == 200);
  REQUIRE(whole.body.size() > 600'000);
  CHECK(end == whole.body.substr(400'000));
  for (std::uint64_t offset = 0; offset < whole.body.size(); offset += 38'377) {
    INFO(offset);
    CHECK(grid.from(batch, offset) == whole.body.substr(offset));
  }
  CHECK(grid.from(batch, whole.body.size() - 1) == whole.body.substr(whole.body.size() - 1));
  const Reply middle = grid.as(grid.alice, Method::kGet, grid.path(batch), {}, {{"range", "bytes=1000-299999"}});
  CHECK(middle.header("content-range") == "bytes 1000-299999/" + std::to_string(whole.body.size()));
  CHECK(middle.body == whole.body.substr(1'000, 299'000));
  write(grid.folder / "a.zip", whole.body);
  CHECK(run(grid.folder, "unzip -tq a.zip") == 0);
  const auto tag = whole.header("etag");
  CHECK(grid.as(grid.alice, Method::kGet, grid.path(batch), {}, {{"if-none-match", tag}}).status == 304);
  CHECK(grid.as(grid.alice, Method::kGet, grid.path(batch), {}, {{"range", "bytes=99999999-"}}).status == 416);
}

TEST_CASE("the archive of a batch that goes on holds the results so far, and can be had again") {
  Grid grid;
  const BatchId batch = grid.submit(grid.alice, grid.spec(grid.alice, 40));
  grid.work(10);
  const Reply first = grid.get(grid.alice, grid.path(batch));
  REQUIRE(first.status == 200);
  const std::string address = first.header("content-location");
  grid.work(10);
  const Reply again = grid.get(grid.alice, address);
  CHECK(again.body == first.body);
  CHECK(again.header("etag") == first.header("etag"));
  const Reply later = grid.get(grid.alice, grid.path(batch));
  CHECK(later.body.size() > first.body.size());
  CHECK(later.header("etag") != first.header("etag"));
  // A part of "now" would not fit what came before: only who says of which archive gets one.
  const auto part = [&](const std::string& target, server::Headers headers) {
    headers.emplace_back("range", "bytes=100-");
    return grid.as(grid.alice, Method::kGet, target, {}, std::move(headers));
  };
  CHECK(part(grid.path(batch), {}).status == 200);
  CHECK(part(grid.path(batch), {{"if-range", first.header("etag")}}).body == first.body.substr(100));
  CHECK(part(address, {}).body == first.body.substr(100));
  CHECK(grid.get(grid.alice, grid.path(batch, "?until=9999999999999999")).problem().code == ErrorCode::kInvalid);
  CHECK(grid.get(grid.alice, grid.path(batch, "?until=x")).problem().code == ErrorCode::kInvalid);
}

TEST_CASE("the archive is for the owner of the batch only") {
  Grid grid;
  const Person bob = grid.addPerson("bob", RoleSet{}.with(Role::kScientist));
  const Person oscar = grid.addPerson("oscar", RoleSet{}.with(Role::kOperator));
  const BatchId batch = grid.submit(grid.alice, grid.spec(grid.alice, 1));
  CHECK(grid.get(bob, grid.path(batch)).problem().code == ErrorCode::kNotFound);
  CHECK(grid.get(oscar, grid.path(batch)).problem().code == ErrorCode::kForbidden);
  CHECK(grid.get(grid.alice, grid.path(batch)).status == 200);
}

TEST_CASE("an archive beyond 4 GiB has zip64 records that others understand") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "hearth-zip64-test";
  std::filesystem::create_directories(folder);
  std::string head, tail, small, directory, end;
  const Instant when = Instant::ofUnixSeconds(1'700'000'000);
  const zip::Entry large{"large", 5'000'000'000, 0, 0, when};
  const zip::Entry far{"far", 3, zip::entryBytes(large), 0x352441C2, when};
  zip::appendHead(head, large);
  CHECK(head.size() == zip::headBytes(large));
  zip::appendTail(tail, large);
  CHECK(tail.size() == zip::tailBytes(large));
  zip::appendHead(small, far);
  small += "abc";
  zip::appendTail(small, far);
  zip::appendDirectory(directory, large);
  zip::appendDirectory(directory, far);
  CHECK(directory.size() == zip::directoryBytes(large) + zip::directoryBytes(far));
  zip::appendEnd(end, 2, far.offset + zip::entryBytes(far), directory.size());
  CHECK(end.size() == zip::kEndBytes);
  {
    std::ofstream file(folder / "far.zip", std::ios::binary);
    file << head;
    file.seekp(static_cast<std::streamoff>(head.size() + large.size));
    file << tail << small << directory << end;
  }
  const int read64 = run(folder,
                         "python3 -c 'import zipfile; z = zipfile.ZipFile(\"far.zip\"); i = z.infolist(); "
                         "assert [e.file_size for e in i] == [5000000000, 3]; assert z.read(\"far\") == b\"abc\"' && "
                         "unzip -p far.zip far | grep -qx abc && unzip -l far.zip | grep -q 5000000000");
  INFO(read(folder / "out.txt"));
  CHECK(read64 == 0);
  std::filesystem::remove_all(folder);
}

}  // namespace hearth::test
