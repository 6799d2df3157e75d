// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "certs/sha256.h"
#include "server/blob/blob_store.h"

using namespace hearth;
using namespace hearth::server;

TEST_CASE("a blob that lies aside is nowhere until it is settled, and comes back when the process ends before") {
  const auto folder = std::filesystem::temp_directory_path() / ("hearth-aside-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  auto store = BlobStore::open(folder).value();
  const Digest kept = store->put("kept").value();
  const Digest gone = store->put("gone").value();
  const Digest again = store->put("again").value();
  for (const Digest& blob : {kept, gone, again}) {
    REQUIRE(store->has(blob));
    CHECK(store->setAside(blob));
    CHECK_FALSE(store->has(blob));
    CHECK_FALSE(store->open(blob));
    CHECK_FALSE(store->setAside(blob));
  }
  CHECK(store->put("again") == again);
  store->settle(kept, true);
  store->settle(gone, false);
  store->settle(again, false);
  CHECK(store->read(kept, 10) == "kept");
  CHECK_FALSE(store->has(gone));
  CHECK(store->read(again, 10) == "again");
  CHECK(store->setAside(kept));
  store.reset();
  store = BlobStore::open(folder).value();
  CHECK(store->read(kept, 10) == "kept");
  std::filesystem::remove_all(folder);
}
