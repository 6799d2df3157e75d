// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <catch2/catch.hpp>

#include "cli_support.h"

namespace hearth::cli {
namespace {

namespace fs = std::filesystem;
using test::Folder;

struct Entry {
  std::string path;
  unsigned type = AE_IFREG;
  std::string content;  ///< of a file; target of a link
  std::string hardLink;
};

/// An archive as an attacker would write it: no tool in between that cleans up paths.
fs::path makeArchive(const Folder& folder, const std::vector<Entry>& entries,
                     const std::string& name = "bundle.tar.gz") {
  const fs::path file = folder / name;
  archive* out = archive_write_new();
  if (name.ends_with(".zip"))
    archive_write_set_format_zip(out);
  else
    archive_write_set_format_pax_restricted(out);
  if (name.ends_with(".gz")) archive_write_add_filter_gzip(out);
  REQUIRE(archive_write_open_filename(out, file.c_str()) == ARCHIVE_OK);
  for (const Entry& given : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, given.path.c_str());
    archive_entry_set_filetype(entry, given.type);
    archive_entry_set_perm(entry, 04755);
    if (given.type == AE_IFLNK) archive_entry_set_symlink(entry, given.content.c_str());
    if (!given.hardLink.empty()) archive_entry_set_hardlink(entry, given.hardLink.c_str());
    const bool hasData = given.type == AE_IFREG && given.hardLink.empty();
    archive_entry_set_size(entry, hasData ? static_cast<la_int64_t>(given.content.size()) : 0);
    REQUIRE(archive_write_header(out, entry) == ARCHIVE_OK);
    if (hasData) archive_write_data(out, given.content.data(), given.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(out);
  archive_write_free(out);
  return file;
}

}  // namespace

TEST_CASE("a bundle's archive is unpacked, without set-uid bits") {
  const std::string name = GENERATE("bundle.tar", "bundle.tar.gz", "bundle.zip");
  const Folder folder;
  const fs::path file = makeArchive(
      folder,
      {{"./", AE_IFDIR, "", ""}, {"./hearth.toml", AE_IFREG, "name = 1", ""}, {"data/a.txt", AE_IFREG, "A", ""}}, name);
  fs::create_directory(folder / "out");
  REQUIRE(isArchiveName(file));
  const auto unpacked = unpackArchive(file, folder / "out");
  if (!unpacked) FAIL(unpacked.error().message);
  CHECK(test::readAll(folder / "out/hearth.toml") == "name = 1");
  CHECK(test::readAll(folder / "out/data/a.txt") == "A");
  CHECK((fs::status(folder / "out/data/a.txt").permissions() & fs::perms::set_uid) == fs::perms::none);
}

TEST_CASE("an archive that reaches out of its folder is refused, and nothing outside is touched") {
  const Folder folder;
  folder.write("victim", "untouched");
  fs::create_directory(folder / "out");
  const std::string absolute = (folder / "victim").string();
  const std::vector<std::vector<Entry>> bad = {
      {{absolute, AE_IFREG, "x", ""}},
      {{"../victim", AE_IFREG, "x", ""}},
      {{"a/../../victim", AE_IFREG, "x", ""}},
      {{"link", AE_IFLNK, absolute, ""}},
      {{"link", AE_IFLNK, "../victim", ""}, {"link", AE_IFREG, "x", ""}},
      {{"a", AE_IFLNK, "..", ""}, {"a/victim", AE_IFREG, "x", ""}},
      {{"d", AE_IFDIR, "", ""},
       {"d/e", AE_IFDIR, "", ""},
       {"s", AE_IFLNK, "d/e", ""},
       {"t", AE_IFLNK, "s/../../../victim", ""}},
      {{"s", AE_IFLNK, "d", ""},
       {"d", AE_IFDIR, "", ""},
       {"s/victim", AE_IFREG, "x", ""},
       {"d/up", AE_IFLNK, "s/..", ""}},
      {{"hard", AE_IFREG, "", "../victim"}},
      {{"hard", AE_IFREG, "", absolute}},
      {{"null", AE_IFCHR, "", ""}},
      {{"disk", AE_IFBLK, "", ""}},
      {{"pipe", AE_IFIFO, "", ""}},
  };
  for (const auto& entries : bad) {
    INFO(entries.back().path << " -> " << entries.back().content << entries.back().hardLink);
    const auto unpacked = unpackArchive(makeArchive(folder, entries), folder / "out");
    REQUIRE_FALSE(unpacked);
    CHECK_FALSE(unpacked.error().hint.empty());
    CHECK(test::readAll(folder / "victim") == "untouched");
    fs::remove_all(folder / "out");
    fs::create_directory(folder / "out");
  }
}

TEST_CASE("links within an archive are kept") {
  const Folder folder;
  fs::create_directory(folder / "out");
  REQUIRE(unpackArchive(
      makeArchive(folder, {{"d/a", AE_IFREG, "A", ""}, {"d/b", AE_IFLNK, "a", ""}, {"e/c", AE_IFLNK, "../d/a", ""}}),
      folder / "out"));
  CHECK(test::readAll(folder / "out/d/b") == "A");
  CHECK(test::readAll(folder / "out/e/c") == "A");
}

TEST_CASE("a bomb is stopped at its limits") {
  const Folder folder;
  fs::create_directory(folder / "out");
  SECTION("bytes out of proportion") {
    const fs::path bomb = makeArchive(folder, {{"zeros", AE_IFREG, std::string(8 << 20, '\0'), ""}});
    UnpackLimits limits;
    limits.freeBytes = 1 << 20;
    const auto unpacked = unpackArchive(bomb, folder / "out", limits);
    REQUIRE_FALSE(unpacked);
    CHECK(unpacked.error().code == ErrorCode::kTooLarge);
    CHECK_FALSE(fs::exists(folder / "out/zeros"));
  }
  SECTION("entries without end") {
    std::vector<Entry> entries;
    for (int i = 0; i < 50; ++i) entries.push_back({"f" + std::to_string(i), AE_IFREG, "", ""});
    UnpackLimits limits;
    limits.entries = 20;
    const auto unpacked = unpackArchive(makeArchive(folder, entries), folder / "out", limits);
    REQUIRE_FALSE(unpacked);
    CHECK(unpacked.error().code == ErrorCode::kTooLarge);
  }
}

TEST_CASE("a broken archive is an error") {
  const Folder folder;
  fs::create_directory(folder / "out");
  const fs::path whole = makeArchive(folder, {{"a", AE_IFREG, std::string(100'000, 'a') + "b", ""}}, "whole.tar");
  CHECK_FALSE(unpackArchive(folder.write("half.tar", test::readAll(whole).substr(0, 5'000)), folder / "out"));
  CHECK_FALSE(unpackArchive(folder.write("text.zip", "not an archive"), folder / "out"));
}

}  // namespace hearth::cli
