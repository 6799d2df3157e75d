// SPDX-License-Identifier: GPL-3.0-or-later
// A program is asked for its state, and goes on from it.
#include <atomic>
#include <fstream>

#include <catch2/catch.hpp>

#include "unit/sandbox/lab.h"

using namespace hearth;
using namespace hearth::sandbox;

namespace {

struct Fixture {
  Lab lab;
  EndBox box;
  std::atomic<int> written{0};
  std::unique_ptr<Executor> executor;

  Fixture() {
    auto made = makeBubblewrapExecutor(lab.options());
    REQUIRE(made);
    executor = std::move(*made);
  }
  RunSpec spec(std::vector<std::string> arguments) {
    RunSpec spec = lab.spec(std::move(arguments));
    spec.checkpoints = true;
    spec.environment.emplace_back("HEARTH_TASK", "1/7/0");
    spec.onCheckpoint = [this] { ++written; };
    return spec;
  }
  std::unique_ptr<Run> start(RunSpec what) {
    auto run = executor->start(std::move(what), box.receiver());
    REQUIRE(run);
    return std::move(*run);
  }
  std::filesystem::path state() const { return lab.work() / kCheckpointFile; }
  /// Asks until it has written so often.
  void askUntil(Run& run, int times) {
    REQUIRE(eventually([&] {
      run.checkpoint();
      return written >= times;
    }));
  }
  std::string output() const { return readText(lab.file("output")); }
};

}  // namespace

TEST_CASE("a task that is stopped goes on from the state that it was asked for") {
  Fixture fixture;
  {
    const auto run = fixture.start(fixture.spec({"patient", "1000000"}));
    fixture.askUntil(*run, 2);
    run->stop("enough");
    REQUIRE(fixture.box.wait());
  }
  CHECK(fixture.output() == "from 0\n");
  EndBox second;
  RunSpec again = fixture.spec({"patient", "1"});
  auto run = fixture.executor->start(std::move(again), second.receiver());
  REQUIRE(run);
  const auto end = second.wait();
  REQUIRE(end);
  CHECK(end->exit == ExitKind::kOk);
  CHECK(fixture.output().find("from 0\n") == std::string::npos);
}

TEST_CASE("a state that is spoilt or of another task is not used, and the task says so") {
  Fixture fixture;
  {
    const auto run = fixture.start(fixture.spec({"patient", "1000000"}));
    fixture.askUntil(*run, 1);
    run->stop("enough");
    REQUIRE(fixture.box.wait());
  }
  const std::string kept = readText(fixture.state());
  std::string spoilt = kept;
  spoilt.back() ^= 1;
  std::string cut = kept.substr(0, kept.size() - 1);
  std::string foreign = kept;
  foreign.replace(foreign.find("1/7/0"), 5, "1/8/0");
  for (const std::string& unfit : {spoilt, cut, foreign, std::string("nonsense"), std::string()}) {
    writeText(fixture.state(), unfit);
    EndBox box;
    auto run = fixture.executor->start(fixture.spec({"patient", "1"}), box.receiver());
    REQUIRE(run);
    const auto end = box.wait();
    REQUIRE(end);
    INFO(end->reason);
    REQUIRE(end->exit == ExitKind::kOk);
    CHECK(fixture.output() == "from 0\nto 1\n");
    CHECK(readText(fixture.lab.file("error")).find("starts afresh") != std::string::npos);
  }
}

TEST_CASE("asking a program that does not listen yet, or never will, does it no harm") {
  Fixture fixture;
  const auto run = fixture.start(fixture.spec({"sleep", "300"}));
  for (int i = 0; i < 20; ++i) run->checkpoint();
  const auto end = fixture.box.wait();
  REQUIRE(end);
  CHECK(end->exit == ExitKind::kOk);
  CHECK(fixture.written == 0);
}

TEST_CASE("a program that knows no checkpoints is not asked, and its files are not taken for one") {
  Fixture fixture;
  RunSpec plain = fixture.lab.spec({"sleep", "300"});
  plain.onCheckpoint = [&] { ++fixture.written; };
  const auto run = fixture.start(std::move(plain));
  run->checkpoint();
  writeText(fixture.state(), "not one");
  const auto end = fixture.box.wait();
  REQUIRE(end);
  CHECK(end->exit == ExitKind::kOk);
  CHECK(fixture.written == 0);
}
