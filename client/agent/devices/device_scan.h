// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "devices/device.h"

namespace hearth::devices {

struct ScanOptions {
  std::filesystem::path program;              ///< hearth-agent-devices
  Duration patience = Duration::seconds(20);  ///< for each API
  std::filesystem::path system = "/sys", nodes = "/dev";
  bool processors = false;  ///< also lend what is only this machine's processor (PoCL): for tests and trials
};

struct Scan {
  std::vector<Device> devices;
  std::vector<std::string> problems;  ///< one for each API that could not be asked: for the log
};

/// Asks each API's loader in a process of its own, and puts together what belongs to one device. Blocks for as long as
/// the slowest takes. A program that crashes, hangs or says nonsense costs only its own API. Devices without a node
/// that a task could be given are left out.
Scan scanDevices(const ScanOptions& options);

/// What one program said: devices of `api`, with the nodes that `options` leads to.
Result<std::vector<Device>> parseReport(std::string_view text, DeviceApi api, const ScanOptions& options);

}  // namespace hearth::devices
