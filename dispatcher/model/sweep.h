// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"

namespace hearth {

/// Decimal numbers in even steps, both ends included: value i is (first + i * step) / 10^decimals, printed with exactly
/// `decimals` digits after the point, so that it repeats on every machine. step is not 0 and leads from first to last.
struct RangeAxis {
  std::string name;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t step = 1;
  std::uint32_t decimals = 0;
  bool operator==(const RangeAxis&) const = default;
};

/// Values that stand in the manifest.
struct ListAxis {
  std::string name;
  std::vector<std::string> values;
  bool operator==(const ListAxis&) const = default;
};

using Axis = std::variant<RangeAxis, ListAxis>;

/// A CSV file (RFC 4180, first line the names of the columns, one task a line, no line break inside a field). Its bytes
/// are a blob; only the server opens it, by offset.
struct ListFile {
  Digest digest;
  std::uint64_t size = 0;
  std::vector<std::string> columns;
  std::uint64_t lines = 0;  ///< without the header; verified by the server at submission
  bool operator==(const ListFile&) const = default;
};

/// A parameter's name and its value for one task.
using Parameter = std::pair<std::string, std::string>;
using Parameters = std::vector<Parameter>;

/// How the index of a task becomes the values of its parameters. Either a product of axes (the last axis varies
/// fastest; no axes: one task) or a list. `{index}` is always a parameter too.
struct Sweep {
  std::vector<Axis> axes;
  std::optional<ListFile> list;
  bool operator==(const Sweep&) const = default;
};

/// How many tasks the sweep has. Fails, saying which axis, when an axis is empty, its step leads nowhere, names repeat,
/// or the product passes limits::kTasksPerBatch.
Result<std::uint64_t> taskCount(const Sweep& sweep);

/// The names of all parameters, `index` last.
std::vector<std::string> parameterNames(const Sweep& sweep);

/// The parameters of one task of a sweep of axes. O(axes). `index` must be below taskCount().
Parameters parametersAt(const Sweep& sweep, TaskIndex index);

/// The parameters of the task whose line of the list this is. Fails when the number of fields is not that of the
/// columns or a quote is left open; the message has the line's number counted from the file's first.
Result<Parameters> parametersOfLine(const ListFile& list, TaskIndex index, std::string_view line);

/// The fields of one CSV line.
Result<std::vector<std::string>> splitCsvLine(std::string_view line);

}  // namespace hearth
