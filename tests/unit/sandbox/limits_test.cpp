// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/limits.h"

#include <catch2/catch.hpp>

#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;

namespace {

Change withTime(Duration time) {
  return [time](RunSpec& spec) { spec.time = time; };
}

}  // namespace

TEST_CASE("the attacks do find open doors where there is no sandbox") {
  const std::string program = std::string(HEARTH_BIN_DIR) + "/sandbox-attacks";
  Lab lab;
  const std::string output = lab.file("control").string();
  REQUIRE(std::system((program + " read /etc/passwd > " + output).c_str()) == 0);
  CHECK(readText(output) == "open: /etc/passwd\n");
  REQUIRE(std::system((program + " network > " + output).c_str()) == 0);
  CHECK_THAT(readText(output), Catch::Contains("open: socket family 2"));
  REQUIRE(std::system((program + " files 5</dev/null > " + output).c_str()) == 0);
  CHECK_THAT(readText(output), Catch::Contains("open: an inherited file"));
}

TEST_CASE("a fork bomb is seen, told and gone") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome bomb = attack(who, {"fork-bomb"});
  CHECK(bomb.exit == ExitKind::kProcessLimit);
  CHECK_THAT(bomb.reason, Catch::Contains("16 processes"));
  const Outcome quick = attack(who, {"fork-until-refused"});
  CHECK(quick.exit == ExitKind::kProcessLimit);
}

TEST_CASE("memory is counted over all processes of a task") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  CHECK(attack(who, {"balloon", "1", "40"}, withTime(Duration::milliseconds(400))).exit == ExitKind::kTimeLimit);
  const Outcome one = attack(who, {"balloon", "1", "100"});
  CHECK(one.exit == ExitKind::kMemoryLimit);
  CHECK_THAT(one.reason, Catch::Contains("limit of 64 MiB"));
  CHECK(attack(who, {"balloon", "8", "20"}).exit == ExitKind::kMemoryLimit);
}

TEST_CASE("memory is seen though the first thread has ended") {
  CHECK(attack(everyone().front(), {"hidden-balloon", "100"}).exit == ExitKind::kMemoryLimit);
}

TEST_CASE("memory shared after a fork counts once") {
  const Outcome outcome = attack(everyone().front(), {"shared-memory", "6", "40"});
  CHECK(outcome.exit == ExitKind::kOk);
  CHECK(outcome.reason == "");
}

TEST_CASE("/tmp is held in memory, is bounded and counts") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome full = attack(who, {"fill", "/tmp", "1", "20"});
  CHECK(full.exit == ExitKind::kDiskLimit);
  CHECK_THAT(full.reason, Catch::Contains("/tmp"));
}

TEST_CASE("a task that fills the disk is ended") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome many = attack(who, {"fill", "/work", "10", "3"});
  CHECK(many.exit == ExitKind::kDiskLimit);
  CHECK_THAT(many.reason, Catch::Contains("limit of 8 MiB"));
  CHECK(attack(who, {"fill", "/work", "1", "20"}).exit == ExitKind::kDiskLimit);          // one file: SIGXFSZ
  CHECK(attack(who, {"fill-removed", "/work", "10", "3"}).exit == ExitKind::kDiskLimit);  // open, but without a name
  CHECK(attack(who, {"empty-files", "5000"}).exit == ExitKind::kDiskLimit);
  CHECK(attack(who, {"hide-folder", "7"}, [](RunSpec& spec) { spec.diskBytes = 5 << 20; }).exit ==
        ExitKind::kDiskLimit);
  CHECK(attack(who, {"deep-folders", "500"}).exit == ExitKind::kDiskLimit);
}

TEST_CASE("what was in the folder before does not count as growth") {
  Lab lab;
  writeText(lab.work() / "input", std::string(20 << 20, 'i'));
  CHECK(attack(everyone().front(), {"fill", "/work", "2", "3"}, withTime(Duration::milliseconds(600)), &lab).exit ==
        ExitKind::kTimeLimit);
}

TEST_CASE("a task that runs too long is ended, whatever signals it ignores") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome outcome = attack(who, {"stubborn"}, withTime(Duration::milliseconds(300)));
  CHECK(outcome.exit == ExitKind::kTimeLimit);
  CHECK_THAT(outcome.reason, Catch::Contains("300 ms"));
  CHECK(outcome.wallSeconds >= 0.3);
  CHECK(outcome.wallSeconds < 15);
}

TEST_CASE("processor time and peak memory are those of the whole task") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome outcome = attack(who, {"burn", "300"});
  CHECK(outcome.exit == ExitKind::kOk);
  CHECK(outcome.processorSeconds >= 0.29);
  CHECK(outcome.processorSeconds < 2);
  CHECK(attack(who, {"shared-memory", "1", "30"}).memoryPeakBytes >= (30u << 20));
}

TEST_CASE("a flood on standard output is cut, and neither blocks nor ends the task") {
  const Who who = GENERATE(from_range(everyone()));
  CAPTURE(nameOf(who));
  const Outcome outcome = attack(who, {"flood", "1", "64"});
  CHECK(outcome.exit == ExitKind::kOk);
  CHECK(outcome.output.size() <= limits::kStreamBytes);
  CHECK(outcome.output.size() > limits::kStreamBytes - 200);
  CHECK_THAT(outcome.output, Catch::EndsWith("more bytes were not kept]\n"));
  const Outcome error = attack(who, {"flood", "2", "4"});
  CHECK(error.exit == ExitKind::kOk);
  CHECK_THAT(error.error, Catch::EndsWith("more bytes were not kept]\n"));
}

TEST_CASE("standard output that is a declared output is whole or the run fails") {
  const auto exact = [](std::uint64_t bytes) { return [bytes](RunSpec& spec) { spec.standardOutputBytes = bytes; }; };
  const Outcome fits = attack(everyone().front(), {"flood", "1", "3"}, exact(3 << 20));
  CHECK(fits.exit == ExitKind::kOk);
  CHECK(fits.output == std::string(3 << 20, 'y'));
  const Outcome over = attack(everyone().front(), {"flood", "1", "3"}, exact((3 << 20) - 1));
  CHECK(over.exit == ExitKind::kDiskLimit);
  CHECK(over.output.size() == (3 << 20) - 1);
}
