// SPDX-License-Identifier: GPL-3.0-or-later
#define CL_TARGET_OPENCL_VERSION 300
#include <array>

#include <CL/cl.h>
#include <CL/cl_ext.h>

#include "probe.h"

namespace hearth::devices::probe {
namespace {

constexpr cl_uint kMost = 64;

/// The functions that are used.
struct Calls {
  decltype(&clGetPlatformIDs) platforms;
  decltype(&clGetDeviceIDs) devices;
  decltype(&clGetDeviceInfo) info;
};

std::string textOf(const Calls& calls, cl_device_id device, cl_device_info what) {
  std::array<char, 256> text{};
  if (calls.info(device, what, text.size() - 1, text.data(), nullptr) != CL_SUCCESS) return {};
  return text.data();
}

std::string placeOf(const Calls& calls, cl_device_id device) {
  cl_device_pci_bus_info_khr bus{};
  if (calls.info(device, CL_DEVICE_PCI_BUS_INFO_KHR, sizeof bus, &bus, nullptr) != CL_SUCCESS) return {};
  return busAddress(bus.pci_domain, bus.pci_bus, bus.pci_device, bus.pci_function);
}

}  // namespace

Report probeOpenCl() {
  const Library library("libOpenCL.so.1");
  if (!library) return {};
  const Calls calls{library.find<decltype(&clGetPlatformIDs)>("clGetPlatformIDs"),
                    library.find<decltype(&clGetDeviceIDs)>("clGetDeviceIDs"),
                    library.find<decltype(&clGetDeviceInfo)>("clGetDeviceInfo")};
  if (calls.platforms == nullptr || calls.devices == nullptr || calls.info == nullptr)
    return {{}, "libOpenCL.so.1 lacks a function"};
  std::array<cl_platform_id, kMost> platforms{};
  cl_uint platformCount = 0;
  if (calls.platforms(kMost, platforms.data(), &platformCount) != CL_SUCCESS) return {};  // no driver is installed
  Report report;
  for (cl_uint i = 0; i < platformCount && i < kMost; ++i) {
    std::array<cl_device_id, kMost> devices{};
    cl_uint deviceCount = 0;
    if (calls.devices(platforms[i], CL_DEVICE_TYPE_ALL, kMost, devices.data(), &deviceCount) != CL_SUCCESS) continue;
    for (cl_uint j = 0; j < deviceCount && j < kMost; ++j) {
      cl_device_type type = 0;
      cl_ulong memory = 0;
      calls.info(devices[j], CL_DEVICE_TYPE, sizeof type, &type, nullptr);
      calls.info(devices[j], CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, nullptr);
      report.devices.push_back({textOf(calls, devices[j], CL_DEVICE_NAME), memory, placeOf(calls, devices[j]),
                                (type & CL_DEVICE_TYPE_CPU) != 0, -1});
    }
  }
  return report;
}

}  // namespace hearth::devices::probe
