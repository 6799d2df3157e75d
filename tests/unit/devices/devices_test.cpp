// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "base/limits.h"
#include "devices/device_pool.h"
#include "devices/device_scan.h"

using namespace hearth;
using namespace hearth::devices;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "hearth-devices-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

/// A program that misbehaves as its name says.
ScanOptions odd(const Folder& folder, const std::string& name) {
  fs::copy_file(fs::path(HEARTH_BIN_DIR) / "odd-driver", folder.path / name, fs::copy_options::skip_existing);
  ScanOptions options;
  options.program = folder.path / name;
  options.patience = Duration::milliseconds(700);
  return options;
}

Result<std::vector<Device>> parse(const std::string& text) { return parseReport(text, DeviceApi::kOpenCl, {}); }

/// A place on the bus with a render node; /dev/null stands for it, since only root makes device nodes.
void addCard(const Folder& folder, const std::string& place, const std::string& vendor) {
  const fs::path device = folder.path / "sys/bus/pci/devices" / place;
  fs::create_directories(device / "drm/renderD128");
  fs::create_directories(device / "drm/card0");
  std::ofstream(device / "vendor") << vendor << "\n";
  fs::create_directories(folder.path / "dev/dri");
  for (const char* node : {"dri/renderD128", "dri/card0", "kfd", "nvidia0", "nvidiactl", "nvidia-uvm", "nvidia1"}) {
    std::error_code exists;
    fs::create_symlink("/dev/null", folder.path / "dev" / node, exists);
  }
}

}  // namespace

TEST_CASE("PoCL's device is found by the OpenCL loader, and lent only where processors are") {
  ScanOptions options;
  options.program = fs::path(HEARTH_BIN_DIR) / "hearth-agent-devices";
  options.processors = true;
  const Scan scan = scanDevices(options);
  CHECK(scan.problems.empty());
  bool found = false;
  for (const Device& device : scan.devices) {
    const bool isOpenCl = device.gpu.apis == std::vector{DeviceApi::kOpenCl};
    found =
        found || (device.processor && isOpenCl && device.gpu.memoryBytes > limits::kMiB && !device.gpu.name.empty());
  }
  CHECK(found);
  options.processors = false;
  for (const Device& device : scanDevices(options).devices) CHECK_FALSE(device.processor);
}

TEST_CASE("a driver that crashes, hangs, floods or talks nonsense costs nothing but its devices, and is told of") {
  const auto& [name, words] = GENERATE(table<std::string, std::string>({{"crash", "it crashed (Segmentation fault)"},
                                                                        {"hang", "it did not answer"},
                                                                        {"child", "it did not answer"},
                                                                        {"late", "it did not end"},
                                                                        {"flood", "it said too much"},
                                                                        {"fail", "it failed with exit code 3"},
                                                                        {"nonsense", "it said what cannot be understood"}}));
  const Folder folder;
  const auto begun = std::chrono::steady_clock::now();
  const Scan scan = scanDevices(odd(folder, name));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
  CHECK(scan.devices.empty());
  REQUIRE(scan.problems.size() == 3);
  CHECK_THAT(scan.problems[2], Contains("devices of opencl could not be looked for: " + words));
}

TEST_CASE("a program that is not there is told of for each API") {
  ScanOptions options;
  options.program = "/nonexistent/hearth-agent-devices";
  CHECK_THAT(scanDevices(options).problems.at(0), Contains("exit code 127"));
}

TEST_CASE("what several APIs say of one place is one device, and one API's crash takes nothing from the others") {
  const Folder folder;
  addCard(folder, "0000:01:00.0", "0x10de");
  ScanOptions options = odd(folder, "crash-vulkan");
  options.patience = Duration::seconds(10);
  options.system = folder.path / "sys";
  options.nodes = folder.path / "dev";
  const Scan scan = scanDevices(options);
  CHECK(scan.problems.size() == 1);
  REQUIRE(scan.devices.size() == 1);
  const Device& card = scan.devices.front();
  CHECK(card.gpu == Gpu{"Card", {DeviceApi::kCuda, DeviceApi::kOpenCl}, 2000});
  CHECK(card.place == "0000:01:00.0");
  CHECK(card.nodes == std::vector<fs::path>{folder.path / "dev/dri/renderD128", folder.path / "dev/nvidia-uvm",
                                            folder.path / "dev/nvidia0", folder.path / "dev/nvidiactl"});
}

TEST_CASE("an AMD card brings its compute node along; a card without any node is not lent") {
  const Folder folder;
  addCard(folder, "0000:03:00.0", "0x1002");
  ScanOptions options;
  options.system = folder.path / "sys";
  options.nodes = folder.path / "dev";
  const std::string text = R"({"devices":[{"name":"Card","memoryBytes":1,"place":"0000:03:00.0"}]})";
  const auto devices = parseReport(text, DeviceApi::kOpenCl, options);
  REQUIRE(devices);
  CHECK(devices->front().nodes == std::vector<fs::path>{folder.path / "dev/dri/renderD128", folder.path / "dev/kfd"});
  fs::remove_all(folder.path / "dev");
  CHECK(parseReport(text, DeviceApi::kOpenCl, options)->front().nodes.empty());
}

TEST_CASE("a report is bounded and cleaned, and a place in it cannot lead anywhere else") {
  CHECK_FALSE(parse(""));
  CHECK_FALSE(parse("[]"));
  CHECK_FALSE(parse(R"({"devices":{}})"));
  CHECK_FALSE(parse(R"({"devices":[1]})"));
  CHECK_FALSE(parse(R"({"devices":[{"name":""}]})"));
  CHECK_FALSE(parse(R"({"devices":[{"name":"x","place":"../../../etc"}]})"));
  CHECK_FALSE(parse(R"({"devices":[{"name":"x","place":"0000:01:00.0/.."}]})"));
  CHECK_FALSE(parse(R"({"devices":[],"problem":"no driver"})"));
  CHECK_FALSE(parse(std::string(100, '[')));
  std::string many;
  for (int i = 0; i < 65; ++i) many += (i == 0 ? "" : ",") + std::string(R"({"name":"x"})");
  CHECK_FALSE(parse(R"({"devices":[)" + many + "]}"));
  const auto device = parse(R"({"devices":[{"name":"a\nb\u001b[31m","memoryBytes":-5,"minor":99999}]})");
  REQUIRE(device);
  CHECK(device->front().gpu.name == "a?b?[31m");
  CHECK(device->front().gpu.memoryBytes == 0);
  CHECK(device->front().nodes.empty());
}

TEST_CASE("a device is lent to one task at a time, by API, and comes back with the loan") {
  DevicePool pool({{{"A", {DeviceApi::kOpenCl}, 1}, "0000:01:00.0", {"/dev/dri/renderD128"}, false},
                   {{"B", {DeviceApi::kCuda, DeviceApi::kOpenCl}, 2}, "", {"/dev/nvidia0", "/dev/nvidiactl"}, false}});
  CHECK(pool.gpus().size() == 2);
  CHECK(pool.take(3, DeviceApi::kAny) == nullptr);
  CHECK(pool.take(1, DeviceApi::kVulkan) == nullptr);
  auto cuda = pool.take(1, DeviceApi::kCuda);
  REQUIRE(cuda);
  CHECK(cuda->inWords() == "B");
  CHECK(cuda->nodes().size() == 2);
  CHECK(pool.take(2, DeviceApi::kOpenCl) == nullptr);
  auto other = pool.take(1, DeviceApi::kOpenCl);
  REQUIRE(other);
  CHECK(other->inWords() == "0000:01:00.0");
  CHECK(pool.take(1, DeviceApi::kAny) == nullptr);
  cuda.reset();
  CHECK(pool.take(2, DeviceApi::kAny) == nullptr);
  other.reset();
  CHECK(pool.take(2, DeviceApi::kAny)->inWords() == "0000:01:00.0,B");
}
