// SPDX-License-Identifier: GPL-3.0-or-later
// The table `sweep` of a manifest.
#include <array>
#include <optional>

#include "base/limits.h"
#include "wire/manifest_parts.h"
#include "wire/manifest_source.h"

namespace hearth::wire {
namespace {

std::optional<Axis> readRange(ManifestSource& source, const std::string& name, const toml::table& written) {
  const std::size_t before = source.problems.size();
  const ManifestTable table(source, written, {"from", "to", "step"});
  std::array<std::string, 3> literals{"", "", "1"};
  const std::array<std::string_view, 3> keys{"from", "to", "step"};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const toml::node* node = table.find(keys[i]);
    if (node == nullptr) continue;
    if (node->is_floating_point()) {
      literals[i] = source.literal(*node);
    } else if (auto text = plainText(source, *node); text && !node->is_boolean()) {
      literals[i] = *text;
    } else {
      source.refuse(node->source(), "'" + std::string(keys[i]) + "' must be a number");
    }
  }
  if (literals[0].empty() || literals[1].empty()) {
    source.refuse(written.source(), "sweep axis '" + name + "' needs both 'from' and 'to'",
                  "Write it as { from = 1, to = 100, step = 1 }.");
    return std::nullopt;
  }
  if (source.problems.size() != before) return std::nullopt;
  auto range = rangeOfLiterals(name, literals[0], literals[1], literals[2]);
  if (!range) {
    source.refuse(written.source(), std::move(range).error().within("sweep axis '" + name + "'"));
    return std::nullopt;
  }
  return Axis(std::move(*range));
}

std::optional<Axis> readValues(ManifestSource& source, const std::string& name, const toml::array& written) {
  ListAxis axis{name, {}};
  if (written.size() > limits::kSweepListValues) {
    source.refuse(written.source(),
                  "sweep axis '" + name + "' has more than " + std::to_string(limits::kSweepListValues) + " values",
                  "Put them into a CSV file: list = \"points.csv\".", ErrorCode::kTooLarge);
    return std::nullopt;
  }
  axis.values.reserve(written.size());
  for (const toml::node& node : written) {
    auto value = plainText(source, node);
    if (!value || value->size() > limits::kArgumentBytes || value->find('\0') != std::string::npos) {
      source.refuse(node.source(), "a value of sweep axis '" + name + "' is neither short text nor a number",
                    "Write values as 1, 0.5 or \"text\".");
      return std::nullopt;
    }
    axis.values.push_back(std::move(*value));
  }
  return Axis(std::move(axis));
}

}  // namespace

void readSweep(ManifestSource& source, const toml::table& written, Manifest& manifest) {
  const std::size_t before = source.problems.size();
  for (const auto& [key, node] : entriesInOrder(written)) {
    const std::string name(key->str());
    source.member = "sweep." + name;
    if (name == "list") {
      manifest.listPath = ManifestTable(source, written, {}).text("list", limits::kPathBytes);
      if (manifest.listPath.empty()) {
        source.refuse(key->source(), "'list' names no file", "Write the path of a CSV file: list = \"points.csv\".");
      }
      continue;
    }
    std::optional<Axis> axis;
    if (node->is_table()) {
      axis = readRange(source, name, *node->as_table());
    } else if (node->is_array()) {
      axis = readValues(source, name, *node->as_array());
    } else {
      source.refuse(node->source(), "sweep axis '" + name.substr(0, 64) + "' is neither a range nor a list of values",
                    "Write { from = 1, to = 100 } or [1, 2, 3].");
    }
    if (!axis) continue;
    if (auto counted = taskCount(Sweep{{*axis}, {}}); !counted) {
      source.refuse(key->source(), std::move(counted).error());
      continue;
    }
    manifest.spec.sweep.axes.push_back(std::move(*axis));
  }
  source.member = "sweep";
  if (source.problems.size() != before) return;
  if (!manifest.listPath.empty() && !manifest.spec.sweep.axes.empty()) {
    source.refuse(written.source(), "the sweep has both axes and a list",
                  "Put all parameters into the list's columns.");
  }
  if (manifest.listPath.empty() && manifest.spec.sweep.axes.empty()) {
    source.refuse(written.source(), "the sweep is empty", "Give it an axis, such as n = { from = 1, to = 100 }.");
  }
  if (!manifest.listPath.empty() || manifest.spec.sweep.axes.empty()) return;
  if (auto counted = taskCount(manifest.spec.sweep); !counted) {
    source.refuse(written.source(), std::move(counted).error());
  }
}

}  // namespace hearth::wire
