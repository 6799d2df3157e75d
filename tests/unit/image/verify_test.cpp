// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "image/image.h"
#include "image/image_store.h"
#include "support/image_maker.h"

using namespace hearth;
using namespace hearth::image;
using namespace hearth::image::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

ImageMaker makeImage() {
  ImageMaker maker;
  maker.layers = {Tar().file("lower", "l").bytes(), Tar().file("bin/tool", "t", 0755).bytes()};
  maker.config = R"({"Entrypoint":["tool"],"Cmd":["--help"],"Env":["PATH=/none:/bin","X=image"]})";
  return maker;
}

Error refusal(const fs::path& image, const std::string& platform = "linux-x86_64") {
  const Folder folder;
  const auto unpacked = unpackImage(image, platform, folder.path);
  REQUIRE_FALSE(unpacked);
  const auto inspected = inspectImage(image, platform);
  REQUIRE_FALSE(inspected);
  CHECK(inspected.error() == unpacked.error());
  CHECK_FALSE(unpacked.error().hint.empty());
  return unpacked.error();
}

}  // namespace

TEST_CASE("a layer whose bytes are not those that were named is refused, and the error names it") {
  const Folder folder;
  ImageMaker maker = makeImage();
  maker.damagedLayer = GENERATE(0, 1);
  const bool layout = GENERATE(false, true);
  maker.packing = GENERATE(Packing::kNone, Packing::kGzip);
  if (layout) {
    maker.writeLayout(folder / "image");
  } else {
    maker.writeDockerArchive(folder / "image");
  }
  const Error error = refusal(folder / "image");
  CHECK_THAT(error.message, Contains("layer " + std::to_string(maker.damagedLayer + 1) + " of 2"));
}

TEST_CASE("bytes behind a packed layer are part of its digest") {
  const Folder folder;
  ImageMaker maker = makeImage();
  maker.packing = Packing::kGzip;
  maker.writeLayout(folder / "image");
  const std::string layer = certs::sha256(packed(maker.layers[1], Packing::kGzip)).hex();
  const fs::path blob = folder.path / "image/blobs/sha256" / layer;
  writeBytes(blob, readBytes(blob) + "more");
  const Error error = refusal(folder / "image");
  CHECK(error.code == ErrorCode::kIntegrity);
  CHECK_THAT(error.message, Contains("layer 2 of 2") && Contains("does not have its digest"));
}

TEST_CASE("a manifest or configuration that does not have its digest is refused") {
  const Folder folder;
  ImageMaker maker = makeImage();
  maker.damagedDocument = GENERATE(0, 1);
  maker.writeLayoutArchive(folder / "image");
  const Error error = refusal(folder / "image");
  CHECK(error.code == ErrorCode::kIntegrity);
  CHECK_THAT(error.message, Contains(maker.damagedDocument == 0 ? "its configuration" : "its manifest"));
}

TEST_CASE("what is no image is refused with what to do") {
  const Folder folder;
  makeImage().writeDockerArchive(folder / "good");
  const std::string good = readBytes(folder / "good");
  const std::vector<std::pair<std::string, std::string>> all = {
      {"no archive at all", "tar archive"},
      {packed(good, Packing::kGzip), "tar archive"},
      {Tar().file("readme", "hello").bytes(), "this is no image"},
      {Tar().file("manifest.json", "[{]").bytes(), "is no JSON"},
      {Tar().file("manifest.json", "[]").bytes(), "holds 0 images"},
      {Tar().file("manifest.json", "[{},{}]").bytes(), "holds 2 images"},
      {Tar().file("manifest.json", R"([{"Config":"../../etc/passwd"}])").bytes(), "has no file"},
      {Tar().file("oci-layout", "{}").file("index.json", "{}").bytes(), "names no image"},
      {Tar().file("oci-layout", "{}").file("index.json", R"({"manifests":[{"digest":"md5:1"}]})").bytes(),
       "no SHA-256 digest"},
  };
  for (const auto& [bytes, words] : all) {
    writeBytes(folder / "image", bytes);
    CHECK_THAT(refusal(folder / "image").message, Contains(words));
  }
}

TEST_CASE("a layout's blob that is a link out of it is not read") {
  const Folder folder;
  makeImage().writeLayout(folder / "image");
  fs::rename(folder / "image/index.json", folder / "elsewhere");
  fs::create_symlink(folder / "elsewhere", folder / "image/index.json");
  CHECK_THAT(refusal(folder / "image").message, Contains("this is no image"));
}

TEST_CASE("an image for another processor or system is refused by name") {
  const Folder folder;
  ImageMaker maker = makeImage();
  maker.architecture = "arm64";
  maker.writeDockerArchive(folder / "arm");
  CHECK_THAT(refusal(folder / "arm").message, Contains("linux-aarch64"));
  maker.system = "windows";
  maker.writeDockerArchive(folder / "other");
  CHECK_THAT(refusal(folder / "other").message, Contains("windows"));
}

TEST_CASE("an archive that is cut off anywhere is refused") {
  const Folder folder;
  makeImage().writeDockerArchive(folder / "good");
  const std::string good = readBytes(folder / "good");
  for (std::size_t size = 0; size + 1024 < good.size(); size += 700) {
    writeBytes(folder / "image", good.substr(0, size));
    const Folder root;
    CAPTURE(size);
    CHECK_FALSE(unpackImage(folder / "image", "", root.path));
  }
}

TEST_CASE("a task's words replace the image's command and follow its entry point") {
  const Folder folder;
  makeImage().writeDockerArchive(folder / "image");
  fs::create_directory(folder / "root");
  auto image = unpackImage(folder / "image", "", folder / "root");
  REQUIRE(image);
  auto run = planRun(*image, {}, {{"X", "task"}, {"Y", "1"}});
  REQUIRE(run);
  CHECK(run->program == "/bin/tool");
  CHECK(run->arguments == std::vector<std::string>{"--help"});
  CHECK(run->environment == std::vector<std::pair<std::string, std::string>>{
                                {"PATH", "/none:/bin"}, {"X", "task"}, {"Y", "1"}, {"HOME", "/tmp"}});
  CHECK(run->workingFolder.empty());
  CHECK(run->user == 0);
  run = planRun(*image, {"a", "b"}, {});
  REQUIRE(run);
  CHECK(run->arguments == std::vector<std::string>{"a", "b"});

  image->config.entryPoint.clear();
  CHECK_THAT(planRun(*image, {"none"}, {}).error().message, Contains("no program 'none' in its PATH"));
  image->config.workingFolder = "/app";
  CHECK(planRun(*image, {"./run"}, {})->program == "/app/./run");
  image->config.command.clear();
  CHECK_THAT(planRun(*image, {}, {}).error().message, Contains("names a program"));
}

TEST_CASE("the image's user is a number or an account of its own files, never one of this machine") {
  const Folder folder;
  ImageMaker maker = makeImage();
  maker.layers.push_back(Tar()
                             .file("etc/real", "root:x:0:0::/:\nann:x:1001:1002::/home/ann:/bin/sh\n")
                             .link("etc/passwd", "/etc/real")
                             .file("etc/group", "staff:x:50:\n")
                             .bytes());
  maker.writeDockerArchive(folder / "image");
  fs::create_directory(folder / "root");
  auto image = unpackImage(folder / "image", "", folder / "root");
  REQUIRE(image);
  const auto [user, id, group] = GENERATE(table<std::string, unsigned, unsigned>({
      {"", 0, 0},
      {"ann", 1001, 1002},
      {"1001", 1001, 1002},
      {"ann:staff", 1001, 50},
      {"77", 77, 0},
      {"77:78", 77, 78},
  }));
  image->config.user = user;
  const auto run = planRun(*image, {}, {});
  REQUIRE(run);
  CHECK(run->user == id);
  CHECK(run->group == group);
  for (const char* bad : {"daemon", "ann:nobody", "4294967296", "-1"}) {
    image->config.user = bad;
    CHECK_THAT(planRun(*image, {}, {}).error().message, Contains("which is not in its /etc/"));
  }
}

TEST_CASE("a store unpacks an image once, keeps it over a restart and drops those that nobody uses") {
  const Folder folder;
  const auto open = [&folder] { return ImageStore::open(folder / "images").value(); };
  const auto digestOf = [](int n) { return certs::sha256("image " + std::to_string(n)); };
  makeImage().writeDockerArchive(folder / "image");
  auto store = open();
  auto held = store->take(digestOf(0), folder / "image", "linux-x86_64").value();
  CHECK(store->take(digestOf(0), folder / "gone", "linux-x86_64").value() == held);
  for (int i = 1; i < 8; ++i) REQUIRE(store->take(digestOf(i), folder / "image", "linux-x86_64"));
  CHECK(fs::exists(held->root / "bin/tool"));
  CHECK_FALSE(fs::exists(folder.path / "images" / digestOf(1).hex()));
  CHECK(fs::exists(folder.path / "images" / digestOf(7).hex()));
  store = open();
  const auto again = store->take(digestOf(7), folder / "gone", "linux-x86_64");
  REQUIRE(again);
  CHECK((*again)->config == held->config);
}

TEST_CASE("a store never uses what it did not finish, and leaves nothing of an image that is bad") {
  const Folder folder;
  const Digest digest = certs::sha256("image");
  fs::create_directories(folder.path / "images" / ("unfinished-" + digest.hex()) / "root/bin");
  fs::create_directories(folder.path / "images" / digest.hex() / "root");  // without its record
  auto store = ImageStore::open(folder / "images").value();
  CHECK(listing(folder / "images").empty());
  ImageMaker maker = makeImage();
  maker.damagedLayer = 1;
  maker.writeDockerArchive(folder / "image");
  CHECK_THAT(store->take(digest, folder / "image", "").error().message, Contains("layer 2 of 2"));
  CHECK(listing(folder / "images").empty());
  makeImage().writeDockerArchive(folder / "image");
  CHECK(store->take(digest, folder / "image", ""));
}
