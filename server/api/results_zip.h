// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "db/store.h"
#include "server/api/prepared_batch.h"
#include "server/http/message.h"

namespace hearth::server {

class BlobStore;
class LineIndexes;

/// Which results an archive holds: those of one batch that were certified before `until`. Results are never rewritten,
/// so this names the same bytes for ever, also while the batch goes on.
struct ZipContent {
  BatchId batch;
  Instant until;
  auto operator<=>(const ZipContent&) const = default;
};

/// What an archive is made from. The references outlive it; safe for any thread.
struct ZipParts {
  db::ReadStore& read;
  const BlobStore& blobs;
  LineIndexes& lines;
  PreparedBatches::Shared batch;
};

/// Where everything stands in the archive of a batch's results. It is worked out by one pass over the rows and keeps
/// one mark for each kRowsPerMark of them, so that ten million results cost half a megabyte; any place is then found by
/// reading at most that many rows. Checksums of outputs are learnt while they are sent and kept in a file without a
/// name, eight bytes each. Immutable but for those; any thread may call.
class ZipPlan {
 public:
  static constexpr std::size_t kRowsPerMark = 1024;
  /// In the order of the archive. Those in capitals are made row by row.
  enum Part : std::size_t {
    kOutputs,
    kManifestHead,
    kManifest,
    kManifestTail,
    kTableHead,
    kTable,
    kTableTail,
    kDirectory,
    kDirectoryRest,
    kEnd,
    kParts
  };
  /// Where the rows from `row` on begin.
  struct Mark {
    TaskIndex row = 0;
    std::uint64_t entry = 0;                                            ///< outputs before them
    std::uint64_t outputs = 0, manifest = 0, table = 0, directory = 0;  ///< bytes before them in that part

    std::uint64_t bytes(Part part) const;
  };

  /// Reads every row once: a second for each half million.
  static Result<std::shared_ptr<const ZipPlan>> make(ZipContent content, const ZipParts& parts);

  std::uint64_t bytes() const { return m_begins[kParts]; }
  std::uint64_t begin(Part part) const { return m_begins[part]; }
  std::uint64_t results() const { return m_results; }
  const ZipContent& content() const { return m_content; }
  /// The last mark whose rows begin at this place of the part or before it.
  const Mark& markAt(Part part, std::uint64_t offset) const;
  /// A part that does not depend on single rows.
  const std::string& text(Part part) const { return m_texts[part]; }

  std::optional<std::uint32_t> checksum(std::uint64_t entry) const;
  void keepChecksum(std::uint64_t entry, std::uint32_t checksum) const;

 private:
  class Pass;
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  ZipContent m_content;
  std::uint64_t m_results = 0;
  std::vector<Mark> m_marks;
  std::array<std::string, kParts> m_texts;
  std::array<std::uint64_t, kParts + 1> m_begins{};
  std::unique_ptr<std::FILE, Closer> m_checksums;
};

/// The archive from `offset` on, made as it is sent. Holds one page of rows and one piece of one output.
std::unique_ptr<BodySource> openZip(std::shared_ptr<const ZipPlan> plan, ZipParts parts, std::uint64_t offset);

}  // namespace hearth::server
