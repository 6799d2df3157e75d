// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "image/image.h"
#include "support/image_maker.h"

using namespace hearth;
using namespace hearth::image;
using namespace hearth::image::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

const Lines kMountPoints = {"dev/", "proc/", "tmp/", "work/"};

/// Unpacks a docker-archive of these layers into folder/root.
Result<UnpackedImage> unpack(const Folder& folder, const std::vector<std::string>& layers,
                             const ImageLimits& most = {}) {
  ImageMaker maker;
  maker.layers = layers;
  maker.writeDockerArchive(folder / "image.tar");
  fs::create_directory(folder / "root");
  return unpackImage(folder / "image.tar", "linux-x86_64", folder / "root", most);
}

Lines filesOf(const Folder& folder) {
  Lines lines = listing(folder / "root");
  std::erase_if(lines, [](const std::string& line) {
    return std::find(kMountPoints.begin(), kMountPoints.end(), line) != kMountPoints.end();
  });
  return lines;
}

mode_t modeOf(const fs::path& file) {
  struct stat info {};
  REQUIRE(::lstat(file.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("an image is the same from a docker-archive, a layout and a layout's archive, packed or not") {
  const Packing packing = GENERATE(Packing::kNone, Packing::kGzip, Packing::kZstd);
  const int form = GENERATE(0, 1, 2);
  const Folder folder;
  ImageMaker maker;
  maker.packing = packing;
  maker.layers = {Tar().folder("bin").file("bin/tool", "one", 0755).file("etc/name", "lower").bytes(),
                  Tar().file("etc/name", "upper").link("lib", "usr/lib").bytes()};
  maker.config = R"({"Env":["A=b=c","BAD"],"Entrypoint":["/bin/tool"],"Cmd":null,"User":"7:8","WorkingDir":"/app/x"})";
  if (form == 0) maker.writeDockerArchive(folder / "image");
  if (form == 1) maker.writeLayout(folder / "image");
  if (form == 2) maker.writeLayoutArchive(folder / "image");
  fs::create_directory(folder / "root");
  const auto image = unpackImage(folder / "image", "linux-x86_64", folder / "root");
  REQUIRE(image);
  CHECK(filesOf(folder) == Lines{"app/", "app/x/", "bin/", "bin/tool", "etc/", "etc/name", "lib -> usr/lib"});
  CHECK(readBytes(folder / "root/etc/name") == "upper");
  CHECK(image->config == ImageConfig{{"/bin/tool"}, {}, {{"A", "b=c"}}, "7:8", "/app/x"});
  CHECK(inspectImage(folder / "image", "")->platform == "linux-x86_64");
}

TEST_CASE("whiteouts remove what is below, wherever they stand in their layer, and spare what their layer brings") {
  const Folder folder;
  const std::string lower =
      Tar().file("a/one", "1").file("a/two", "2").file("b/deep/file", "3").file("c", "4").file("d/x", "5").bytes();
  const std::string upper = Tar()
                                .file("a/new", "n")
                                .file("a/.wh..wh..opq", "")
                                .file("a/late", "l")
                                .file(".wh.c", "")
                                .file("b/.wh.deep", "")
                                .file("b/deep/again", "a")
                                .file("e/.wh.nothing", "")
                                .file("d/y", "6")
                                .file(".wh.d", "")
                                .file(".wh..wh.plnk", "")
                                .bytes();
  REQUIRE(unpack(folder, {lower, upper}));
  CHECK(filesOf(folder) == Lines{"a/", "a/late", "a/new", "b/", "b/deep/", "b/deep/again", "d/", "d/y"});
}

TEST_CASE("a file gives way to a folder of an upper layer, a folder to a file, a link to a folder") {
  const Folder folder;
  REQUIRE(unpack(folder, {Tar().file("a", "1").file("b/c/d", "2").link("e", "b").bytes(),
                          Tar().folder("a").file("a/x", "3").file("b", "4").folder("e").bytes()}));
  CHECK(filesOf(folder) == Lines{"a/", "a/x", "b", "e/"});
}

TEST_CASE("a path through a link leads where it would lead inside of the image and never out of it") {
  const Folder folder;
  fs::create_directories(folder / "outside");
  writeBytes(folder / "outside/kept", "kept");
  const std::string outside = (folder / "outside").string();
  const auto image = unpack(folder, {Tar()
                                         .folder("usr")
                                         .folder("usr/lib")
                                         .link("lib", "/usr/lib")
                                         .file("lib/code", "c")
                                         .link("up", "../../../../usr")
                                         .file("up/file", "f")
                                         .link("evil", outside)
                                         .folder(outside.substr(1))
                                         .file("evil/kept", "stolen")
                                         .bytes()});
  REQUIRE(image);
  CHECK(readBytes(folder / "root/usr/lib/code") == "c");
  CHECK(readBytes(folder / "root/usr/file") == "f");
  CHECK(readBytes(folder / "outside/kept") == "kept");
  CHECK(listing(folder / "outside") == Lines{"kept"});
}

TEST_CASE("an entry at the place of a link replaces the link and leaves alone what it leads to") {
  const Folder folder;
  writeBytes(folder / "victim", "safe");
  const std::string victim = (folder / "victim").string();
  REQUIRE(unpack(folder, {Tar().link("door", victim).file("door", "written").bytes()}));
  CHECK(readBytes(folder / "victim") == "safe");
  CHECK(readBytes(folder / "root/door") == "written");
}

TEST_CASE("hostile entries are refused with the name of the layer and of the entry") {
  const Folder outside;
  const std::string victim = (outside / "victim").string();
  writeBytes(victim, "safe");
  const std::vector<std::pair<std::string, std::string>> hostile = {
      {Tar().file("../escaped", "x").bytes(), "goes up by '..'"},
      {Tar().file("a/../../escaped", "x").bytes(), "goes up by '..'"},
      {Tar().folder("..").bytes(), "goes up by '..'"},
      {Tar().hardLink("leak", "../victim").bytes(), "goes up by '..'"},
      {Tar().hardLink("leak", victim).bytes(), "which is not in the image"},
      {Tar().link("door", outside.path.string()).hardLink("leak", "door/victim").bytes(), "which is not in the image"},
      {Tar().link("nowhere", "gone").file("nowhere/file", "x").bytes(), "lies behind a link that leads nowhere"},
      {Tar().link("a", "b").link("b", "a").file("a/file", "x").bytes(), "lies behind links that lead in a circle"},
      {Tar().file("file", "x").file("file/below", "x").bytes(), "lies below a file"},
      {Tar().folder("d").hardLink("leak", "d").bytes(), "is a hard link to what is no file"},
      {Tar().file(".wh..", "").bytes(), "removes nothing that has a name"},
      {Tar().file(".wh...", "").bytes(), "removes nothing that has a name"},
      {Tar().file(".wh.", "").bytes(), "removes nothing that has a name"},
      {Tar().longName(std::string(300, 'n'), "x").bytes(), "has a name longer than 255 bytes"},
  };
  for (const auto& [layer, words] : hostile) {
    CAPTURE(words);
    const Folder folder;
    const auto image = unpack(folder, {Tar().file("good", "g").bytes(), layer});
    REQUIRE_FALSE(image);
    CHECK_THAT(image.error().message, Contains("layer 2 of 2 (layer1.tar)"));
    CHECK_THAT(image.error().message, Contains(words));
    CHECK(fs::directory_entry(victim).hard_link_count() == 1);
    CHECK(readBytes(victim) == "safe");
    CHECK_FALSE(fs::exists(folder / "escaped"));
  }
}

TEST_CASE("absolute names lie below the root") {
  const Folder folder;
  REQUIRE(unpack(folder, {Tar().file("/etc/hearth-absolute", "x").file("./dot", "y").bytes()}));
  CHECK(filesOf(folder) == Lines{"dot", "etc/", "etc/hearth-absolute"});
}

TEST_CASE("devices and pipes are left out, and no mode of a file survives but whether it may be executed") {
  const Folder folder;
  REQUIRE(unpack(folder, {Tar()
                              .device("etc/disk")
                              .fifo("pipe")
                              .file("su", "s", 06755)
                              .file("secret", "t", 0600)
                              .file("odd", "u", 01077)
                              .bytes()}));
  CHECK(filesOf(folder) == Lines{"etc/", "odd", "secret", "su"});
  CHECK(modeOf(folder / "root/su") == 0555);
  CHECK(modeOf(folder / "root/secret") == 0444);
  CHECK(modeOf(folder / "root/odd") == 0555);
  CHECK(modeOf(folder / "root/etc") == 0755);
}

TEST_CASE("hard links share their file, also with a file of a lower layer and by a link's name") {
  const Folder folder;
  REQUIRE(
      unpack(folder, {Tar().file("a", "1").link("l", "a").bytes(),
                      Tar().hardLink("b", "a").hardLink("d/e", "/b").hardLink("m", "l").hardLink("a", "a").bytes()}));
  struct stat info {};
  REQUIRE(::lstat((folder / "root/d/e").c_str(), &info) == 0);
  CHECK(info.st_nlink == 3);
  CHECK(filesOf(folder) == Lines{"a", "b", "d/", "d/e", "l -> a", "m -> a"});
}

TEST_CASE("what the sandbox mounts over is empty, and its own name is free") {
  const Folder folder;
  REQUIRE(unpack(folder, {Tar()
                              .file("dev/console", "x")
                              .link("tmp", "/etc")
                              .file("proc", "file")
                              .file("work/old", "x")
                              .file("hearth-task-init", "fake", 0755)
                              .file("etc/kept", "k")
                              .bytes()}));
  CHECK(listing(folder / "root") == Lines{"dev/", "etc/", "etc/kept", "proc/", "tmp/", "work/"});
}

TEST_CASE("names in any alphabet, and bytes that are no text, are kept as they are") {
  const Folder folder;
  const std::string composed = "F\xc5\x91tan\xc3\xbas", decomposed = "e\xcc\x81", latin = "caf\xe9";
  REQUIRE(unpack(folder, {Tar().longName(composed, "1").file(decomposed, "2").file(latin, "3").bytes()}));
  CHECK(readBytes(folder / ("root/" + composed)) == "1");
  CHECK(readBytes(folder / ("root/" + decomposed)) == "2");
  CHECK(readBytes(folder / ("root/" + latin)) == "3");
}

TEST_CASE("an image that is too large in any way is refused, saying in which") {
  ImageLimits most;
  most.entries = 10;
  most.bytes = limits::kMiB;
  most.depth = 8;
  most.layers = 2;
  Tar many, deep;
  for (int i = 0; i < 11; ++i) many.file("f" + std::to_string(i), "");
  deep.file("1/2/3/4/5/6/7/8/9", "");
  const std::string empty = Tar().bytes();
  const std::vector<std::pair<std::vector<std::string>, std::string>> large = {
      {{many.bytes()}, "more than 10 files"},
      {{Tar().file("a", std::string(600 * 1024, 'a')).bytes(), Tar().file("a", std::string(600 * 1024, 'b')).bytes()},
       "unpacks to more than 1 MiB"},
      {{Tar().sparse("hole", limits::kGiB).bytes()}, "unpacks to more than 1 MiB"},
      {{deep.bytes()}, "nested more than 8 deep"},
      {{empty, empty, empty}, "3 layers, more than 2"},
  };
  for (const auto& [layers, words] : large) {
    const Folder folder;
    const auto image = unpack(folder, layers, most);
    REQUIRE_FALSE(image);
    CHECK_THAT(image.error().message, Contains(words));
    CHECK_FALSE(image.error().hint.empty());
  }
}

TEST_CASE("a layer that is a bomb ends when it passes the limit, not when it has filled the disk") {
  const Folder folder;
  ImageMaker maker;
  maker.packing = GENERATE(Packing::kGzip, Packing::kZstd);
  maker.layers = {Tar().file("small", "s").bytes() + std::string(8 << 20, '\0')};  // behind the end of the archive
  maker.writeDockerArchive(folder / "image.tar");
  CHECK(fs::file_size(folder / "image.tar") < 64 * 1024);
  fs::create_directory(folder / "root");
  ImageLimits most;
  most.bytes = limits::kMiB;
  const auto image = unpackImage(folder / "image.tar", "", folder / "root", most);
  REQUIRE_FALSE(image);
  CHECK(image.error().code == ErrorCode::kTooLarge);
}
