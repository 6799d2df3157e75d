// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <unordered_set>

#include "base/digest.h"
#include "db/store.h"

namespace hearth::server {

class BlobStore;
class Runtime;

/// Removes blobs that nothing names any more: nobody's data, no batch, no result, no published application. What is
/// looked at is put aside, so that whoever has it sends it again, then all rows are looked through for it once more,
/// and only then it is removed. When rows cannot be looked through, or once `stopping` is true, everything stays. Used
/// by one thread; slow: it reads all results.
class UnnamedBlobs {
 public:
  UnnamedBlobs(Runtime& runtime, db::ReadStore& read, BlobStore& blobs, const std::atomic<bool>* stopping = nullptr)
      : m_runtime(runtime), m_read(read), m_blobs(blobs), m_stopping(stopping) {}

  /// Removes those of the candidates that nothing names, and returns how many.
  std::size_t remove(std::unordered_set<Digest> candidates);
  /// Keeps the changes; true once they are durable, and with them all that was posted before.
  bool keep(Changes changes);

 private:
  /// Takes what is named out of the candidates; false: that could not be found out.
  bool spareNamed(std::unordered_set<Digest>& candidates);
  bool sparePublished(std::unordered_set<Digest>& candidates);
  bool spareResults(std::unordered_set<Digest>& candidates);

  Runtime& m_runtime;
  db::ReadStore& m_read;
  BlobStore& m_blobs;
  const std::atomic<bool>* const m_stopping;
};

}  // namespace hearth::server
