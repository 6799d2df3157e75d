// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "support/image_maker.h"
#include "unit/agent/package_world.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

unsigned modeOf(const std::filesystem::path& file) {
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

}  // namespace

TEST_CASE("a signed package is laid out with its executable files, read-only, once for all its tasks") {
  PackageWorld w;
  const auto ready = w.prepare();
  REQUIRE(ready);
  CHECK(contentOf((*ready)->root / "bin/program") == "#!program");
  CHECK(modeOf((*ready)->root / "bin/program") == 0555);
  CHECK(contentOf((*ready)->root / "share/data") == "data");
  CHECK(modeOf((*ready)->root / "share/data") == 0444);
  CHECK((*ready)->programs.at("program") == "bin/program");
  const std::size_t downloads = w.link.downloads();
  CHECK(w.prepare().value() == *ready);
  CHECK(w.link.downloads() == downloads);
}

TEST_CASE("a package signed by another key than the project's root is refused before anything of it is fetched") {
  PackageWorld w;
  const auto other = certs::newSigningKey().value();
  w.job.signature = {other.publicKey, certs::signPackage(other, w.job.package).value(), {}};
  const auto ready = w.prepare();
  REQUIRE_FALSE(ready);
  CHECK(ready.error().code == ErrorCode::kIntegrity);
  CHECK(ready.error().message.find("not trusted") != std::string::npos);
  CHECK(w.link.downloads() == 0);
}

TEST_CASE("a signature of another package does not do") {
  PackageWorld w;
  w.job.signature.signature = certs::signPackage(w.root, digestOf(1)).value();
  CHECK(w.prepare().error().code == ErrorCode::kIntegrity);
}

TEST_CASE("a good package does not vouch for the next job's bad signature") {
  PackageWorld w;
  REQUIRE(w.prepare());
  w.job.signature.signature = certs::signPackage(w.root, digestOf(1)).value();
  CHECK(w.prepare().error().code == ErrorCode::kIntegrity);
}

TEST_CASE("one file whose digest fails stops the whole package, and the error names the file") {
  PackageWorld w;
  w.link.corrupt(w.package.files[1].digest, "evil");
  const auto ready = w.prepare();
  REQUIRE_FALSE(ready);
  CHECK(ready.error().code == ErrorCode::kIntegrity);
  CHECK(ready.error().message.find("share/data") != std::string::npos);
  w.link.corrupt(w.package.files[1].digest, "data");
  CHECK(w.prepare());
}

TEST_CASE("a manifest whose digest fails is refused") {
  PackageWorld w;
  std::string manifest = wire::toJson(w.package);
  manifest[manifest.size() / 2] ^= 1;
  w.link.corrupt(w.job.package, manifest);
  CHECK(w.prepare().error().code == ErrorCode::kIntegrity);
}

TEST_CASE("a package of another platform is refused") {
  PackageWorld w;
  w.package.platform = "linux-aarch64";
  w.publish();
  const auto ready = w.prepare();
  REQUIRE_FALSE(ready);
  CHECK(ready.error().code == ErrorCode::kUnsupported);
}

TEST_CASE("of a WebAssembly package only the build for this platform is fetched, and its programs are that build's") {
  PackageWorld w;
  w.package.files.clear();
  w.package.platform = "any";
  w.package.runtime = Runtime::kWasm;
  w.package.programs = {{"tool", "tool.wasm"}};
  w.add("linux-aarch64/tool", "arm", true);
  w.add("linux-x86_64/tool", "intel", true);
  w.add("tool.wasm", "module", false);
  w.package.builds = {{"linux-aarch64", {{"tool", "linux-aarch64/tool"}}},
                      {"linux-x86_64", {{"tool", "linux-x86_64/tool"}}}};
  w.publish();
  const auto ready = w.prepare();
  REQUIRE(ready);
  CHECK(w.link.downloads() == 2);  // the manifest and one program
  CHECK((*ready)->programs.at("tool") == "linux-x86_64/tool");
  CHECK(contentOf((*ready)->root / "linux-x86_64/tool") == "intel");
  CHECK_FALSE(std::filesystem::exists((*ready)->root / "tool.wasm"));
  w.package.files.erase(w.package.files.begin() + 1);
  w.package.builds.pop_back();
  w.publish();
  const auto other = w.prepare();
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::kUnsupported);
  CHECK(other.error().message.find("no build for linux-x86_64") != std::string::npos);
}

TEST_CASE("two packages share their files, and a file executable in one is not in the other") {
  PackageWorld w;
  const auto first = w.prepare().value();
  w.package.version = "2";
  w.package.files[0].executable = false;
  w.package.programs.clear();
  w.package.files[1].executable = true;
  w.package.programs = {{"data", "share/data"}};
  w.publish();
  const std::size_t downloads = w.link.downloads();
  const auto second = w.prepare().value();
  CHECK(w.link.downloads() == downloads + 1);  // the manifest
  CHECK(modeOf(first->root / "bin/program") == 0555);
  CHECK(modeOf(second->root / "bin/program") == 0444);
  CHECK(modeOf(first->root / "share/data") == 0444);
}

TEST_CASE("an image package is unpacked once, kept for the next start and not named after its programs") {
  PackageWorld w;
  image::test::ImageMaker maker;
  maker.layers = {image::test::Tar().file("bin/tool", "#!tool", 0755).bytes()};
  maker.config = R"({"Entrypoint":["tool"]})";
  maker.writeDockerArchive(w.folder / "image.tar");
  w.package.files.clear();
  w.package.programs.clear();
  w.package.runtime = Runtime::kOci;
  w.add("image.tar", image::test::readBytes(w.folder / "image.tar"), false);
  w.publish();
  auto ready = w.prepare();
  REQUIRE(ready);
  REQUIRE((*ready)->image);
  CHECK(contentOf((*ready)->root / "bin/tool") == "#!tool");
  CHECK((*ready)->image->config.entryPoint == std::vector<std::string>{"tool"});
  const auto root = (*ready)->root;
  w.store = PackageStore::open(w.folder / "packages", w.folder / "images", w.root.publicKey).value();
  std::filesystem::last_write_time(root / "bin/tool", {});
  w.cache = BlobCache::open(w.folder / "another-cache", {limits::kGiB, 0}).value();
  const std::size_t downloads = w.link.downloads();
  CHECK(w.prepare().value()->root == root);
  CHECK(w.link.downloads() == downloads + 1);  // of the manifest: the image itself is not needed any more
  CHECK(std::filesystem::last_write_time(root / "bin/tool") == std::filesystem::file_time_type{});
}

TEST_CASE("an image whose layer is not what it was named is refused by its name, and nothing of it stays") {
  PackageWorld w;
  image::test::ImageMaker maker;
  maker.layers = {image::test::Tar().file("bin/tool", "#!tool", 0755).bytes()};
  maker.damagedLayer = 0;
  maker.writeDockerArchive(w.folder / "image.tar");
  w.package.files.clear();
  w.package.programs.clear();
  w.package.runtime = Runtime::kOci;
  w.add("image.tar", image::test::readBytes(w.folder / "image.tar"), false);
  w.publish();
  const auto ready = w.prepare();
  REQUIRE_FALSE(ready);
  CHECK(ready.error().code == ErrorCode::kIntegrity);
  CHECK(ready.error().message.find("layer 1 of 1 (layer0.tar)") != std::string::npos);
  CHECK(std::filesystem::is_empty(w.folder / "images"));
}
