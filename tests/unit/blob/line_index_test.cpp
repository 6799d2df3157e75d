// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/line_index.h"

#include <fstream>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "unit/blob/folder.h"

using namespace hearth;
using namespace hearth::server;

namespace {

Result<LineIndex> indexOf(std::string_view text) {
  TemporaryFolder folder;
  std::ofstream(folder.path / "list", std::ios::binary) << text;
  const int file = ::open((folder.path / "list").c_str(), O_RDONLY | O_CLOEXEC);
  auto index = buildLineIndex(file);
  ::close(file);
  return index;
}

struct Opened {
  TemporaryFolder folder;
  std::unique_ptr<BlobStore> blobs = openStore(folder.path);
  LineIndexes lists{*blobs, folder.path / "lists"};

  std::shared_ptr<const LineList> open(std::string_view text) {
    auto list = lists.open(blobs->put(text).value());
    if (!list) FAIL(list.error().message);
    return *list;
  }
};

void checkRefused(std::string_view text, const std::string& part) {
  const auto index = indexOf(text);
  REQUIRE_FALSE(index);
  INFO(index.error().message);
  CHECK(index.error().code == ErrorCode::kInvalid);
  CHECK(index.error().message.find(part) != std::string::npos);
  CHECK_FALSE(index.error().hint.empty());
}

}  // namespace

TEST_CASE("lines are found by their index") {
  Opened opened;
  const auto list = opened.open("x,y\n1,2\n3,4\r\n5,\"a,b\"");
  CHECK(list->columns() == std::vector<std::string>{"x", "y"});
  REQUIRE(list->lines() == 3);
  CHECK(list->line(0).value() == "1,2");
  CHECK(list->line(1).value() == "3,4");
  CHECK(list->line(2).value() == "5,\"a,b\"");
  CHECK(list->line(3).error().code == ErrorCode::kNotFound);
}

TEST_CASE("line ends of Windows, a byte order mark and blank lines at the end are tolerated") {
  const auto index = indexOf("\xEF\xBB\xBFx\r\n1\r\n2\r\n\r\n\n");
  REQUIRE(index);
  CHECK(index->columns == std::vector<std::string>{"x"});
  CHECK(index->lines == 2);
}

TEST_CASE("a bad list is refused with the number of the line and advice") {
  checkRefused("", "empty");
  checkRefused("\n", "line 1");
  checkRefused("x,y\n", "no further line");
  checkRefused("x,y\n1,2\n\n3,4\n", "line 3");
  checkRefused("x,y\n1,2\n1,2,3\n", "line 3");
  checkRefused("x,y\n1,2\n1\n", "line 3");
  checkRefused("x,y\n1,\"a,b\",3\n", "line 2");
  checkRefused("x,y\n1,\"a\nb\"\n", "line 2");
  checkRefused("x,y\n1,a\"b\n", "line 2");
  checkRefused(std::string_view("x,y\n1,2\n1,\0\n", 12), "line 3");
  checkRefused("x\n" + std::string(limits::kListLineBytes + 1, 'a') + "\n1\n", "line 2");
  checkRefused("x\n1\n" + std::string(3 * limits::kMiB, 'a'), "line 3");
}

TEST_CASE("a line of the greatest length is found") {
  Opened opened;
  const std::string longest(limits::kListLineBytes, 'a');
  const auto list = opened.open("x\r\n1\r\n" + longest + "\r\n2\r\n" + longest);
  CHECK(list->line(1).value() == longest);
  CHECK(list->line(2).value() == "2");
  CHECK(list->line(3).value() == longest);
}

TEST_CASE("every line of a list of many blocks and pieces is found") {
  Opened opened;
  std::string text = "number,text\n";
  constexpr std::uint64_t kLines = 150'000;
  const auto lineAt = [](std::uint64_t i) { return std::to_string(i) + "," + std::string(i * 31 % 97, 'z'); };
  for (std::uint64_t i = 0; i < kLines; ++i) text += lineAt(i) + "\n";
  const auto list = opened.open(text);
  REQUIRE(list->lines() == kLines);
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kLines; ++i) wrong += list->line(i).value_or("") != lineAt(i);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t at = i * 7919 % kLines;
    wrong += list->line(at).value_or("") != lineAt(at);
  }
  CHECK(wrong == 0);
}

TEST_CASE("an index survives as bytes, and damaged bytes are noticed") {
  const auto index = indexOf("x,y\n1,2\n3,4\n");
  REQUIRE(index);
  const std::string bytes = toBytes(*index);
  CHECK(parseLineIndex(bytes).value() == *index);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    CHECK_FALSE(parseLineIndex(damaged));
    CHECK_FALSE(parseLineIndex(std::string_view(bytes).substr(0, i)));
  }
}

TEST_CASE("a list is scanned once in its life, and again when its index was damaged") {
  Opened opened;
  const std::string text = "x\n1\n2\n";
  const Digest digest = certs::sha256(text);
  opened.open(text);
  const auto file = opened.folder.path / "lists" / (digest.hex() + ".lines");
  REQUIRE(std::filesystem::exists(file));
  LineIndex other = indexOf("y\n1\n2\n").value();
  std::ofstream(file, std::ios::binary) << toBytes(other);
  LineIndexes again(*opened.blobs, opened.folder.path / "lists");
  CHECK(again.open(digest).value()->columns() == std::vector<std::string>{"y"});  // the kept one is believed
  std::ofstream(file, std::ios::binary) << "rubbish";
  LineIndexes third(*opened.blobs, opened.folder.path / "lists");
  CHECK(third.open(digest).value()->columns() == std::vector<std::string>{"x"});
}

TEST_CASE("only so many lists stay open, and one in use outlives its place") {
  TemporaryFolder folder;
  const auto blobs = openStore(folder.path);
  LineIndexes lists(*blobs, folder.path / "lists", 2);
  const auto first = lists.open(blobs->put("x\nfirst\n").value()).value();
  for (int i = 0; i < 5; ++i) REQUIRE(lists.open(blobs->put("x\n" + std::to_string(i) + "\n").value()));
  CHECK(first->line(0).value() == "first");
  CHECK(lists.open(certs::sha256("x\nfirst\n")).value() != first);
  CHECK(lists.open(certs::sha256("never put")).error().code == ErrorCode::kNotFound);
}

TEST_CASE("threads read the same list at the same time") {
  Opened opened;
  std::string text = "x\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i) + "\n";
  const Digest digest = opened.blobs->put(text).value();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      const auto list = opened.lists.open(digest);
      for (std::uint64_t i = 0; i < 2000; ++i) {
        const std::uint64_t at = i * seed * 7919 % 5000;
        if (!list || (*list)->line(at).value_or("") != std::to_string(at)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
