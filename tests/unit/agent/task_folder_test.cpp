// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/task_folder.h"

#include <catch2/catch.hpp>

#include "agent_core/task_plan.h"
#include "sandbox/executor.h"
#include "unit/agent/core_world.h"
#include "unit/agent/fake_link.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

const std::atomic<bool> kGoOn = false;

struct Fixture {
  TempFolder folder;
  FakeLink link;
  std::unique_ptr<BlobCache> cache = BlobCache::open(folder / "cache", {limits::kGiB, 0}).value();
  TaskFolder task{folder / "tasks", AttemptId{7}};
  TaskPlan plan;
  wire::AssignedAttempt assigned{AttemptId{7}, {BatchId{1}, 3}, 0, {}, {}, {}, {}};

  Fixture() { std::filesystem::create_directory(folder / "tasks"); }
  Result<void> prepare() { return task.prepare(plan, assigned, *cache, link, kGoOn); }
};

Work work(std::vector<std::string> command, Parameters parameters) {
  wire::Job made = job(BatchId{1});
  made.command = std::move(command);
  made.outputs = {{"out-{x}", false}, {"log", true}, {"frame{x}.png", false}};
  made.standardOutput = "out-{x}";
  made.environment = {{"SEED", "{x}"}};
  wire::AssignedAttempt assigned{AttemptId{1}, {BatchId{1}, 3}, 0, {}, {}, std::move(parameters), {}};
  return {assigned, std::make_shared<const wire::Job>(made)};
}

}  // namespace

TEST_CASE("a task's templates are expanded with its parameters") {
  const auto plan = planTask(work({"tool", "-x", "{x}"}, {{"x", "42"}}));
  REQUIRE(plan);
  CHECK(plan->program == "tool");
  CHECK(plan->arguments == std::vector<std::string>{"-x", "42"});
  CHECK(plan->environment.front() == std::pair<std::string, std::string>{"SEED", "42"});
  CHECK(plan->standardOutput == "out-42");
  CHECK(plan->required ==
        std::vector<std::string>{"frame42.png"});  // what standard output becomes is no file of the task
  CHECK(plan->optional == std::vector<std::string>{"log"});
}

TEST_CASE("a parameter cannot lead a path out of the task's folder") {
  CHECK_FALSE(planTask(work({"tool"}, {{"x", "/../../../etc/passwd"}})));
  CHECK_FALSE(planTask(work({"tool", "{y}"}, {{"x", "1"}})));
  CHECK_FALSE(planTask(work({}, {{"x", "1"}})));
}

TEST_CASE("inputs are copies in their places, and the folder is made anew each time") {
  Fixture f;
  const Digest digest = f.link.add("input");
  f.plan.inputs = {{"a/b/in", digest, 5}, {"in", digest, 5}};
  f.plan.required = {"deep/folder/out"};
  REQUIRE(f.prepare());
  writeFile(f.task.work() / "left-over", "x");
  writeFile(f.task.work() / "in", "changed by the task");
  REQUIRE(f.prepare());
  CHECK_FALSE(std::filesystem::exists(f.task.work() / "left-over"));
  CHECK(contentOf(f.task.work() / "in") == "input");
  CHECK(contentOf(f.task.work() / "a/b/in") == "input");
  CHECK(std::filesystem::is_directory(f.task.work() / "deep/folder"));
  CHECK(std::filesystem::hard_link_count(f.task.work() / "in") == 1);
}

TEST_CASE("a task's state outlives the folder that is made anew, and the newest counts") {
  Fixture f;
  REQUIRE(f.prepare());
  const auto state = f.task.work() / sandbox::kCheckpointFile;
  CHECK_FALSE(std::filesystem::exists(state));
  writeFile(state, "early");
  REQUIRE(f.task.keepCheckpoint());
  writeFile(state, "later");
  const auto later = f.task.keepCheckpoint();
  INFO((later ? "" : later.error().message));
  REQUIRE(later);
  const Checkpoint kept = *later;
  CHECK(kept.size == 5);
  CHECK(contentOf(f.task.keptCheckpoint(kept.digest)) == "later");
  REQUIRE(f.prepare());
  CHECK(contentOf(state) == "later");
  CHECK(std::filesystem::hard_link_count(state) == 1);
}

TEST_CASE("a state that is no regular file, or spoilt on the disk, is not used") {
  Fixture f;
  REQUIRE(f.prepare());
  const auto state = f.task.work() / sandbox::kCheckpointFile;
  writeFile(state, "good");
  const Checkpoint good = f.task.keepCheckpoint().value();
  std::filesystem::remove(state);
  std::filesystem::create_symlink("/etc/passwd", state);
  CHECK_FALSE(f.task.keepCheckpoint());
  REQUIRE(f.prepare());
  CHECK(contentOf(state) == "good");
  writeFile(f.task.keptCheckpoint(good.digest), "baad");
  REQUIRE(f.prepare());
  CHECK_FALSE(std::filesystem::exists(state));
}

TEST_CASE("a task goes on from another host's state unless it has its own, and afresh where that is gone") {
  Fixture f;
  const Digest digest = f.link.add("from elsewhere");
  f.assigned.checkpoint = {digest, 14};
  REQUIRE(f.prepare());
  const auto state = f.task.work() / sandbox::kCheckpointFile;
  CHECK(contentOf(state) == "from elsewhere");
  writeFile(state, "own");
  REQUIRE(f.task.keepCheckpoint());
  REQUIRE(f.prepare());
  CHECK(contentOf(state) == "own");

  Fixture gone;
  gone.assigned.checkpoint = {digestOf(99), 14};
  REQUIRE(gone.prepare());
  CHECK_FALSE(std::filesystem::exists(gone.task.work() / sandbox::kCheckpointFile));
}

TEST_CASE("two inputs in one place are an error") {
  Fixture f;
  const Digest digest = f.link.add("input");
  f.plan.inputs = {{"a", digest, 5}, {"a", digest, 5}};
  CHECK_FALSE(f.prepare());
  f.plan.inputs = {{"a", digest, 5}, {"a/b", digest, 5}};
  CHECK_FALSE(f.prepare());
}

TEST_CASE("left-over folders are swept, those of known attempts stay") {
  Fixture f;
  for (const char* name : {"1", "2", "7", "junk"}) {
    std::filesystem::create_directories(f.folder / "tasks" / name / "work");
  }
  CHECK(sweepTaskFolders(f.folder / "tasks", {AttemptId{7}}).value() == 3);
  CHECK(std::filesystem::exists(f.folder / "tasks" / "7"));
  CHECK_FALSE(std::filesystem::exists(f.folder / "tasks" / "1"));
}
