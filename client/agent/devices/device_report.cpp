// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <fstream>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/limits.h"
#include "devices/device_scan.h"

namespace hearth::devices {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kDepth = 4;
constexpr const char* kAmd = "0x1002";

bool isPlace(const std::string& place) {
  static constexpr std::string_view kShape = "hhhh:hh:hh.h";
  if (place.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < place.size(); ++i) {
    const bool isHex = (place[i] >= '0' && place[i] <= '9') || (place[i] >= 'a' && place[i] <= 'f');
    if (kShape[i] == 'h' ? !isHex : place[i] != kShape[i]) return false;
  }
  return true;
}

/// What people read: no control characters, not longer than a name.
std::string plainName(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, limits::kNameBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    name += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  return name;
}

std::string firstLine(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

void addIfThere(std::vector<fs::path>& nodes, const fs::path& node) {
  std::error_code error;
  if (fs::is_character_file(node, error)) nodes.push_back(node);
}

/// The render node of the device at this place, and what its driver needs besides.
std::vector<fs::path> nodesOf(const std::string& place, int minor, const ScanOptions& options) {
  std::vector<fs::path> nodes;
  std::error_code error;
  if (!place.empty()) {
    const fs::path device = options.system / "bus/pci/devices" / place;
    for (fs::directory_iterator each(device / "drm", error), end; !error && each != end; each.increment(error)) {
      const std::string name = each->path().filename().string();
      if (name.starts_with("renderD")) addIfThere(nodes, options.nodes / "dri" / name);
    }
    if (firstLine(device / "vendor") == kAmd) addIfThere(nodes, options.nodes / "kfd");
  }
  if (minor >= 0) {
    addIfThere(nodes, options.nodes / ("nvidia" + std::to_string(minor)));
    for (const char* name : {"nvidiactl", "nvidia-uvm"}) addIfThere(nodes, options.nodes / name);
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

Result<Device> parseDevice(const json::object& object, DeviceApi api, const ScanOptions& options) {
  const auto text = [&object](std::string_view member) {
    const auto* value = object.if_contains(member);
    const auto* found = value != nullptr ? value->if_string() : nullptr;
    return found != nullptr ? std::string(found->begin(), found->end()) : std::string();
  };
  const auto number = [&object](std::string_view member) -> std::int64_t {
    const auto* value = object.if_contains(member);
    const auto* found = value != nullptr ? value->if_int64() : nullptr;
    return found != nullptr ? *found : -1;
  };
  Device device;
  device.gpu.name = plainName(text("name"));
  device.gpu.apis = {api};
  device.gpu.memoryBytes = static_cast<std::uint64_t>(std::max<std::int64_t>(number("memoryBytes"), 0));
  device.place = text("place");
  if (device.gpu.name.empty() || (!device.place.empty() && !isPlace(device.place)))
    return fail(ErrorCode::kInvalid, "a device has no proper name or place");
  const auto* processor = object.if_contains("processor");
  device.processor = processor != nullptr && processor->is_bool() && processor->get_bool();
  const std::int64_t minor = number("minor");
  device.nodes = nodesOf(device.place, minor >= 0 && minor < 256 ? static_cast<int>(minor) : -1, options);
  return device;
}

}  // namespace

Result<std::vector<Device>> parseReport(std::string_view text, DeviceApi api, const ScanOptions& options) {
  json::parse_options bounds;
  bounds.max_depth = kDepth;
  json::error_code error;
  const json::value whole = json::parse(json::string_view(text.data(), text.size()), error, {}, bounds);
  const auto* object = error ? nullptr : whole.if_object();
  const auto* list = object != nullptr ? object->if_contains("devices") : nullptr;
  if (list == nullptr || !list->is_array()) return fail(ErrorCode::kInvalid, "it said what cannot be understood");
  if (const auto* problem = object->if_contains("problem"); problem != nullptr && problem->is_string())
    return fail(ErrorCode::kUnavailable, plainName(std::string_view(problem->get_string().c_str())));
  if (list->get_array().size() > limits::kGpus) return fail(ErrorCode::kTooLarge, "it named too many devices");
  std::vector<Device> devices;
  for (const json::value& each : list->get_array()) {
    if (!each.is_object()) return fail(ErrorCode::kInvalid, "it said what cannot be understood");
    auto device = parseDevice(each.get_object(), api, options);
    if (!device) return fail(std::move(device).error());
    devices.push_back(std::move(*device));
  }
  return devices;
}

}  // namespace hearth::devices
