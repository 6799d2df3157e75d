// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "db/store.h"
#include "server/api/prepared_batch.h"

namespace hearth::server {

class BlobStore;
class LineIndexes;

/// A table of numbers as far as a plot needs it: the names of its columns and its last row that is all numbers.
struct NumberTable {
  std::vector<std::string> columns;  ///< of the first line if that is no numbers, else "column 1", …
  std::vector<double> last;
};
/// Reads CSV, or numbers with blanks or tabs between. Nothing: it is no table of numbers.
std::optional<NumberTable> readNumberTable(std::string_view text);

/// What the results of a batch say, one number of one output for each task, over a parameter.
struct ResultValues {
  struct Point {
    TaskIndex index = 0;
    double x = 0, y = 0;
  };
  std::vector<std::string> outputs;     ///< paths of outputs that are tables of numbers
  std::vector<std::string> columns;     ///< of the output that was read
  std::vector<std::string> parameters;  ///< whose values are numbers
  std::string output, column, parameter;
  std::vector<Point> points;
  std::uint64_t looked = 0;  ///< results that were looked at

  static constexpr std::size_t kMostPoints = 1'000;
  static constexpr std::uint64_t kMostBytes = 256 * 1024;  ///< of an output
};

/// Which of them: what is empty or unknown is chosen.
struct ValuesAsked {
  std::string output, column, parameter;
};

/// Looks at so many results, spread evenly over the tasks. Takes up to a second: for a worker.
Result<ResultValues> readResultValues(db::ReadStore& read, const BlobStore& blobs, LineIndexes& lines,
                                      const PreparedBatch& batch, const ValuesAsked& asked);

}  // namespace hearth::server
