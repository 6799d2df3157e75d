// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/sweep.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"

namespace hearth {
namespace {

constexpr std::uint32_t kMostDecimals = 18;  // what an int64 holds
constexpr std::size_t kParameterNameBytes = 64;
constexpr std::size_t kMostColumns = 256;
constexpr const char* kIndexName = "index";

// Differences of int64 values wrap in uint64 to the right result, where int64 would overflow.
constexpr std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::string decimalText(std::int64_t value, std::uint32_t decimals) {
  const bool negative = value < 0;
  std::string digits = std::to_string(negative ? 0 - bits(value) : bits(value));
  if (decimals > 0) {
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, ".");
  }
  return negative ? "-" + digits : digits;
}

tl::unexpected<Error> badAxis(const std::string& name, const std::string& why, std::string hint) {
  return fail(ErrorCode::kInvalid, "sweep axis '" + name.substr(0, kParameterNameBytes) + "' " + why, std::move(hint));
}

/// How far a range reaches and by what stride, both without sign. Its step leads from first to last.
struct Reach {
  std::uint64_t span;
  std::uint64_t stride;
};
Reach reachOf(const RangeAxis& axis) {
  if (axis.step > 0) return {bits(axis.last) - bits(axis.first), bits(axis.step)};
  return {bits(axis.first) - bits(axis.last), 0 - bits(axis.step)};
}

std::uint64_t checkedValuesOf(const RangeAxis& axis) {
  if (axis.first == axis.last) return 1;
  const Reach reach = reachOf(axis);
  return reach.span / reach.stride + 1;
}

Result<std::uint64_t> valuesOf(const RangeAxis& axis) {
  if (axis.decimals > kMostDecimals) return badAxis(axis.name, "has more than 18 decimals", "Round its numbers.");
  const auto text = [&](std::int64_t value) { return decimalText(value, axis.decimals); };
  if (axis.first == axis.last) return std::uint64_t{1};
  if (axis.step == 0) return badAxis(axis.name, "has a step of 0, which leads nowhere", "Use another step.");
  const bool up = axis.last > axis.first;
  if (up != (axis.step > 0)) {
    return badAxis(
        axis.name,
        "is empty: a step of " + text(axis.step) + " does not lead from " + text(axis.first) + " to " + text(axis.last),
        up ? "Use a step above 0." : "Use a step below 0, or exchange the ends.");
  }
  const Reach reach = reachOf(axis);
  if (reach.span % reach.stride != 0) {
    const std::uint64_t whole = reach.span - reach.span % reach.stride;
    const std::uint64_t end = up ? bits(axis.first) + whole : bits(axis.first) - whole;
    return badAxis(
        axis.name,
        "does not meet its end: steps of " + text(axis.step) + " from " + text(axis.first) + " do not reach " +
            text(axis.last),
        "Both ends belong to a range. End it at " + text(static_cast<std::int64_t>(end)) + ", or choose another step.");
  }
  return std::min(reach.span / reach.stride, limits::kTasksPerBatch) + 1;
}

Result<std::uint64_t> valuesOf(const ListAxis& axis) {
  if (axis.values.empty()) return badAxis(axis.name, "is empty", "Give it at least one value, or remove it.");
  if (axis.values.size() > limits::kSweepListValues) {
    return fail(ErrorCode::kTooLarge,
                "sweep axis '" + axis.name.substr(0, kParameterNameBytes) + "' has more than " +
                    std::to_string(limits::kSweepListValues) + " values",
                "Put them into a CSV file and use `list`.");
  }
  return std::uint64_t{axis.values.size()};
}

const std::string& nameOf(const Axis& axis) {
  return std::visit([](const auto& a) -> const std::string& { return a.name; }, axis);
}

bool isNameLetter(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

Result<void> checkNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    bool good = !name.empty() && name.size() <= kParameterNameBytes;
    for (std::size_t i = 0; good && i < name.size(); ++i) good = isNameLetter(name[i], i == 0);
    if (!good) {
      return fail(ErrorCode::kInvalid, "'" + name.substr(0, kParameterNameBytes) + "' is no name for a parameter",
                  "Use at most 64 letters, digits, '_', '-' and '.', beginning with a letter or '_'.");
    }
  }
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  const auto twin = std::adjacent_find(sorted.begin(), sorted.end());
  if (twin == sorted.end()) return {};
  return fail(ErrorCode::kInvalid,
              *twin == kIndexName ? "a parameter is named 'index', which is the task's own number"
                                  : "the parameter '" + *twin + "' is there twice",
              "Give each axis or column a name of its own.");
}

tl::unexpected<Error> tooManyTasks(const std::string& where) {
  return fail(ErrorCode::kTooLarge,
              where + " passes the limit of " + std::to_string(limits::kTasksPerBatch) + " tasks of one batch",
              "Use fewer values, or split it into several batches.");
}

Result<std::uint64_t> taskCountOfList(const Sweep& sweep) {
  if (!sweep.axes.empty()) {
    return fail(ErrorCode::kInvalid, "a sweep has both axes and a list", "Put all parameters into the list's columns.");
  }
  if (sweep.list->columns.empty()) {
    return fail(ErrorCode::kInvalid, "the list of the sweep has no columns", "Name them in the file's first line.");
  }
  if (sweep.list->columns.size() > kMostColumns) {
    return fail(ErrorCode::kTooLarge, "the list of the sweep has more than 256 columns", "Remove some.");
  }
  if (sweep.list->lines == 0) {
    return fail(ErrorCode::kInvalid, "the list of the sweep is empty", "Give it at least one line below the header.");
  }
  if (sweep.list->lines > limits::kTasksPerBatch) return tooManyTasks("the list of the sweep");
  return sweep.list->lines;
}

}  // namespace

Result<std::uint64_t> taskCount(const Sweep& sweep) {
  if (sweep.axes.size() > limits::kSweepAxes) {
    return fail(ErrorCode::kTooLarge, "a sweep has more than " + std::to_string(limits::kSweepAxes) + " axes",
                "Join some in a list.");
  }
  HEARTH_TRY(checkNames(parameterNames(sweep)));
  if (sweep.list) return taskCountOfList(sweep);
  std::uint64_t product = 1;
  for (const Axis& axis : sweep.axes) {
    const auto values = std::visit([](const auto& a) { return valuesOf(a); }, axis);
    if (!values) return fail(values.error());
    // Both factors are at most kTasksPerBatch + 1, so that the product fits into 64 bits.
    product *= *values;
    if (product > limits::kTasksPerBatch) {
      return tooManyTasks(sweep.axes.size() == 1 ? "sweep axis '" + nameOf(axis) + "'"
                                                 : "the sweep, at axis '" + nameOf(axis) + "',");
    }
  }
  return product;
}

std::vector<std::string> parameterNames(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const Axis& axis : sweep.axes) names.push_back(nameOf(axis));
  if (sweep.list) names.insert(names.end(), sweep.list->columns.begin(), sweep.list->columns.end());
  names.emplace_back(kIndexName);
  return names;
}

Parameters parametersAt(const Sweep& sweep, TaskIndex index) {
  Parameters parameters(sweep.axes.size() + 1);
  parameters.back() = {kIndexName, std::to_string(index)};
  TaskIndex rest = index;
  for (std::size_t i = sweep.axes.size(); i-- > 0;) {
    const Axis& axis = sweep.axes[i];
    parameters[i].first = nameOf(axis);
    if (const auto* range = std::get_if<RangeAxis>(&axis)) {
      HEARTH_CHECK(range->step != 0 || range->first == range->last, "a sweep is checked before it is expanded");
      const std::uint64_t values = checkedValuesOf(*range);
      const std::uint64_t value = bits(range->first) + (rest % values) * bits(range->step);
      parameters[i].second = decimalText(static_cast<std::int64_t>(value), range->decimals);
      rest /= values;
    } else {
      const auto& list = std::get<ListAxis>(axis);
      HEARTH_CHECK(!list.values.empty(), "a sweep is checked before it is expanded");
      parameters[i].second = list.values[rest % list.values.size()];
      rest /= list.values.size();
    }
  }
  HEARTH_CHECK(rest == 0, "a task's index is below the number of tasks");
  return parameters;
}

Result<Parameters> parametersOfLine(const ListFile& list, TaskIndex index, std::string_view line) {
  const std::string where = "line " + std::to_string(index + 2) + " of the list";  // counted from 1, after the header
  auto fields = splitCsvLine(line);
  if (!fields) return fail(std::move(fields).error().within(where));
  if (fields->size() != list.columns.size()) {
    return fail(ErrorCode::kInvalid,
                where + " has " + std::to_string(fields->size()) + " fields, the header has " +
                    std::to_string(list.columns.size()),
                "Give every line one field for each column; put a field with a comma into double quotes.");
  }
  Parameters parameters;
  parameters.reserve(fields->size() + 1);
  for (std::size_t i = 0; i < fields->size(); ++i) {
    parameters.emplace_back(list.columns[i], std::move((*fields)[i]));
  }
  parameters.emplace_back(kIndexName, std::to_string(index));
  return parameters;
}

Result<std::vector<std::string>> splitCsvLine(std::string_view line) {
  static constexpr const char* kHint = "Put a field with a comma or quote into double quotes, and double its quotes.";
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() > limits::kListLineBytes) {
    return fail(ErrorCode::kTooLarge, "a line is longer than " + std::to_string(limits::kListLineBytes) + " bytes",
                "Shorten its fields.");
  }
  std::vector<std::string> fields;
  std::size_t at = 0;
  while (true) {
    std::string field;
    if (at < line.size() && line[at] == '"') {
      ++at;
      while (true) {
        const std::size_t quote = line.find('"', at);
        if (quote == std::string_view::npos) return fail(ErrorCode::kInvalid, "a quote is left open", kHint);
        field += line.substr(at, quote - at);
        at = quote + 1;
        if (at >= line.size() || line[at] != '"') break;
        field += '"';
        ++at;
      }
      if (at < line.size() && line[at] != ',') {
        return fail(ErrorCode::kInvalid, "a closing quote is followed by other text", kHint);
      }
    } else {
      const std::size_t end = std::min(line.find(',', at), line.size());
      field = line.substr(at, end - at);
      if (field.find('"') != std::string::npos) {
        return fail(ErrorCode::kInvalid, "a quote stands inside an unquoted field", kHint);
      }
      at = end;
    }
    if (field.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
      return fail(ErrorCode::kInvalid, "a field contains a line break or a NUL character", "Remove it.");
    }
    fields.push_back(std::move(field));
    if (fields.size() > kMostColumns)
      return fail(ErrorCode::kTooLarge, "a line has more than 256 fields", "Remove some.");
    if (at >= line.size()) return fields;
    ++at;  // the comma; a last one is followed by an empty field
  }
}

}  // namespace hearth
