// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/zip_rows.h"

#include <iterator>
#include <utility>

#include "base/time_text.h"
#include "model/template.h"

namespace hearth::server {
namespace {

constexpr std::size_t kPageRows = 256;

void appendField(std::string& line, std::string_view field) {
  if (!line.empty()) line += ',';
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += field;
    return;
  }
  line += '"';
  for (const char c : field) {
    line += c;
    if (c == '"') line += '"';
  }
  line += '"';
}

std::string seconds(Duration duration) {
  std::string text = std::to_string(duration.micros / 1000 % 1000 + 1000);
  text[0] = '.';
  return std::to_string(duration.micros / 1'000'000) + text;
}

/// A line of sha256sum, which marks and masks what would break it.
std::string checksumLine(const Digest& digest, const std::string& path) {
  std::string masked;
  for (const char c : path) {
    if (c == '\\') masked += "\\\\";
    if (c == '\n') masked += "\\n";
    if (c == '\r') masked += "\\r";
    if (c != '\\' && c != '\n' && c != '\r') masked += c;
  }
  return (masked == path ? "" : "\\") + digest.hex() + "  " + masked + "\n";
}

}  // namespace

std::string zipFolder(BatchId batch) { return "batch-" + std::to_string(batch.value) + "/"; }

std::string zipTableHead(const PreparedBatch& batch) {
  std::string line = "index";
  for (const std::string& name : parameterNames(batch.spec.sweep)) {
    if (name != "index") appendField(line, name);
  }
  return line + ",attempt,host,ended,wall_seconds,processor_seconds,memory_peak_bytes\n";
}

Result<const ZipRow*> ZipRows::next() {
  for (;;) {
    if (m_page.empty() && m_last) return nullptr;
    if (m_page.empty()) {
      HEARTH_TRY(read());
      continue;
    }
    const db::CertifiedResult result = std::move(m_page.front());
    m_page.pop_front();
    if (result.record.ended >= m_content.until) continue;
    auto row = rowOf(result);
    if (!row) return fail(std::move(row).error());
    m_row = std::move(*row);
    return &m_row;
  }
}

Result<void> ZipRows::read() {
  auto page = m_parts.read.results(m_content.batch, m_from, kPageRows);
  if (!page) return fail(std::move(page).error());
  m_last = page->size() < kPageRows;
  if (!page->empty()) m_from = page->back().index + 1;
  m_page.assign(std::make_move_iterator(page->begin()), std::make_move_iterator(page->end()));
  return {};
}

Result<ZipRow> ZipRows::rowOf(const db::CertifiedResult& result) const {
  const AttemptRecord& record = result.record;
  ZipRow row;
  row.index = result.index;
  row.ended = record.ended;
  const std::string folder = std::to_string(result.index) + "/";
  for (const FileRef& output : record.report.outputs) {
    HEARTH_TRY(checkRelativePath(output.path));
    row.outputs.push_back({zipFolder(m_content.batch) + folder + output.path, output.size, output.digest});
    row.manifest += checksumLine(output.digest, folder + output.path);
  }
  const auto parameters = parametersOf(*m_parts.batch, result.index, m_parts.lines);
  if (!parameters) return fail(parameters.error());
  row.table = std::to_string(result.index);
  for (const Parameter& parameter : *parameters) {
    if (parameter.first != "index") appendField(row.table, parameter.second);
  }
  row.table += "," + std::to_string(record.lease.attempt.value) + "," + std::to_string(record.lease.host.value) + "," +
               formatInstant(record.ended) + "," + seconds(record.report.usage.wall) + "," +
               seconds(record.report.usage.processor) + "," + std::to_string(record.report.usage.memoryPeakBytes) +
               "\n";
  return row;
}

}  // namespace hearth::server
