// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "db/store.h"
#include "model/batch.h"
#include "server/api/bounded_cache.h"
#include "wire/agent.h"

namespace hearth::server {

class BlobStore;
class LineIndexes;

/// What agents' calls need of a batch, made once and then shared: immutable.
struct PreparedBatch {
  BatchId batch;
  AccountId owner;
  std::uint64_t tasks = 0;
  BatchSpec spec;                  ///< files sorted by path
  wire::Job job;                   ///< what all its attempts have in common
  std::string jobJson;             ///< the same as it goes out
  std::vector<InputRule> varying;  ///< the rules that have parameters
  bool outputsVary = false;        ///< some declared output's path has parameters

  /// The bundle's file of this path, or nullptr.
  const FileRef* file(std::string_view path) const;
};

/// Works the job out of a spec. Fails when a rule without parameters names no file of the bundle. `ownerName` is what
/// the owners of hosts are told of whose it is.
Result<PreparedBatch> prepareBatch(BatchId batch, AccountId owner, const std::string& ownerName, std::uint64_t tasks,
                                   BatchSpec spec, std::uint64_t packageSize);

/// The parameters of one task: worked out of the axes, or read from the list (which may be on disk).
Result<Parameters> parametersOf(const PreparedBatch& batch, TaskIndex index, LineIndexes& lines);
/// The inputs of one task whose rules have parameters. The error names the rule and the file that the bundle lacks.
Result<std::vector<wire::PlacedBlob>> varyingInputs(const PreparedBatch& batch, const Parameters& parameters);
/// The declared outputs of one task, their paths expanded.
Result<std::vector<OutputRule>> declaredOutputs(const PreparedBatch& batch, const Parameters& parameters);

/// The prepared batches used last. Any thread may call.
class PreparedBatches {
 public:
  using Shared = std::shared_ptr<const PreparedBatch>;

  PreparedBatches(db::ReadStore& read, const BlobStore& blobs, std::size_t bytes)
      : m_read(read), m_blobs(blobs), m_known(bytes) {}

  /// Without touching a disk: nullptr if it would be needed.
  Shared known(BatchId batch) { return m_known.find(batch).value_or(nullptr); }
  /// Reads and parses the spec if need be.
  Result<Shared> find(BatchId batch);
  /// Its spec is another one from now on.
  void forget(BatchId batch);

 private:
  db::ReadStore& m_read;
  const BlobStore& m_blobs;
  BoundedCache<BatchId, Shared> m_known;
  std::atomic<std::uint64_t> m_forgotten{0};  ///< calls of forget(): what was read before one is not kept
};

}  // namespace hearth::server
