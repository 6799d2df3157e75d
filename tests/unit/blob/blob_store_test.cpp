// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/blob_store.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/blob/folder.h"

using namespace hearth;
using namespace hearth::server;

namespace {

const std::string kText = "a blob of some bytes";
const Digest kDigest = certs::sha256(kText);

/// The one file in the uploads folder with this ending, or nothing.
std::filesystem::path onlyUpload(const std::filesystem::path& folder) {
  std::filesystem::path found;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "uploads")) {
    CHECK(found.empty());
    found = entry.path();
  }
  return found;
}

void makeOld(const std::filesystem::path& file, std::chrono::hours age) {
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - age);
}

}  // namespace

TEST_CASE("a blob put from memory is found, read and opened, also after reopening") {
  TemporaryFolder folder;
  {
    const auto store = openStore(folder.path);
    CHECK_FALSE(store->has(kDigest));
    CHECK(store->open(kDigest).error().code == ErrorCode::kNotFound);
    REQUIRE(store->put(kText).value() == kDigest);
    CHECK(store->size(kDigest) == kText.size());
    REQUIRE(store->put(kText));
    REQUIRE(store->put(""));
  }
  const auto store = openStore(folder.path);
  CHECK(store->size(kDigest) == kText.size());
  CHECK(store->read(kDigest, 1000).value() == kText);
  CHECK(store->read(kDigest, 3).error().code == ErrorCode::kTooLarge);
  CHECK(store->read(certs::sha256(""), 3).value().empty());
  const std::string hex = kDigest.hex();
  CHECK(std::filesystem::is_regular_file(folder.path / hex.substr(0, 2) / hex.substr(2, 2) / hex));
  const auto file = store->open(kDigest);
  REQUIRE(file);
  std::string read(kText.size(), '\0');
  CHECK(::read(*file, read.data(), read.size()) == static_cast<ssize_t>(kText.size()));
  CHECK(read == kText);
  ::close(*file);
}

TEST_CASE("an upload is not there before it is complete, and leaves nothing behind") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  const auto upload = begin(*store, kDigest, kText.size(), 0, "ada");
  REQUIRE(upload->write(bytesOf(kText.substr(0, 5))));
  CHECK_FALSE(store->has(kDigest));
  REQUIRE(upload->write(bytesOf(kText.substr(5))));
  CHECK_FALSE(store->has(kDigest));
  REQUIRE(upload->complete());
  CHECK(store->size(kDigest) == kText.size());
  CHECK(onlyUpload(folder.path).empty());
  CHECK(upload->write(bytesOf("x")).error().code == ErrorCode::kConflict);
}

TEST_CASE("an upload of nothing is an empty blob") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  REQUIRE(begin(*store, certs::sha256(""), 0, 0, "ada")->complete());
  CHECK(store->size(certs::sha256("")) == 0);
}

TEST_CASE("an upload that broke off is resumed, in the same process and after reopening") {
  TemporaryFolder folder;
  {
    const auto store = openStore(folder.path);
    {
      const auto upload = begin(*store, kDigest, kText.size(), 0, "ada");
      REQUIRE(upload->write(bytesOf(kText.substr(0, 4))));
      upload->suspend();
      CHECK(upload->write(bytesOf("x")).error().code == ErrorCode::kConflict);
    }
    CHECK(store->uploadOffset(kDigest, "ada") == 4);
    const auto upload = begin(*store, kDigest, kText.size(), 4, "ada");
    REQUIRE(upload->write(bytesOf(kText.substr(4, 4))));  // and is gone without a word
  }
  const auto store = openStore(folder.path);
  REQUIRE(store->uploadOffset(kDigest, "ada") == 8);
  const auto upload = begin(*store, kDigest, kText.size(), 8, "ada");
  CHECK(upload->offset() == 8);
  REQUIRE(upload->write(bytesOf(kText.substr(8))));
  REQUIRE(upload->complete());
  CHECK(store->read(kDigest, 1000).value() == kText);
}

TEST_CASE("a large upload resumed many times has the right digest") {
  TemporaryFolder folder;
  std::string large(40 << 20, 'x');
  for (std::size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>(i);
  const Digest digest = certs::sha256(large);
  const auto store = openStore(folder.path);
  for (std::size_t offset = 0, step = 1; offset < large.size(); offset += step, step = step * 7 + 13) {
    const auto upload = begin(*store, digest, large.size(), offset, "ada");
    REQUIRE(upload->write(bytesOf(std::string_view(large).substr(offset, step))));
    if (offset + step >= large.size()) REQUIRE(upload->complete());
  }
  CHECK(store->size(digest) == large.size());
}

TEST_CASE("bytes with a wrong digest are thrown away") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  const std::string other(kText.size(), '-');
  auto upload = begin(*store, kDigest, kText.size(), 0, "ada");
  REQUIRE(upload->write(bytesOf(other)));
  const auto completed = upload->complete();
  REQUIRE_FALSE(completed);
  CHECK(completed.error().code == ErrorCode::kIntegrity);
  CHECK_FALSE(store->has(kDigest));
  CHECK(store->uploadOffset(kDigest, "ada") == 0);
  CHECK(onlyUpload(folder.path).empty());
}

TEST_CASE("a resumed upload whose first part was damaged on disk is thrown away") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  REQUIRE(begin(*store, kDigest, kText.size(), 0, "ada")->write(bytesOf(kText.substr(0, 6))));
  std::fstream(onlyUpload(folder.path), std::ios::in | std::ios::out | std::ios::binary).write("#", 1);
  const auto upload = begin(*store, kDigest, kText.size(), 6, "ada");
  REQUIRE(upload->write(bytesOf(kText.substr(6))));
  CHECK(upload->complete().error().code == ErrorCode::kIntegrity);
}

TEST_CASE("a wrong offset is refused and the right one named") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  const auto ahead = store->upload(kDigest, kText.size(), 3, "ada");
  REQUIRE_FALSE(ahead);
  CHECK(ahead.error().code == ErrorCode::kConflict);
  CHECK(onlyUpload(folder.path).empty());
  REQUIRE(begin(*store, kDigest, kText.size(), 0, "ada")->write(bytesOf(kText.substr(0, 6))));
  const auto behind = store->upload(kDigest, kText.size(), 0, "ada");
  REQUIRE_FALSE(behind);
  CHECK(behind.error().code == ErrorCode::kConflict);
  CHECK(behind.error().message.find("byte 6") != std::string::npos);
  CHECK(store->upload(kDigest, kText.size(), kText.size() + 1, "ada").error().code == ErrorCode::kInvalid);
}

TEST_CASE("a truncated upload is not completed and can go on") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  const auto upload = begin(*store, kDigest, kText.size(), 0, "ada");
  REQUIRE(upload->write(bytesOf(kText.substr(0, 6))));
  CHECK(upload->complete().error().code == ErrorCode::kInvalid);
  REQUIRE(upload->write(bytesOf(kText.substr(6))));
  CHECK(upload->complete());
}

TEST_CASE("more bytes than announced, or more than a blob may have, are refused") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  const auto upload = begin(*store, kDigest, kText.size(), 0, "ada");
  CHECK(upload->write(bytesOf(kText + "!")).error().code == ErrorCode::kTooLarge);
  REQUIRE(upload->write(bytesOf(kText)));
  CHECK(upload->complete());
  CHECK(store->upload(kDigest, limits::kBlobBytes + 1, 0, "ada").error().code == ErrorCode::kTooLarge);
}

TEST_CASE("a part that is longer than the blob is started again") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  REQUIRE(begin(*store, kDigest, 1000, 0, "ada")->write(bytesOf(std::string(500, 'x'))));
  const auto upload = begin(*store, kDigest, kText.size(), 0, "ada");
  REQUIRE(upload->write(bytesOf(kText)));
  CHECK(upload->complete());
}

TEST_CASE("two people upload the same blob without disturbing each other") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  const auto ada = begin(*store, kDigest, kText.size(), 0, "ada");
  const auto bob = begin(*store, kDigest, kText.size(), 0, "bob");
  REQUIRE(bob->write(bytesOf(std::string(kText.size(), '-'))));
  REQUIRE(ada->write(bytesOf(kText)));
  CHECK_FALSE(bob->complete());
  REQUIRE(ada->complete());
  CHECK(store->read(kDigest, 1000).value() == kText);
  const auto again = begin(*store, kDigest, kText.size(), 0, "bob");
  REQUIRE(again->write(bytesOf(kText)));
  REQUIRE(again->complete());
  CHECK(store->read(kDigest, 1000).value() == kText);
}

TEST_CASE("the later of two connections of one uploader takes over") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  auto first = begin(*store, kDigest, kText.size(), 0, "ada");
  REQUIRE(first->write(bytesOf(kText.substr(0, 6))));
  const auto second = begin(*store, kDigest, kText.size(), 6, "ada");
  CHECK(first->write(bytesOf("late")).error().code == ErrorCode::kConflict);
  CHECK(first->complete().error().code == ErrorCode::kConflict);
  first.reset();
  REQUIRE(second->write(bytesOf(kText.substr(6))));
  CHECK(second->complete());
}

TEST_CASE("many threads that upload the same blobs all succeed") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int person = 0; person < 4; ++person) {
    threads.emplace_back([&, person] {
      for (int i = 0; i < 20; ++i) {
        const std::string text = "blob " + std::to_string(i);
        auto upload = store->upload(certs::sha256(text), text.size(), 0, std::to_string(person));
        if (!upload || !(*upload)->write(bytesOf(text)) || !(*upload)->complete() ||
            store->size(certs::sha256(text)) != text.size()) {
          ++failures;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
}

TEST_CASE("when too little of the disk is free, bytes are refused with advice") {
  TemporaryFolder folder;
  BlobStoreOptions options;
  options.reserveBytes = 1ULL << 60;
  const auto store = openStore(folder.path, options);
  const auto upload = store->upload(kDigest, kText.size(), 0, "ada");
  REQUIRE_FALSE(upload);
  CHECK(upload.error().code == ErrorCode::kExhausted);
  CHECK_FALSE(upload.error().hint.empty());
  CHECK(store->put(kText).error().code == ErrorCode::kExhausted);
}

TEST_CASE("a write that the disk refuses is reported, and what was there stays for a resume") {
  TemporaryFolder folder;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // a file size limit stands in for a full disk, in a process that ends with it
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto store = BlobStore::open(folder.path);
    const std::string large(300'000, 'x');
    auto upload = (*store)->upload(certs::sha256(large), large.size(), 0, "ada");
    if (!(*upload)->write(bytesOf(large.substr(0, 60'000)))) ::_exit(1);
    const auto written = (*upload)->write(bytesOf(large.substr(60'000, 100'000)));
    if (written || written.error().code != ErrorCode::kExhausted || written.error().hint.empty()) ::_exit(2);
    if ((*upload)->offset() != 60'000) ::_exit(3);
    if ((*store)->put(large).has_value()) ::_exit(4);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  const std::string large(300'000, 'x');
  const auto store = openStore(folder.path);
  REQUIRE(store->uploadOffset(certs::sha256(large), "ada") == 60'000);
  const auto upload = begin(*store, certs::sha256(large), large.size(), 60'000, "ada");
  REQUIRE(upload->write(bytesOf(large.substr(60'000))));
  CHECK(upload->complete());
}

TEST_CASE("uploads that nobody continued for a week are swept, others and running ones are not") {
  TemporaryFolder folder;
  const auto age = std::chrono::hours(24 * 8);
  {
    const auto store = openStore(folder.path);
    REQUIRE(begin(*store, kDigest, kText.size(), 0, "ada")->write(bytesOf("a")));
    makeOld(onlyUpload(folder.path), age);
    REQUIRE(begin(*store, kDigest, kText.size(), 0, "bob")->write(bytesOf("a")));
    const auto running = begin(*store, kDigest, kText.size(), 1, "ada");
    store->sweepUploads();
    CHECK(store->uploadOffset(kDigest, "ada") == 1);
  }
  std::ofstream(folder.path / "uploads" / "7.tmp") << "left by a crash";
  const auto store = openStore(folder.path);
  CHECK(store->uploadOffset(kDigest, "ada") == 0);
  CHECK(store->uploadOffset(kDigest, "bob") == 1);
  CHECK_FALSE(std::filesystem::exists(folder.path / "uploads" / "7.tmp"));
}

TEST_CASE("asking for a known blob costs no system call") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  REQUIRE(store->put(kText));
  const std::string hex = kDigest.hex();
  std::filesystem::remove(folder.path / hex.substr(0, 2) / hex.substr(2, 2) / hex);
  CHECK(store->has(kDigest));  // blobs are immutable: the file is not looked at again
}

TEST_CASE("of blobs that are of use for a while only the kept and the young are left") {
  TemporaryFolder folder;
  const auto store = openStore(folder.path);
  const auto made = [&](const std::string& text, int hours) {
    const Digest digest = store->put(text).value();
    const std::string hex = digest.hex();
    makeOld(folder.path / hex.substr(0, 2) / hex.substr(2, 2) / hex, std::chrono::hours(hours));
    return digest;
  };
  const Digest kept = made("kept", 5), young = made("young", 0), old = made("old", 5);
  const Instant hourAgo = Instant::ofUnixSeconds(::time(nullptr) - 3600);
  CHECK(store->removeAllBut({kept}, hourAgo) == 1);
  CHECK(store->has(kept));
  CHECK(store->has(young));
  CHECK_FALSE(store->has(old));
  CHECK(store->put("old").value() == old);
  CHECK(store->has(old));
}
