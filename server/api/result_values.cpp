// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/result_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "server/blob/blob_store.h"

namespace hearth::server {
namespace {

constexpr std::size_t kMostColumns = 100;

std::optional<double> numberOf(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '+')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::vector<std::string> fieldsOf(std::string_view line) {
  if (line.find(',') != std::string_view::npos || line.find('"') != std::string_view::npos) {
    auto fields = splitCsvLine(line);
    return fields ? std::move(*fields) : std::vector<std::string>{};
  }
  std::vector<std::string> fields;
  const std::string_view separators = line.find(';') != std::string_view::npos ? ";" : " \t";
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(separators), line.size());
    if (end > 0) fields.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return fields;
}

std::optional<std::vector<double>> numbersOf(const std::vector<std::string>& fields) {
  std::vector<double> numbers;
  for (const std::string& field : fields) {
    const auto number = numberOf(field);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  if (numbers.empty()) return std::nullopt;
  return numbers;
}

std::size_t positionOf(const std::vector<std::string>& names, const std::string& wanted) {
  const auto found = std::find(names.begin(), names.end(), wanted);
  return found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin());
}

/// Collects points result by result.
class Reader {
 public:
  Reader(const BlobStore& blobs, LineIndexes& lines, const PreparedBatch& batch, const ValuesAsked& asked)
      : m_blobs(blobs), m_lines(lines), m_batch(batch), m_asked(asked) {
    m_values.output = asked.output;
  }

  void add(const db::CertifiedResult& result) {
    ++m_values.looked;
    for (const FileRef& output : result.record.report.outputs) {
      const bool isWanted = m_values.output.empty() || output.path == m_values.output;
      const bool isKnown =
          std::find(m_values.outputs.begin(), m_values.outputs.end(), output.path) != m_values.outputs.end();
      if (output.size > ResultValues::kMostBytes || (!isWanted && (isKnown || m_values.looked > 1))) continue;
      const auto text = m_blobs.read(output.digest, ResultValues::kMostBytes);
      const auto table = text ? readNumberTable(*text) : std::nullopt;
      if (!table) continue;
      if (!isKnown && m_values.outputs.size() < kMostColumns) m_values.outputs.push_back(output.path);
      if (!isWanted) continue;
      m_values.output = output.path;
      take(result.index, *table);
    }
  }
  ResultValues take() { return std::move(m_values); }

 private:
  void take(TaskIndex index, const NumberTable& table) {
    const auto parameters = parametersOf(m_batch, index, m_lines);
    if (!parameters) return;
    if (m_values.columns.empty()) choose(table, *parameters);
    const std::size_t column = positionOf(table.columns, m_values.column);
    const auto x = std::find_if(parameters->begin(), parameters->end(),
                                [&](const Parameter& one) { return one.first == m_values.parameter; });
    if (column >= table.last.size() || x == parameters->end()) return;
    if (const auto at = numberOf(x->second)) m_values.points.push_back({index, *at, table.last[column]});
  }

  void choose(const NumberTable& table, const Parameters& parameters) {
    m_values.columns = table.columns;
    for (const Parameter& one : parameters) {
      if (numberOf(one.second)) m_values.parameters.push_back(one.first);
    }
    const auto has = [](const std::vector<std::string>& names, const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    m_values.column = has(table.columns, m_asked.column) ? m_asked.column : table.columns.back();
    m_values.parameter = has(m_values.parameters, m_asked.parameter) ? m_asked.parameter
                         : m_values.parameters.empty()               ? "index"
                                                                     : m_values.parameters.front();
  }

  const BlobStore& m_blobs;
  LineIndexes& m_lines;
  const PreparedBatch& m_batch;
  const ValuesAsked& m_asked;
  ResultValues m_values;
};

}  // namespace

std::optional<NumberTable> readNumberTable(std::string_view text) {
  NumberTable table;
  bool first = true;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto fields = fieldsOf(line);
    if (fields.empty() || fields.size() > kMostColumns) return std::nullopt;
    auto numbers = numbersOf(fields);
    if (numbers) table.last = std::move(*numbers);
    if (!numbers && !first) return std::nullopt;
    if (!numbers) table.columns = std::move(fields);
    first = false;
  }
  if (table.last.empty()) return std::nullopt;
  for (std::size_t i = table.columns.size(); i < table.last.size(); ++i)
    table.columns.push_back("column " + std::to_string(i + 1));
  return table;
}

Result<ResultValues> readResultValues(db::ReadStore& read, const BlobStore& blobs, LineIndexes& lines,
                                      const PreparedBatch& batch, const ValuesAsked& asked) {
  Reader reader(blobs, lines, batch, asked);
  const std::uint64_t step = (batch.tasks + ResultValues::kMostPoints - 1) / ResultValues::kMostPoints;
  if (step <= 1) {
    const auto page = read.results(batch.batch, 0, ResultValues::kMostPoints);
    if (!page) return fail(page.error());
    for (const auto& result : *page) reader.add(result);
    return reader.take();
  }
  for (TaskIndex from = 0; from < batch.tasks;) {
    const auto one = read.results(batch.batch, from, 1);
    if (!one) return fail(one.error());
    if (one->empty()) break;
    reader.add(one->front());
    from = (one->front().index / step + 1) * step;
  }
  return reader.take();
}

}  // namespace hearth::server
