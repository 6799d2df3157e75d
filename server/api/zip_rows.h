// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "server/api/results_zip.h"

namespace hearth::server {

/// A certified result as the archive shows it.
struct ZipRow {
  struct Output {
    std::string name;  ///< in the archive
    std::uint64_t size = 0;
    Digest digest;
  };
  TaskIndex index = 0;
  Instant ended;
  std::vector<Output> outputs;
  std::string manifest;  ///< its lines: "digest  path", as sha256sum writes and checks them
  std::string table;     ///< its line of tasks.csv
};

/// "batch-17/": what every name in the archive begins with.
std::string zipFolder(BatchId batch);
/// The first line of tasks.csv.
std::string zipTableHead(const PreparedBatch& batch);

/// The results of an archive, one after the other, read in pages.
class ZipRows {
 public:
  ZipRows(ZipContent content, const ZipParts& parts, TaskIndex from)
      : m_content(content), m_parts(parts), m_from(from) {}
  /// The next row; nullptr: there is none.
  Result<const ZipRow*> next();

 private:
  Result<void> read();
  Result<ZipRow> rowOf(const db::CertifiedResult& result) const;

  const ZipContent m_content;
  const ZipParts m_parts;
  TaskIndex m_from;
  bool m_last = false;
  std::deque<db::CertifiedResult> m_page;
  ZipRow m_row;
};

}  // namespace hearth::server
