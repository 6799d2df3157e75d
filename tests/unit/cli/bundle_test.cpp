// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bundle.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "cli_support.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;
using test::Folder;

const std::string kHead = "name = \"t\"\napplication = \"ecm\"\n";

std::vector<std::string> names(std::initializer_list<const char*> list) { return {list.begin(), list.end()}; }

}  // namespace

TEST_CASE("patterns match within their parts") {
  CHECK(matchesPattern("a/b.txt", "a/b.txt"));
  CHECK(matchesPattern("a/*.txt", "a/b.txt"));
  CHECK_FALSE(matchesPattern("a/*.txt", "a/b/c.txt"));
  CHECK_FALSE(matchesPattern("*.txt", "a/b.txt"));
  CHECK(matchesPattern("**/*.txt", "a/b/c.txt"));
  CHECK(matchesPattern("**/*.txt", "c.txt"));
  CHECK(matchesPattern("a/**", "a/b/c.txt"));
  CHECK(matchesPattern("a", "a/b/c.txt"));
  CHECK_FALSE(matchesPattern("a", "ab/c.txt"));
  CHECK(matchesPattern("run[0-9]?.dat", "run12.dat"));
  CHECK_FALSE(matchesPattern("*", ".hidden"));
}

TEST_CASE("patterns name files of the bundle, each once, and links inside it") {
  const Folder folder;
  folder.write("q/a.hmm", "a");
  folder.write("q/b.hmm", "b");
  folder.write("q/readme", "r");
  fs::create_symlink("a.hmm", folder / "q/c.hmm");
  const auto found = expandPatterns(folder.path(), {"q/*.hmm", "q/a.*"});
  REQUIRE(found);
  CHECK(*found == names({"q/a.hmm", "q/b.hmm", "q/c.hmm"}));
}

TEST_CASE("a pattern that leaves the bundle or matches nothing is refused") {
  const Folder outside;
  outside.write("secret", "s");
  const Folder folder;
  folder.write("q/a.hmm", "a");
  std::string pattern;
  SECTION("absolute") { pattern = "/etc/passwd"; }
  SECTION("upwards") { pattern = "../*"; }
  SECTION("upwards in the middle") { pattern = "q/../../x"; }
  SECTION("nothing") { pattern = "q/*.fa"; }
  SECTION("a link that leads out") {
    fs::create_symlink(outside / "secret", folder / "q/link");
    pattern = "q/*";
  }
  SECTION("a linked folder that leads out") {
    fs::create_directory_symlink(outside.path(), folder / "q/out");
    pattern = "q/out/secret";
  }
  SECTION("a link to nothing") {
    fs::create_symlink("gone", folder / "q/link");
    pattern = "q/**";
  }
  SECTION("a pipe") {
    ::mkfifo((folder / "q/pipe").c_str(), 0600);
    pattern = "q";
  }
  const auto found = expandPatterns(folder.path(), {pattern});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::kInvalid);
  CHECK_FALSE(found.error().hint.empty());
}

TEST_CASE("what no pattern names may lie in the bundle's folder") {
  const Folder folder;
  folder.write("q/a.hmm", "a");
  fs::create_symlink("/etc/passwd", folder / "other");
  ::mkfifo((folder / "pipe").c_str(), 0600);
  CHECK(expandPatterns(folder.path(), {"q/*"}));
}

TEST_CASE("a bundle is read, hashed and counted, and its commands are expanded") {
  const Folder folder;
  folder.write("data/in put.txt", "x");
  folder.write("hearth.toml", kHead +
                                  "command = [\"ecm\", \"-n\", \"{n}\", \"it's {index}\"]\n"
                                  "inputs = [\"data/in put.txt\"]\nstdin = \"data/in put.txt\"\nstdout = \"out.txt\"\n"
                                  "[sweep]\nn = { from = 0.5, to = 2.0, step = 0.5 }\n");
  const auto bundle = readBundle(folder.path());
  if (!bundle) FAIL(bundle.error().message);
  CHECK(bundle->tasks == 4);
  REQUIRE(bundle->spec.files.size() == 1);
  CHECK(bundle->spec.files[0].size == 1);
  CHECK(bundle->blobs.size() == 1);
  CHECK(expandedCommand(*bundle, 3).value() == "ecm -n 2.0 'it'\\''s 3' < 'data/in put.txt' > out.txt");
}

TEST_CASE("a list's columns and lines are read from its file") {
  const Folder folder;
  folder.write("points.csv", "\xEF\xBB\xBFx,\"y z\"\r\n1,2\r\n3,\"a,b\"\n\n\n");
  const auto list = readListFile(folder / "points.csv");
  REQUIRE(list);
  CHECK(list->columns == names({"x", "y z"}));
  CHECK(list->lines == 2);
  CHECK_FALSE(readListFile(folder.write("hole.csv", "x\n1\n\n2\n")));
  CHECK_FALSE(readListFile(folder.write("empty.csv", "")));
  folder.write("points.csv", "x,y\n1,2\n3,\"a,b\"\n");
  folder.write("hearth.toml", kHead + "command = [\"ecm\", \"{x}\", \"{y}\"]\n[sweep]\nlist = \"points.csv\"\n");
  const auto bundle = readBundle(folder / "hearth.toml");
  if (!bundle) FAIL(bundle.error().message);
  CHECK(bundle->tasks == 2);
  CHECK(expandedCommand(*bundle, 1).value() == "ecm 3 a,b");
}

TEST_CASE("a bad manifest is refused by name") {
  const Folder folder;
  const auto errorOf = [&](const std::string& text) {
    folder.write("hearth.toml", text);
    const auto bundle = readBundle(folder.path());
    REQUIRE_FALSE(bundle);
    CHECK_FALSE(bundle.error().hint.empty());
    return bundle.error().message;
  };
  CHECK_THAT(errorOf(kHead + "command = [\"ecm\"]\nquorom = 2\n"), Catch::Contains("quorum"));
  CHECK_THAT(errorOf(kHead + "command = [\"ecm\"]\n[sweep]\nn = []\n"), Catch::Contains("n"));
  CHECK_THAT(errorOf(kHead + "command = [\"ecm\"]\n[sweep]\nn = { from = 1, to = 2000000000 }\n"),
             Catch::Contains("1000000000"));
  CHECK_THAT(errorOf(kHead + "command = [\"ecm\"]\ninputs = [\"../x\"]\n"), Catch::Contains("../x"));
  CHECK_THAT(errorOf("name = \"t\"\npackage = \"package\"\ncommand = [\"ecm\"]\n"), Catch::Contains("package"));
}

TEST_CASE("a package that is a link out of the bundle is refused") {
  const Folder outside;
  outside.write("package.json", "{}");
  const Folder folder;
  fs::create_directory_symlink(outside.path(), folder / "package");
  folder.write("hearth.toml", "name = \"t\"\npackage = \"package\"\ncommand = [\"ecm\"]\n");
  const auto bundle = readBundle(folder.path());
  REQUIRE_FALSE(bundle);
  CHECK_THAT(bundle.error().message, Catch::Contains("leads out"));
}

TEST_CASE("the examples are sound bundles but for what prepare.sh makes") {
  for (const char* name : {"ecm", "hmmer", "povray"}) {
    const auto bundle = readBundle(fs::path(HEARTH_SOURCE_DIR) / "docs/examples" / name);
    INFO(name);
    if (bundle) continue;  // prepared
    CAPTURE(bundle.error().message);
    CHECK((bundle.error().code == ErrorCode::kNotFound ||
           bundle.error().message.find("matches no file") != std::string::npos));
  }
}

}  // namespace hearth::cli
