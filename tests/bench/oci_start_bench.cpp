// SPDX-License-Identifier: GPL-3.0-or-later
// sandbox_start_oci: what a task of a container image that is unpacked already costs over a plain fork and exec of its
// program: its place in the cache, its program looked up, the sandbox made, run and ended.
#include <cstdio>

#include "bench/start_figures.h"
#include "certs/sha256.h"
#include "image/image_store.h"
#include "support/image_maker.h"

using namespace hearth;
using namespace hearth::bench;

namespace {

namespace fs = std::filesystem;

constexpr int kRuns = 100;
constexpr double kCeilingMilliseconds = 15;

sandbox::RunSpec makeSpec(const Folder& folder) {
  sandbox::RunSpec spec;
  spec.work = folder.path / "work";
  spec.standardOutput = folder.path / "output";
  spec.standardError = folder.path / "error";
  spec.memoryBytes = spec.diskBytes = 256 << 20;
  spec.time = Duration::seconds(60);
  return spec;
}

/// As many entries at its top as an image of a distribution has.
void writeImage(const fs::path& file, const std::string& program) {
  image::test::Tar tar;
  for (const char* folder : {"boot", "etc", "home", "media", "mnt", "opt", "root", "run", "srv", "sys", "usr", "var"}) {
    tar.folder(folder).file(std::string(folder) + "/readme", "text");
  }
  for (const char* link : {"bin", "lib", "lib64", "sbin"}) tar.link(link, "usr/" + std::string(link));
  tar.folder("usr/bin").file("usr/bin/program", program, 0755);
  image::test::ImageMaker maker;
  maker.layers = {tar.bytes()};
  maker.config = R"({"Entrypoint":["program"],"Env":["PATH=/usr/local/bin:/usr/bin"]})";
  maker.writeDockerArchive(file);
}

}  // namespace

int main() {
  const Folder folder;
  const fs::path program = fs::path(HEARTH_BIN_DIR) / "hearth-task-init";
  writeImage(folder.path / "image.tar", image::test::readBytes(program));
  auto store = image::ImageStore::open(folder.path / "images");
  if (!store) giveUp(store.error().message);
  sandbox::BubblewrapOptions options;
  options.scratch = folder.path / "scratch";
  options.init = program;
  options.background = false;  // what waiting for a busy machine costs is another matter
  auto executor = sandbox::makeBubblewrapExecutor(options);
  if (!executor) giveUp(executor.error().message);
  if ((*executor)->tier() == SandboxTier::kNone) giveUp((*executor)->limitation());
  fs::create_directories(folder.path / "work");
  fs::create_directories(folder.path / "package");
  fs::copy_file(program, folder.path / "package/program");

  const Digest digest = certs::sha256("image");
  const auto unpacking = std::chrono::steady_clock::now();
  if (auto first = (*store)->take(digest, folder.path / "image.tar", "linux-x86_64"); !first)
    giveUp(first.error().message);
  const double unpacked = millisecondsSince(unpacking);
  StartTimes times;
  std::vector<double> packages;  // the same program as a package of its own, for comparison
  for (int i = 0; i < kRuns; ++i) {
    times.plain.push_back(plainRun(program.string()));
    const auto start = std::chrono::steady_clock::now();
    auto image = (*store)->take(digest, folder.path / "image.tar", "linux-x86_64");
    auto plan = image ? image::planRun(**image, {}, {}) : Result<image::ImageRun>(tl::unexpect, image.error());
    if (!plan) giveUp(plan.error().message);
    sandbox::RunSpec spec = makeSpec(folder);
    spec.packageRoot = (*image)->root;
    spec.program = plan->program;
    spec.environment = plan->environment;
    spec.user = plan->user;
    spec.group = plan->group;
    const sandbox::RunEnd end = runOnce(**executor, spec);
    times.confined.push_back(millisecondsSince(start));
    times.processor.push_back(end.usage.processor.inSeconds() * 1000);

    sandbox::RunSpec package = makeSpec(folder);
    package.packageRoot = folder.path / "package";
    package.program = "/program";
    const auto startOfPackage = std::chrono::steady_clock::now();
    runOnce(**executor, package);
    packages.push_back(millisecondsSince(startOfPackage));
  }
  char conditions[192];
  std::snprintf(conditions, sizeof conditions,
                "\"tier\":\"%s\",\"first_unpacking_ms\":%.1f,\"native_package_median\":%.2f",
                sandboxTierName((*executor)->tier()), unpacked, quantile(packages, 0.5));
  printStart("sandbox_start_oci", times, kCeilingMilliseconds, conditions);
  return 0;
}
