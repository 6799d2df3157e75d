// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/pack.h"

#include <algorithm>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "certs/sha256.h"
#include "cli/elf.h"
#include "cli/library_search.h"
#include "cli_support.h"
#include "support/image_maker.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;
using test::Folder;

PackRequest requestFor(const fs::path& program, const fs::path& folder) {
  PackRequest request;
  request.programs = {program};
  request.version = "1";
  request.folder = folder;
  request.searchPath = "/usr/bin:/bin";
  return request;
}

bool holds(const Package& package, const std::string& path) {
  return std::any_of(package.files.begin(), package.files.end(),
                     [&](const FileRef& file) { return file.path == path; });
}

/// Runs a packed program with nothing of this machine but the kernel, as an agent does.
test::Ran runPacked(const fs::path& package, const std::vector<std::string>& command) {
  std::vector<std::string> line{"/usr/bin/bwrap", "--unshare-all", "--proc",  "/proc",
                                "--dev",          "/dev",          "--tmpfs", "/tmp"};
  for (const auto& entry : fs::directory_iterator(package)) {
    if (!entry.is_directory()) continue;
    line.insert(line.end(), {"--ro-bind", entry.path().string(), "/" + entry.path().filename().string()});
  }
  line.push_back("--");
  line.insert(line.end(), command.begin(), command.end());
  return test::runProgram(line);
}

}  // namespace

TEST_CASE("a packed program runs where nothing but its package is") {
  if (!fs::exists("/usr/bin/ecm") || !fs::exists("/usr/bin/bwrap")) return;
  const Folder folder;
  const auto packed = pack(requestFor("ecm", folder / "package"));
  REQUIRE(packed);
  CHECK(packed->package.programs == std::vector<std::pair<std::string, std::string>>{{"ecm", "usr/bin/ecm"}});
  CHECK(packed->package.platform == "linux-x86_64");
  CHECK(holds(packed->package, "lib64/ld-linux-x86-64.so.2"));
  fs::create_directory(folder / "package/work");
  fs::copy_file(fs::path(HEARTH_SOURCE_DIR) / "docs/examples/ecm/composite.txt", folder / "package/work/number.txt");
  const test::Ran ran =
      runPacked(folder / "package", {"/usr/bin/ecm", "-q", "-sigma", "1:30", "-inp", "/work/number.txt", "110000"});
  CHECK(ran.out == "1155685395246619182673033 374550598501810936581776630096313181393\n");
  CHECK(ran.status == 14);
  // Without its libraries it could not: the box is not the machine.
  fs::remove_all(folder / "package/lib");
  CHECK(runPacked(folder / "package", {"/usr/bin/ecm", "--help"}).status != 0);
}

TEST_CASE("packing the same program twice gives the same digest, and replaces only packages") {
  const Folder folder;
  const auto first = pack(requestFor("/usr/bin/env", folder / "a"));
  const auto second = pack(requestFor("/usr/bin/env", folder / "b"));
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->digest == second->digest);
  CHECK(first->digest == *certs::sha256File(folder / "a/package.json"));
  CHECK(pack(requestFor("/usr/bin/env", folder / "a")));
  folder.write("mine/thesis.tex", "years of work");
  const auto refused = pack(requestFor("/usr/bin/env", folder / "mine"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK(test::readAll(folder / "mine/thesis.tex") == "years of work");
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) ==
        3);  // nothing half-made stays
}

TEST_CASE("the closure of libraries is that of the loader") {
  const auto elf = readElf("/usr/bin/env");
  REQUIRE(elf);
  const auto libraries = libraryClosure("/usr/bin/env", *elf, librarySearchPath());
  REQUIRE(libraries);
  const test::Ran loader = test::runProgram({elf->interpreter, "--list", "/usr/bin/env"});
  for (const FoundLibrary& library : *libraries) {
    INFO(library.source);
    CHECK(loader.out.find(library.source.filename().string()) != std::string::npos);
  }
  CHECK(std::any_of(libraries->begin(), libraries->end(),
                    [](const auto& l) { return l.place.filename() == "libc.so.6"; }));
}

TEST_CASE("extra files keep their absolute paths, and links become what they lead to") {
  const Folder folder;
  folder.write("data/deep/table.txt", "42");
  fs::create_symlink("deep/table.txt", folder / "data/link.txt");
  fs::create_directory_symlink("deep", folder / "data/also");
  PackRequest request = requestFor("/usr/bin/env", folder / "package");
  request.extras = {folder / "data"};
  const auto packed = pack(request);
  REQUIRE(packed);
  // Temporary folders are the sandbox's own: what comes from them stands below /opt, and the note says so.
  const bool isMoved = folder.path().relative_path().begin()->string() == "tmp";
  CHECK(packed->warnings.size() == (isMoved ? 1 : 0));
  const fs::path inside = folder / "package" / (isMoved ? "opt" : "") / (folder / "data").relative_path();
  CHECK(test::readAll(inside / "deep/table.txt") == "42");
  CHECK(fs::is_regular_file(fs::symlink_status(inside / "link.txt")));
  CHECK(test::readAll(inside / "also/table.txt") == "42");
}

TEST_CASE("what cannot be packed is refused with what to do") {
  const Folder folder;
  PackRequest request = requestFor("/usr/bin/env", folder / "package");
  SECTION("a pipe among the extra files") {
    fs::create_directory(folder / "data");
    ::mkfifo((folder / "data/pipe").c_str(), 0600);
    request.extras = {folder / "data"};
  }
  SECTION("a folder that leads back to itself") {
    fs::create_directory(folder / "data");
    fs::create_directory_symlink("..", folder / "data/up");
    request.extras = {folder / "data"};
  }
  SECTION("a link to nothing") {
    fs::create_directory(folder / "data");
    fs::create_symlink("gone", folder / "data/link");
    request.extras = {folder / "data"};
  }
  SECTION("no program at all") { request.programs = {folder.write("text", "hello", 0755)}; }
  SECTION("a program that is not there") { request.programs = {"no-such-program-anywhere"}; }
  SECTION("a script without an interpreter") { request.programs = {folder.write("script", "#!perl\n", 0755)}; }
  SECTION("a truncated program") {
    request.programs = {folder.write("half", test::readAll("/usr/bin/env").substr(0, 2000), 0755)};
  }
  const auto packed = pack(request);
  REQUIRE_FALSE(packed);
  CHECK_FALSE(packed.error().message.empty());
  CHECK_FALSE(packed.error().hint.empty());
  CHECK_FALSE(fs::exists(folder / "package"));
}

TEST_CASE("a script brings its interpreter, and a note that its modules are missing") {
  const Folder folder;
  const auto packed = pack(requestFor(folder.write("tool", "#!/bin/sh\necho hello\n", 0755), folder / "package"));
  REQUIRE(packed);
  CHECK(holds(packed->package, "bin/sh"));
  CHECK(packed->warnings.size() == 1);
}

TEST_CASE("damaged ELF files are errors, whatever bytes they hold") {
  const Folder folder;
  const std::string whole = test::readAll("/usr/bin/env").substr(0, 20'000);
  for (std::size_t at = 16; at < 1'200; at += 3) {
    std::string damaged = whole;
    for (std::size_t i = 0; i < 3; ++i) damaged[at + i] = static_cast<char>(0xFF);
    (void)readElf(folder.write("damaged", damaged));  // must return
  }
  for (const std::size_t size : {0, 3, 16, 40, 64, 100, 800})
    CHECK_FALSE(readElf(folder.write("short", whole.substr(0, size))));
}

TEST_CASE("a package whose file was changed is not read") {
  const Folder folder;
  REQUIRE(pack(requestFor("/usr/bin/env", folder / "package")));
  REQUIRE(readPackage(folder / "package"));
  folder.write("package/usr/bin/env", "#!/bin/sh\n");
  const auto changed = readPackage(folder / "package");
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code == ErrorCode::kIntegrity);
}

TEST_CASE("a container image becomes a package of one file that says what it is") {
  const Folder folder;
  image::test::ImageMaker maker;
  maker.layers = {image::test::Tar().file("bin/tool", "#!tool", 0755).bytes()};
  maker.config = R"({"Cmd":["/bin/tool"]})";
  maker.writeLayoutArchive(folder / "tool.tar");
  PackRequest request;
  request.image = folder / "tool.tar";
  request.version = "3";
  request.folder = folder / "package";
  const auto packed = pack(request);
  REQUIRE(packed);
  CHECK(packed->package.name == "tool");
  CHECK(packed->package.runtime == Runtime::kOci);
  CHECK(packed->package.platform == "linux-x86_64");
  CHECK(packed->package.programs.empty());
  REQUIRE(packed->package.files.size() == 1);
  CHECK(packed->package.files[0].path == "image.tar");
  CHECK(readPackage(request.folder)->package == packed->package);
}

TEST_CASE("an image that is damaged, or named beside programs, is not packed") {
  const Folder folder;
  image::test::ImageMaker maker;
  maker.layers = {image::test::Tar().file("bin/tool", "#!tool", 0755).bytes()};
  maker.damagedLayer = 0;
  maker.writeDockerArchive(folder / "tool.tar");
  PackRequest request;
  request.image = folder / "tool.tar";
  request.version = "3";
  request.folder = folder / "package";
  CHECK(pack(request).error().message.find("layer 1 of 1") != std::string::npos);
  request.programs = {"/bin/true"};
  CHECK(pack(request).error().message.find("packed alone") != std::string::npos);
  request.programs.clear();
  request.image = folder / "";
  CHECK(pack(request).error().message.find("is not a file") != std::string::npos);
  CHECK_FALSE(fs::exists(request.folder));
}

}  // namespace hearth::cli
