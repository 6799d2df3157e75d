// SPDX-License-Identifier: GPL-3.0-or-later
// Where everything stands in the archive of a batch's results.
#include "server/api/results_zip.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include <zlib.h>

#include "base/check.h"
#include "server/api/zip_format.h"
#include "server/api/zip_rows.h"
#include "server/blob/posix_file.h"

namespace hearth::server {
namespace {

constexpr std::size_t kCellBytes = 8;
constexpr std::uint64_t kKnown = 1ULL << 32;

std::uint32_t checksumOn(std::uint32_t before, std::string_view text) {
  return static_cast<std::uint32_t>(::crc32_z(before, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

}  // namespace

std::uint64_t ZipPlan::Mark::bytes(Part part) const {
  if (part == kOutputs) return outputs;
  if (part == kManifest) return manifest;
  if (part == kTable) return table;
  HEARTH_CHECK(part == kDirectory, "a part that is made row by row");
  return directory;
}

const ZipPlan::Mark& ZipPlan::markAt(Part part, std::uint64_t offset) const {
  const auto above =
      std::upper_bound(m_marks.begin(), m_marks.end(), offset,
                       [&](std::uint64_t wanted, const Mark& mark) { return wanted < mark.bytes(part); });
  return *std::prev(above);  // the first begins at 0
}

std::optional<std::uint32_t> ZipPlan::checksum(std::uint64_t entry) const {
  std::uint64_t cell = 0;
  const auto got = readAt(::fileno(m_checksums.get()), std::as_writable_bytes(std::span(&cell, 1)), entry * kCellBytes);
  if (!got || *got != kCellBytes || (cell & kKnown) == 0) return std::nullopt;
  return static_cast<std::uint32_t>(cell);
}

/// One that cannot be kept is worked out again where it is needed.
void ZipPlan::keepChecksum(std::uint64_t entry, std::uint32_t checksum) const {
  const std::uint64_t cell = kKnown | checksum;
  (void)writeAt(::fileno(m_checksums.get()), std::as_bytes(std::span(&cell, 1)), entry * kCellBytes);
}

/// The one pass over the rows.
class ZipPlan::Pass {
 public:
  Pass(ZipPlan& plan, const ZipParts& parts) : m_plan(plan), m_parts(parts) {}

  Result<void> run() {
    ZipRows rows(m_plan.m_content, m_parts, 0);
    const std::string head = zipTableHead(*m_parts.batch);
    m_tableChecksum = checksumOn(0, head);
    m_mark = {};
    for (;;) {
      const auto row = rows.next();
      if (!row) return fail(row.error());
      if (m_plan.m_results % kRowsPerMark == 0) {
        m_mark.row = *row == nullptr ? m_mark.row : (*row)->index;
        m_plan.m_marks.push_back(m_mark);
      }
      if (*row == nullptr) break;
      add(**row);
    }
    finish(head);
    return {};
  }

 private:
  void add(const ZipRow& row) {
    for (const ZipRow::Output& output : row.outputs) {
      const zip::Entry entry{output.name, output.size, m_mark.outputs, 0, row.ended};
      m_mark.directory += zip::directoryBytes(entry);
      m_mark.outputs += zip::entryBytes(entry);
      ++m_mark.entry;
    }
    m_mark.manifest += row.manifest.size();
    m_mark.table += row.table.size();
    m_manifestChecksum = checksumOn(m_manifestChecksum, row.manifest);
    m_tableChecksum = checksumOn(m_tableChecksum, row.table);
    ++m_plan.m_results;
  }

  void finish(const std::string& tableHead) {
    auto& texts = m_plan.m_texts;
    const std::string folder = zipFolder(m_plan.m_content.batch);
    const std::string manifestName = folder + "manifest.sha256";
    const std::string tableName = folder + "tasks.csv";
    const zip::Entry manifest{manifestName, m_mark.manifest, m_mark.outputs, m_manifestChecksum,
                              m_plan.m_content.until};
    zip::appendHead(texts[kManifestHead], manifest);
    zip::appendTail(texts[kManifestTail], manifest);
    const zip::Entry table{tableName, tableHead.size() + m_mark.table, manifest.offset + zip::entryBytes(manifest),
                           m_tableChecksum, m_plan.m_content.until};
    zip::appendHead(texts[kTableHead], table);
    texts[kTableHead] += tableHead;
    zip::appendTail(texts[kTableTail], table);
    zip::appendDirectory(texts[kDirectoryRest], manifest);
    zip::appendDirectory(texts[kDirectoryRest], table);
    const std::uint64_t directory = table.offset + zip::entryBytes(table);
    zip::appendEnd(texts[kEnd], m_mark.entry + 2, directory, m_mark.directory + texts[kDirectoryRest].size());

    std::uint64_t begin = 0;
    for (std::size_t part = 0; part < kParts; ++part) {
      m_plan.m_begins[part] = begin;
      const bool rows = part == kOutputs || part == kManifest || part == kTable || part == kDirectory;
      begin += rows ? m_mark.bytes(static_cast<Part>(part)) : texts[part].size();
    }
    m_plan.m_begins[kParts] = begin;
  }

  ZipPlan& m_plan;
  const ZipParts& m_parts;
  Mark m_mark;
  std::uint32_t m_manifestChecksum = 0, m_tableChecksum = 0;
};

Result<std::shared_ptr<const ZipPlan>> ZipPlan::make(ZipContent content, const ZipParts& parts) {
  auto plan = std::make_shared<ZipPlan>();
  plan->m_content = content;
  plan->m_checksums.reset(std::tmpfile());
  if (!plan->m_checksums) return fail(systemError(errno, "making a temporary file for checksums"));
  HEARTH_TRY(Pass(*plan, parts).run());
  return std::shared_ptr<const ZipPlan>(std::move(plan));
}

}  // namespace hearth::server
