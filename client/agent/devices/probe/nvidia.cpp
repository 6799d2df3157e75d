// SPDX-License-Identifier: GPL-3.0-or-later
// NVIDIA's management library. Its header is not free software; these are the few functions that are used, as its
// documentation describes them.
#include <algorithm>
#include <array>

#include "probe.h"

namespace hearth::devices::probe {
namespace {

struct NvmlDevice;
struct NvmlMemory {
  unsigned long long total, free, used;
};
struct NvmlPci {
  char legacyAddress[16];
  unsigned domain, bus, device, deviceId, subsystemId;
  char address[32];
};
constexpr unsigned kMost = 64;

}  // namespace

Report probeNvidia() {
  const Library library("libnvidia-ml.so.1");
  if (!library) return {};
  const auto init = library.find<int (*)()>("nvmlInit_v2");
  const auto count = library.find<int (*)(unsigned*)>("nvmlDeviceGetCount_v2");
  const auto handle = library.find<int (*)(unsigned, NvmlDevice**)>("nvmlDeviceGetHandleByIndex_v2");
  const auto name = library.find<int (*)(NvmlDevice*, char*, unsigned)>("nvmlDeviceGetName");
  const auto memory = library.find<int (*)(NvmlDevice*, NvmlMemory*)>("nvmlDeviceGetMemoryInfo");
  const auto place = library.find<int (*)(NvmlDevice*, NvmlPci*)>("nvmlDeviceGetPciInfo_v3");
  const auto minor = library.find<int (*)(NvmlDevice*, unsigned*)>("nvmlDeviceGetMinorNumber");
  if (init == nullptr || count == nullptr || handle == nullptr || name == nullptr || memory == nullptr ||
      place == nullptr || minor == nullptr) {
    return {{}, "libnvidia-ml.so.1 lacks a function"};
  }
  unsigned devices = 0;
  if (const int error = init(); error != 0) return {{}, "NVIDIA's driver does not answer: " + std::to_string(error)};
  if (count(&devices) != 0) return {};
  Report report;
  for (unsigned i = 0; i < std::min(devices, kMost); ++i) {
    NvmlDevice* device = nullptr;
    std::array<char, 97> text{};
    NvmlMemory bytes{};
    NvmlPci bus{};
    unsigned number = 0;
    if (handle(i, &device) != 0 || name(device, text.data(), text.size() - 1) != 0) continue;
    Seen seen{text.data(), 0, {}, false, -1};
    if (memory(device, &bytes) == 0) seen.memoryBytes = bytes.total;
    if (place(device, &bus) == 0) seen.place = busAddress(bus.domain, bus.bus, bus.device, 0);
    if (minor(device, &number) == 0) seen.minor = static_cast<int>(number);
    report.devices.push_back(seen);
  }
  return report;
}

}  // namespace hearth::devices::probe
