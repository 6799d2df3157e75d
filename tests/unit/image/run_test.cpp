// SPDX-License-Identifier: GPL-3.0-or-later
// Images made by the distribution's own tools, run in the sandbox.
#include <cstdlib>
#include <future>

#include <catch2/catch.hpp>

#include "image/image.h"
#include "sandbox/executor.h"
#include "support/image_maker.h"

using namespace hearth;
using namespace hearth::image;
using namespace hearth::image::test;

namespace {

namespace fs = std::filesystem;

void shell(const Folder& folder, const std::string& script) {
  writeBytes(folder / "script", script);
  const std::string command = "cd " + folder.path.string() + " && sh -ex script >log 2>&1";
  const int status = std::system(command.c_str());
  INFO(readBytes(folder / "log"));
  REQUIRE(status == 0);
}

/// A layout in folder/layout: busybox and its shell, over it an account, a program and a whiteout.
void makeLayout(const Folder& folder) {
  writeBytes(folder / "start", R"(#!/bin/sh
id -u; id -g; pwd
echo "$GREETING $HEARTH $*"
grep CapEff /proc/self/status
cat /work/input > /work/output
cat /etc/old
)");
  shell(folder, R"(
mkdir -p lower/bin lower/etc app
cp /bin/busybox lower/bin/busybox
for name in sh id cat pwd grep; do ln -s busybox lower/bin/$name; done
echo old > lower/etc/old
echo "ann:x:1001:1002::/home/ann:/bin/sh" > passwd
cp start app/start
chmod 6755 app/start
umoci init --layout layout
umoci new --image layout:one
umoci insert --rootless --image layout:one lower/bin /bin
umoci insert --rootless --image layout:one lower/etc /etc
umoci insert --rootless --image layout:one passwd /etc/passwd
umoci insert --rootless --image layout:one app /app
umoci insert --rootless --image layout:one --whiteout /etc/old
umoci config --image layout:one --config.entrypoint ./start --config.cmd default --config.env GREETING=hello \
  --config.user ann --config.workingdir /app --architecture amd64 --os linux
)");
}

struct Ended {
  sandbox::RunEnd end;
  std::string output, error;
};

Ended runImage(const Folder& folder, const fs::path& archive, const std::vector<std::string>& command) {
  fs::create_directories(folder / "root");
  auto image = unpackImage(archive, "linux-x86_64", folder / "root");
  INFO((image ? std::string() : image.error().message));
  REQUIRE(image);
  auto plan = planRun(*image, command, {{"HEARTH", "grid"}});
  REQUIRE(plan);
  sandbox::BubblewrapOptions options;
  options.scratch = folder / "scratch";
  options.init = fs::path(HEARTH_BIN_DIR) / "hearth-task-init";
  options.background = false;
  auto executor = sandbox::makeBubblewrapExecutor(options);
  REQUIRE(executor);
  fs::create_directories(folder / "task");
  writeBytes(folder / "task/input", "data");
  sandbox::RunSpec spec;
  spec.packageRoot = image->root;
  spec.work = folder / "task";
  spec.program = plan->program;
  spec.arguments = plan->arguments;
  spec.environment = plan->environment;
  spec.workingFolder = plan->workingFolder;
  spec.user = plan->user;
  spec.group = plan->group;
  spec.standardOutput = folder / "output";
  spec.standardError = folder / "error";
  spec.memoryBytes = spec.diskBytes = 64 * limits::kMiB;
  spec.time = Duration::seconds(60);
  std::promise<sandbox::RunEnd> promise;
  auto run = (*executor)->start(spec, [&promise](sandbox::RunEnd end) { promise.set_value(std::move(end)); });
  REQUIRE(run);
  return {promise.get_future().get(), readBytes(folder / "output"), readBytes(folder / "error")};
}

const std::string kWithoutRights = "CapEff:\t0000000000000000\n";

}  // namespace

TEST_CASE("an image of the distribution's tools runs with its entry point, environment, user and folder") {
  const Folder folder;
  makeLayout(folder);
  const std::string form = GENERATE("layout", "oci-archive", "docker-archive", "zstd");
  CAPTURE(form);
  fs::path image = folder / "layout";
  if (form == "zstd") {
    image = folder / "zstd";
    shell(folder,
          "skopeo copy --insecure-policy --dest-compress-format zstd --dest-compress oci:layout:one oci:zstd:one");
  } else if (form != "layout") {
    image = folder / "image.tar";
    shell(folder, "skopeo copy --insecure-policy oci:layout:one " + form + ":image.tar");
  }
  const std::vector<std::string> words = GENERATE(std::vector<std::string>{}, std::vector<std::string>{"a", "b c"});
  const Ended ended = runImage(folder, image, words);
  CHECK(ended.end.reason == "it ended with exit code 1");  // the whiteout: /etc/old is not there
  CHECK(ended.error == "cat: can't open '/etc/old': No such file or directory\n");
  CHECK(ended.output ==
        "1001\n1002\n/app\nhello grid " + std::string(words.empty() ? "default" : "a b c") + "\n" + kWithoutRights);
  CHECK(readBytes(folder / "task/output") == "data");
}

TEST_CASE("an image without a user runs as root inside, which has no rights and is nobody outside") {
  const Folder folder;
  ImageMaker maker;
  maker.layers = {Tar().file("bin/busybox", readBytes("/bin/busybox"), 0755).bytes()};
  maker.config = R"({"Cmd":["/bin/busybox","id","-u"]})";
  maker.writeDockerArchive(folder / "image.tar");
  CHECK(runImage(folder, folder / "image.tar", {}).output == "0\n");
  const Ended rights = runImage(folder, folder / "image.tar", {"busybox", "grep", "Cap", "/proc/self/status"});
  CHECK(rights.output.find("CapPrm:\t0000000000000000\n") != std::string::npos);
  CHECK(rights.output.find("CapBnd:\t0000000000000000\n") != std::string::npos);
  const Ended writes =
      runImage(folder, folder / "image.tar", {"busybox", "touch", "/new", "/bin/new", "/proc/sys/vm/swappiness"});
  CHECK(writes.end.exit == ExitKind::kExitCode);
  CHECK_FALSE(fs::exists(folder / "root/new"));
  CHECK_FALSE(fs::exists(folder / "root/bin/new"));
}
