// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"

namespace hearth::server {

class BlobStore;

/// Where the lines of a CSV list begin: the columns of its header and the offset of the first line of each block (1024
/// lines or 64 KiB, whichever comes first), so ten million lines need some hundred kilobytes. A plain value.
struct LineIndex {
  struct Block {
    std::uint64_t firstLine = 0;  ///< counted without the header, from 0
    std::uint64_t offset = 0;
    bool operator==(const Block&) const = default;
  };
  std::vector<std::string> columns;
  std::uint64_t lines = 0;  ///< without the header
  std::uint64_t end = 0;    ///< offset behind the last line that counts; blank lines at the end of the file do not
  std::vector<Block> blocks;
  bool operator==(const LineIndex&) const = default;
};

/// Reads the whole file once, in pieces. CRLF line ends, a UTF-8 byte order mark and blank lines at the end are
/// tolerated. An empty file, no line but the header, a blank line in the middle, a line over limits::kListLineBytes, a
/// NUL, a quoted line break and a wrong number of fields are errors that carry the number of the line, counted from the
/// file's first.
Result<LineIndex> buildLineIndex(int file);

/// The index as bytes with a checksum, and back; bytes that are not whole are an Integrity error.
std::string toBytes(const LineIndex& index);
Result<LineIndex> parseLineIndex(std::string_view bytes);

/// A list that is open: its index and its file. Any thread may call.
class LineList {
 public:
  /// Takes the descriptor over.
  LineList(int file, LineIndex index);
  ~LineList();
  LineList(const LineList&) = delete;
  LineList& operator=(const LineList&) = delete;

  const std::vector<std::string>& columns() const { return m_index.columns; }
  std::uint64_t lines() const { return m_index.lines; }
  /// The line of a task, without its line end. Reads one block at most; the last one read is kept, since tasks go out
  /// in order.
  Result<std::string> line(TaskIndex index) const;

 private:
  struct Text {
    std::size_t block = 0;
    std::string bytes;
  };
  Result<std::shared_ptr<const Text>> text(std::size_t block) const;

  const int m_file;
  const LineIndex m_index;
  mutable std::mutex m_mutex;
  mutable std::shared_ptr<const Text> m_recent;  ///< guarded by m_mutex
};

/// The lists in use, a bounded number of them open at a time. The index of a list is kept as a file in `folder`, so
/// that a list is scanned once in its life. Any thread may call.
class LineIndexes {
 public:
  static constexpr std::size_t kOpen = 64;

  /// `blobs` must outlive it. The folder is made when the first index is kept.
  LineIndexes(const BlobStore& blobs, std::filesystem::path folder, std::size_t open = kOpen);

  /// The list whose bytes are this blob. Scans it if that was never done (some 3 s for a gigabyte): not for a thread
  /// that others wait for. Lists are scanned one after the other.
  Result<std::shared_ptr<const LineList>> open(const Digest& list);

 private:
  std::shared_ptr<const LineList> recent(const Digest& list);
  void remember(const Digest& list, std::shared_ptr<const LineList> opened);
  Result<LineIndex> readOrBuild(const Digest& list, int file);
  void keep(const Digest& list, const LineIndex& index) const;

  const BlobStore& m_blobs;
  const std::filesystem::path m_folder;
  const std::size_t m_open;
  std::mutex m_building;  ///< held while one list is scanned
  std::mutex m_mutex;
  std::list<std::pair<Digest, std::shared_ptr<const LineList>>> m_lists;  ///< latest first, guarded by m_mutex
};

}  // namespace hearth::server
