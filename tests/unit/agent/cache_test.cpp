// SPDX-License-Identifier: GPL-3.0-or-later
#include <thread>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "agent/transfer/blob_cache.h"
#include "unit/agent/fake_link.h"

using namespace hearth;
using namespace hearth::agent;
using namespace hearth::agent::test;

namespace {

const std::atomic<bool> kGoOn = false;

struct Fixture {
  TempFolder folder;
  FakeLink link;
  std::unique_ptr<BlobCache> cache = open();

  std::unique_ptr<BlobCache> open(std::uint64_t most = limits::kGiB) {
    return BlobCache::open(folder / "cache", {most, 0}).value();
  }
  Result<BlobCache::Pin> fetch(const Digest& digest, std::size_t size) {
    return cache->fetch(AttemptId{1}, digest, size, link, kGoOn);
  }
};

}  // namespace

TEST_CASE("a blob is fetched once, whatever asks for it again") {
  Fixture f;
  const Digest digest = f.link.add("some bytes");
  for (int i = 0; i < 3; ++i) {
    const auto pin = f.fetch(digest, 10);
    REQUIRE(pin);
    CHECK(contentOf(pin->file()) == "some bytes");
  }
  CHECK(f.link.downloads() == 1);
  f.cache = f.open();  // a restart
  REQUIRE(f.fetch(digest, 10));
  CHECK(f.link.downloads() == 1);
}

TEST_CASE("many threads that want one blob fetch it once") {
  Fixture f;
  const std::string bytes(1 << 20, 'x');
  const Digest digest = f.link.add(bytes);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { good += f.fetch(digest, bytes.size()).has_value(); });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 8);
  CHECK(f.link.downloads() == 1);
}

TEST_CASE("an empty blob is a blob") {
  Fixture f;
  const auto pin = f.fetch(f.link.add(""), 0);
  REQUIRE(pin);
  CHECK(std::filesystem::file_size(pin->file()) == 0);
}

TEST_CASE("a download that broke off goes on where it stopped, also after a restart") {
  Fixture f;
  const std::string bytes(100'000, 'y');
  const Digest digest = f.link.add(bytes);
  f.link.cutAfter = 60'000;
  CHECK(f.fetch(digest, bytes.size()).error().code == ErrorCode::kUnavailable);
  f.cache = f.open();
  REQUIRE(f.fetch(digest, bytes.size()));
  CHECK(f.link.bytesSent() == bytes.size());
}

TEST_CASE("a partial file that went bad is fetched again from its start") {
  Fixture f;
  const std::string bytes(1000, 'z');
  const Digest digest = f.link.add(bytes);
  f.link.cutAfter = 600;
  CHECK_FALSE(f.fetch(digest, bytes.size()));
  writeFile(f.folder / "cache" / "partial" / digest.hex(), std::string(600, '?'));
  const auto pin = f.fetch(digest, bytes.size());
  REQUIRE(pin);
  CHECK(contentOf(pin->file()) == bytes);
}

TEST_CASE("bytes that do not have the digest are refused and not kept") {
  Fixture f;
  const Digest digest = f.link.add("good bytes");
  f.link.corrupt(digest, "evil bytes");
  CHECK(f.fetch(digest, 10).error().code == ErrorCode::kIntegrity);
  f.link.corrupt(digest, "evil bytes and more of them");
  CHECK(f.fetch(digest, 10).error().code == ErrorCode::kIntegrity);
  f.link.corrupt(digest, "good bytes");
  CHECK(f.fetch(digest, 10));
}

TEST_CASE("a cached file that changed on the disk is noticed after a restart") {
  Fixture f;
  const Digest digest = f.link.add("good bytes");
  std::filesystem::path file = f.fetch(digest, 10)->file();
  ::chmod(file.c_str(), 0600);
  writeFile(file, "evil bytes");
  f.cache = f.open();
  const auto pin = f.fetch(digest, 10);
  REQUIRE(pin);
  CHECK(contentOf(pin->file()) == "good bytes");
  CHECK(f.link.downloads() == 2);
}

TEST_CASE("the cache stays within its bound: what was used longest ago goes first, what is in use stays") {
  Fixture f;
  f.cache = f.open(3000);
  std::vector<Digest> digests;
  for (char c = 'a'; c < 'f'; ++c) digests.push_back(f.link.add(std::string(1000, c)));
  {
    const auto pinned = f.fetch(digests[0], 1000);
    REQUIRE(pinned);
    REQUIRE(f.fetch(digests[1], 1000));
    REQUIRE(f.fetch(digests[2], 1000));
    REQUIRE(f.fetch(digests[1], 1000));
    REQUIRE(f.fetch(digests[3], 1000));  // the third goes
    CHECK(f.cache->bytes() == 3000);
    CHECK(std::filesystem::exists(pinned->file()));
  }
  const std::size_t before = f.link.downloads();
  REQUIRE(f.fetch(digests[0], 1000));
  REQUIRE(f.fetch(digests[1], 1000));
  CHECK(f.link.downloads() == before);
  REQUIRE(f.fetch(digests[2], 1000));
  CHECK(f.link.downloads() == before + 1);
}

TEST_CASE("no room on the disk is an error that says so") {
  Fixture f;
  f.cache = BlobCache::open(f.folder / "cache", {limits::kGiB, ~0ULL / 4}).value();
  const auto pin = f.fetch(f.link.add("some bytes"), 10);
  REQUIRE_FALSE(pin);
  CHECK(pin.error().code == ErrorCode::kExhausted);
  CHECK(pin.error().message.find("full") != std::string::npos);
}
