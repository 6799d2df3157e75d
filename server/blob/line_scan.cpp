// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/blob/line_scan.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "model/sweep.h"

namespace hearth::server {
namespace {

constexpr std::uint64_t kBlockLines = 1024;
constexpr std::uint64_t kBlockBytes = 64 * limits::kKiB;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool contains(std::string_view text, char wanted) { return std::memchr(text.data(), wanted, text.size()) != nullptr; }

}  // namespace

tl::unexpected<Error> LineScan::refuse(std::uint64_t number, const std::string& what, std::string hint) const {
  return fail(ErrorCode::kInvalid, "line " + std::to_string(number) + " of the list " + what, std::move(hint));
}

Result<void> LineScan::header(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  auto columns = splitCsvLine(text);
  if (!columns || text.empty()) {
    return refuse(1, "is not a header", "The first line has to hold the names of the columns, separated by commas.");
  }
  m_index.columns = std::move(*columns);
  return {};
}

/// Counting commas is enough while no quote is there.
Result<void> LineScan::checkFields(std::string_view text) {
  std::size_t fields = 0;
  if (!contains(text, '"')) {
    fields = static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')) + 1;
  } else if (const auto split = splitCsvLine(text)) {
    fields = split->size();
  } else {
    return refuse(m_number, "cannot be read: " + split.error().message,
                  "A quoted field has to end on its line (line breaks inside of fields are not supported), and a quote "
                  "inside of it is written twice.");
  }
  if (fields == m_index.columns.size()) return {};
  if (fields < m_index.columns.size()) {
    return refuse(m_number,
                  "has " + std::to_string(fields) + " fields, the header " + std::to_string(m_index.columns.size()) +
                      ": column " + std::to_string(fields + 1) + " ('" + m_index.columns[fields] + "') is missing",
                  "Every line needs one field for each column.");
  }
  return refuse(m_number,
                "has " + std::to_string(fields) + " fields, the header " + std::to_string(m_index.columns.size()) +
                    ": column " + std::to_string(m_index.columns.size() + 1) + " has no name",
                "Every line needs one field for each column; a field with a comma in it has to be quoted.");
}

Result<void> LineScan::line(std::string_view text, std::uint64_t offset) {
  ++m_number;
  const std::uint64_t end = offset + text.size();
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (text.size() > limits::kListLineBytes) {
    return refuse(m_number, "is longer than " + std::to_string(limits::kListLineBytes) + " bytes",
                  "Put long values into files of the bundle and name the files in the list.");
  }
  if (text.empty() && m_number > 1) {
    if (m_firstBlank == 0) m_firstBlank = m_number;
    return {};
  }
  if (m_firstBlank != 0) return refuse(m_firstBlank, "is blank", "Remove it: every line is a task.");
  if (contains(text, '\0')) return refuse(m_number, "has a NUL byte", "Is it a text file in UTF-8?");
  if (m_number == 1) return header(text);
  HEARTH_TRY(checkFields(text));
  if (m_index.blocks.empty() || m_index.lines - m_index.blocks.back().firstLine >= kBlockLines ||
      end - m_index.blocks.back().offset > kBlockBytes) {
    m_index.blocks.push_back({m_index.lines, offset});
  }
  ++m_index.lines;
  m_index.end = end;
  if (m_index.lines > limits::kTasksPerBatch) {
    return fail(
        ErrorCode::kTooLarge,
        "the list has more than " + std::to_string(limits::kTasksPerBatch) + " lines, the most that a batch may have",
        "Split it into several batches.");
  }
  return {};
}

Result<LineIndex> LineScan::finish() {
  if (m_number == 0) {
    return fail(ErrorCode::kInvalid, "the list is empty", "It needs a header line and one line for each task.");
  }
  if (m_index.lines == 0) {
    return fail(ErrorCode::kInvalid, "the list has a header and no further line", "Add one line for each task.");
  }
  return std::move(m_index);
}

}  // namespace hearth::server
