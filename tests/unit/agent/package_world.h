// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/transfer/package_store.h"
#include "certs/signing.h"
#include "unit/agent/core_world.h"
#include "unit/agent/fake_link.h"
#include "wire/package_json.h"

namespace hearth::agent::test {

/// A signed package on a fake server, and a job that uses it.
struct PackageWorld {
  TempFolder folder;
  FakeLink link;
  certs::SigningKey root = certs::newSigningKey().value();
  Package package;
  std::unique_ptr<BlobCache> cache;
  std::unique_ptr<PackageStore> store;
  wire::Job job = test::job(BatchId{1});

  PackageWorld() {
    cache = BlobCache::open(folder / "cache", {limits::kGiB, 0}).value();
    store = PackageStore::open(folder / "packages", folder / "images", root.publicKey).value();
    package.name = "tool";
    package.version = "1";
    add("bin/program", "#!program", true);
    add("share/data", "data", false);
    package.programs = {{"program", "bin/program"}};
    publish();
  }

  void add(const std::string& path, const std::string& bytes, bool executable) {
    package.files.push_back({path, link.add(bytes), bytes.size(), executable});
  }
  void publish() {
    const std::string manifest = wire::toJson(package);
    job.package = link.add(manifest);
    job.packageSize = manifest.size();
    job.signature = {root.publicKey, certs::signPackage(root, job.package).value(), {}};
  }
  Result<std::shared_ptr<const PackageStore::Ready>> prepare() {
    static const std::atomic<bool> goOn = false;
    return store->prepare(AttemptId{1}, job, "linux-x86_64", Instant::ofUnixSeconds(1'700'000'000), *cache, link, goOn);
  }
};

}  // namespace hearth::agent::test
