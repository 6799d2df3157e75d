// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;

namespace {

/// The folder that the program of odd outputs left, and where to.
struct Odd {
  Lab lab;
  std::filesystem::path to = lab.file("taken");
  Odd() {
    std::filesystem::create_directory(to);
    const Outcome outcome = attack(
        everyone().front(), {"odd-outputs"}, [](RunSpec& spec) { spec.diskBytes = 64 << 20; }, &lab);
    REQUIRE(outcome.exit == ExitKind::kOk);
  }
  Result<std::vector<Collected>> take(const std::string& path, std::uint64_t limit = 1 << 20) const {
    auto taken = collectOutputs(lab.work(), {path}, {}, to, limit);
    if (!taken) CHECK(std::filesystem::is_empty(to));
    return taken;
  }
  std::string refusal(const std::string& path) const {
    const auto taken = take(path);
    REQUIRE_FALSE(taken);
    return taken.error().message;
  }
};

}  // namespace

TEST_CASE("declared outputs are copied, private, with their sizes") {
  Odd odd;
  const auto taken =
      collectOutputs(odd.lab.work(), {"plain", "folder/inside"}, {"closed", "absent", "gone/absent"}, odd.to, 1 << 20);
  REQUIRE(taken);
  REQUIRE(taken->size() == 3);
  CHECK((*taken)[0].path == "plain");
  CHECK((*taken)[0].size == 5);
  CHECK(readText((*taken)[0].file) == "plain");
  CHECK((*taken)[1].path == "folder/inside");
  CHECK((*taken)[1].size == 0);
  CHECK(readText((*taken)[2].file) == "closed");
  struct stat info {};
  REQUIRE(::stat((*taken)[0].file.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("links, fifos, devices, folders and paths out of the folder are refused as outputs") {
  Odd odd;
  CHECK_THAT(odd.refusal("link"), Catch::Contains("symbolic link"));
  CHECK_THAT(odd.refusal("inner-link"), Catch::Contains("symbolic link"));
  CHECK_THAT(odd.refusal("folder-link/inside"), Catch::Contains("symbolic link"));
  CHECK_THAT(odd.refusal("fifo"), Catch::Contains("regular file"));
  CHECK_THAT(odd.refusal("folder"), Catch::Contains("regular file"));
  CHECK_THAT(odd.refusal("second-name"), Catch::Contains("hard link"));
  for (const char* path :
       {"../output", "/etc/passwd", "..", ".", "", "folder/../plain", "./plain", "folder//inside", "plain/"}) {
    CAPTURE(path);
    CHECK_THAT(odd.refusal(path), Catch::Contains("plain path"));
  }
  CHECK_THAT(odd.refusal(std::string("plain\0x", 7)), Catch::Contains("plain path"));
  CHECK(odd.take("plain/below").error().code == ErrorCode::kNotFound);
  CHECK(odd.take("absent").error().code == ErrorCode::kNotFound);
  if (::mknod((odd.lab.work() / "device").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0) {
    CHECK_THAT(odd.refusal("device"), Catch::Contains("regular file"));
  }
  CHECK_THAT(collectOutputs(odd.lab.work(), {"plain"}, {"fifo"}, odd.to, 1 << 20).error().message,
             Catch::Contains("fifo"));
  CHECK(std::filesystem::is_empty(odd.to));
}

TEST_CASE("outputs are bounded together, a sparse one by its length") {
  Odd odd;
  CHECK(odd.take("sparse", 30 << 20));
  std::filesystem::remove(odd.to / "0");
  CHECK(odd.take("sparse", (30 << 20) - 1).error().code == ErrorCode::kTooLarge);
  CHECK(odd.take("plain", 4).error().code == ErrorCode::kTooLarge);
  CHECK(collectOutputs(odd.lab.work(), {"plain", "closed"}, {}, odd.to, 10).error().code == ErrorCode::kTooLarge);
  CHECK(std::filesystem::is_empty(odd.to));
}

TEST_CASE("a task's folder can be removed whatever the task made of it") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  Lab lab;
  attack(
      who, {"hide-folder", "1"}, [](RunSpec& spec) { spec.time = Duration::milliseconds(1500); }, &lab);
  const auto rights = std::filesystem::status(lab.work() / "hidden").permissions();
  CHECK((rights == std::filesystem::perms::none || rights == std::filesystem::perms::owner_all));
  attack(who, {"deep-folders", "3000"}, {}, &lab);
  CHECK(std::filesystem::exists(lab.work() / "d" / "d" / "d"));
  CHECK(removeWork(lab.work()));
  CHECK_FALSE(std::filesystem::exists(lab.work()));
  CHECK(removeWork(lab.work()));
}
