// SPDX-License-Identifier: GPL-3.0-or-later
// The archive of a batch's results, made while it is sent.
#include <algorithm>
#include <span>
#include <utility>

#include <zlib.h>

#include "base/limits.h"
#include "server/api/results_zip.h"
#include "server/api/zip_format.h"
#include "server/api/zip_rows.h"
#include "server/blob/blob_store.h"
#include "server/blob/posix_file.h"

namespace hearth::server {
namespace {

constexpr std::size_t kPieceBytes = 64 * limits::kKiB;
/// Of work that sends nothing: rows that are skipped, bytes that are only summed up.
constexpr int kStepsAtOnce = 64;

using Part = ZipPlan::Part;

bool isMadeOfRows(std::size_t part) {
  return part == Part::kOutputs || part == Part::kManifest || part == Part::kTable || part == Part::kDirectory;
}

class ZipStream : public BodySource {
 public:
  ZipStream(std::shared_ptr<const ZipPlan> plan, ZipParts parts, std::uint64_t offset)
      : m_plan(std::move(plan)), m_parts(std::move(parts)) {
    while (m_part + 1 < Part::kParts && m_plan->begin(static_cast<Part>(m_part + 1)) <= offset) ++m_part;
    enter(offset - m_plan->begin(static_cast<Part>(m_part)));
  }

  Result<void> next(std::string& out) override {
    const std::size_t before = out.size();
    for (int steps = 0; steps < kStepsAtOnce && out.size() - before < kPieceBytes && m_part < Part::kParts; ++steps) {
      HEARTH_TRY(step(out));
    }
    return {};
  }

 private:
  /// An output whose bytes are read: summed up from the first one on unless its checksum is known, sent from `from` on.
  struct Reading {
    Descriptor file;
    std::uint64_t at = 0, from = 0, size = 0;
    std::uint32_t checksum = 0;
    bool known = false;
  };

  void enter(std::uint64_t offset) {
    m_discard = offset;
    m_row = nullptr;
    m_rows.reset();
    if (!isMadeOfRows(m_part)) return;
    const auto part = static_cast<Part>(m_part);
    const ZipPlan::Mark& mark = m_plan->markAt(part, offset);
    m_discard -= mark.bytes(part);
    m_entry = mark.entry;
    m_offset = mark.outputs;
    m_rows = std::make_unique<ZipRows>(m_plan->content(), m_parts, mark.row);
  }
  void leave() {
    ++m_part;
    if (m_part < Part::kParts) enter(0);
  }

  void emit(std::string& out, std::string_view text) {
    const std::size_t dropped = static_cast<std::size_t>(std::min<std::uint64_t>(m_discard, text.size()));
    m_discard -= dropped;
    out += text.substr(dropped);
  }

  Result<void> step(std::string& out) {
    if (m_reading) return readOn(out);
    if (!m_rows) {
      emit(out, m_plan->text(static_cast<Part>(m_part)));
      leave();
      return {};
    }
    if (m_row == nullptr) {
      const auto row = m_rows->next();
      if (!row) return fail(row.error());
      m_row = *row;
      m_output = 0;
      m_headSent = false;
      if (m_row == nullptr) leave();
      return {};
    }
    if (m_part == Part::kOutputs) return stepOutput(out);
    if (m_part == Part::kDirectory) return stepDirectory(out);
    emit(out, m_part == Part::kManifest ? m_row->manifest : m_row->table);
    m_row = nullptr;
    return {};
  }

  zip::Entry entry() const {
    const ZipRow::Output& output = m_row->outputs[m_output];
    return {output.name, output.size, m_offset, m_plan->checksum(m_entry).value_or(0), m_row->ended};
  }
  void nextOutput(const zip::Entry& entry) {
    m_offset += zip::entryBytes(entry);
    ++m_entry;
    ++m_output;
    m_headSent = false;
  }

  Result<void> stepOutput(std::string& out) {
    if (m_output == m_row->outputs.size()) {
      m_row = nullptr;
      return {};
    }
    zip::Entry entry = this->entry();
    if (std::exchange(m_headSent, true)) {  // the bytes have passed
      entry.checksum = m_checksum;
      m_text.clear();
      zip::appendTail(m_text, entry);
      emit(out, m_text);
      nextOutput(entry);
      return {};
    }
    if (m_discard >= zip::entryBytes(entry)) {
      m_discard -= zip::entryBytes(entry);
      nextOutput(entry);
      return {};
    }
    m_text.clear();
    zip::appendHead(m_text, entry);
    emit(out, m_text);
    const std::uint64_t from = std::min(m_discard, entry.size);
    m_discard -= from;
    return read(from);
  }

  Result<void> stepDirectory(std::string& out) {
    if (m_output == m_row->outputs.size()) {
      m_row = nullptr;
      return {};
    }
    const zip::Entry entry = this->entry();
    if (m_discard < zip::directoryBytes(entry) && !m_plan->checksum(m_entry)) return read(entry.size);
    m_text.clear();
    zip::appendDirectory(m_text, entry);
    emit(out, m_text);
    nextOutput(entry);
    return {};
  }

  Result<void> read(std::uint64_t from) {
    const ZipRow::Output& output = m_row->outputs[m_output];
    auto file = m_parts.blobs.open(output.digest);
    if (!file) return fail(std::move(file).error());
    const auto known = m_plan->checksum(m_entry);
    m_reading = Reading{Descriptor(*file), known ? from : 0, from, output.size, known.value_or(0), known.has_value()};
    return {};
  }

  Result<void> readOn(std::string& out) {
    Reading& reading = *m_reading;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, reading.size - reading.at));
    m_text.resize(wanted);
    const auto got = readAt(reading.file.number(), std::as_writable_bytes(std::span(m_text)), reading.at);
    if (!got) return fail(got.error());
    if (*got != wanted) return fail(ErrorCode::kIntegrity, "an output is shorter than its row says");
    if (!reading.known) {
      reading.checksum = static_cast<std::uint32_t>(
          ::crc32_z(reading.checksum, reinterpret_cast<const Bytef*>(m_text.data()), m_text.size()));
    }
    if (reading.from < reading.at + wanted) {
      out += std::string_view(m_text).substr(static_cast<std::size_t>(std::max(reading.from, reading.at) - reading.at));
    }
    reading.at += wanted;
    if (reading.at < reading.size) return {};
    if (!reading.known) m_plan->keepChecksum(m_entry, reading.checksum);
    m_checksum = reading.checksum;
    m_reading.reset();
    return {};
  }

  const std::shared_ptr<const ZipPlan> m_plan;
  const ZipParts m_parts;
  std::size_t m_part = 0;
  std::uint64_t m_discard = 0;  ///< bytes that are made next and not sent
  std::unique_ptr<ZipRows> m_rows;
  const ZipRow* m_row = nullptr;
  std::size_t m_output = 0;
  std::uint64_t m_entry = 0, m_offset = 0;
  bool m_headSent = false;
  std::uint32_t m_checksum = 0;
  std::optional<Reading> m_reading;
  std::string m_text;
};

}  // namespace

std::unique_ptr<BodySource> openZip(std::shared_ptr<const ZipPlan> plan, ZipParts parts, std::uint64_t offset) {
  return std::make_unique<ZipStream>(std::move(plan), std::move(parts), offset);
}

}  // namespace hearth::server
