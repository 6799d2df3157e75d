// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <stdlib.h>

#include "certs/sha256.h"
#include "server/blob/blob_store.h"

namespace hearth::server {

/// A folder of the test's own, gone with it.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hearth-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
};

inline std::unique_ptr<BlobStore> openStore(const std::filesystem::path& path, BlobStoreOptions options = {}) {
  auto store = BlobStore::open(path, options);
  REQUIRE(store);
  return std::move(*store);
}

inline std::unique_ptr<BlobStore::Upload> begin(BlobStore& store, const Digest& digest, std::uint64_t size,
                                                std::uint64_t offset, const std::string& uploader) {
  auto upload = store.upload(digest, size, offset, uploader);
  if (!upload) FAIL(upload.error().message);
  return std::move(*upload);
}

inline std::span<const std::byte> bytesOf(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace hearth::server
