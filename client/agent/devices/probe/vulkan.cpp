// SPDX-License-Identifier: GPL-3.0-or-later
#define VK_NO_PROTOTYPES
#include <algorithm>
#include <cstring>
#include <vector>

#include <vulkan/vulkan.h>

#include "probe.h"

namespace hearth::devices::probe {
namespace {

constexpr std::uint32_t kMost = 64;

/// Finds functions of the loader, and of an instance once there is one.
class Loader {
 public:
  explicit Loader(const Library& library) : m_find(library.find<PFN_vkGetInstanceProcAddr>("vkGetInstanceProcAddr")) {}
  explicit operator bool() const { return m_find != nullptr; }
  template <typename Function>
  Function find(VkInstance instance, const char* name) const {
    return reinterpret_cast<Function>(m_find(instance, name));
  }

 private:
  PFN_vkGetInstanceProcAddr m_find;
};

bool knowsBus(const Loader& loader, VkInstance instance, VkPhysicalDevice device) {
  const auto list =
      loader.find<PFN_vkEnumerateDeviceExtensionProperties>(instance, "vkEnumerateDeviceExtensionProperties");
  std::uint32_t count = 0;
  if (list(device, nullptr, &count, nullptr) != VK_SUCCESS || count > 10'000) return false;
  std::vector<VkExtensionProperties> extensions(count);
  if (list(device, nullptr, &count, extensions.data()) < VK_SUCCESS) return false;
  return std::any_of(extensions.begin(), extensions.end(), [](const VkExtensionProperties& each) {
    return std::strcmp(each.extensionName, VK_EXT_PCI_BUS_INFO_EXTENSION_NAME) == 0;
  });
}

Seen look(const Loader& loader, VkInstance instance, VkPhysicalDevice device) {
  VkPhysicalDevicePCIBusInfoPropertiesEXT bus{};
  bus.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PCI_BUS_INFO_PROPERTIES_EXT;
  VkPhysicalDeviceProperties2 facts{};
  facts.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  const bool hasBus = knowsBus(loader, instance, device);
  if (hasBus) facts.pNext = &bus;
  loader.find<PFN_vkGetPhysicalDeviceProperties2>(instance, "vkGetPhysicalDeviceProperties2")(device, &facts);
  VkPhysicalDeviceMemoryProperties memory{};
  loader.find<PFN_vkGetPhysicalDeviceMemoryProperties>(instance, "vkGetPhysicalDeviceMemoryProperties")(device,
                                                                                                        &memory);
  Seen seen;
  seen.name = facts.properties.deviceName;
  seen.processor = facts.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
  if (hasBus) seen.place = busAddress(bus.pciDomain, bus.pciBus, bus.pciDevice, bus.pciFunction);
  for (std::uint32_t i = 0; i < memory.memoryHeapCount && i < VK_MAX_MEMORY_HEAPS; ++i) {
    if ((memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0)
      seen.memoryBytes = std::max<std::uint64_t>(seen.memoryBytes, memory.memoryHeaps[i].size);
  }
  return seen;
}

}  // namespace

Report probeVulkan() {
  const Library library("libvulkan.so.1");
  if (!library) return {};
  const Loader loader(library);
  if (!loader) return {{}, "libvulkan.so.1 lacks a function"};
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.apiVersion = VK_API_VERSION_1_1;
  VkInstanceCreateInfo wanted{};
  wanted.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  wanted.pApplicationInfo = &application;
  VkInstance instance = nullptr;
  const auto create = loader.find<PFN_vkCreateInstance>(nullptr, "vkCreateInstance");
  if (create == nullptr || create(&wanted, nullptr, &instance) != VK_SUCCESS) return {};  // no driver is installed
  std::vector<VkPhysicalDevice> devices(kMost);
  std::uint32_t count = kMost;
  loader.find<PFN_vkEnumeratePhysicalDevices>(instance, "vkEnumeratePhysicalDevices")(instance, &count, devices.data());
  Report report;
  for (std::uint32_t i = 0; i < count && i < kMost; ++i) report.devices.push_back(look(loader, instance, devices[i]));
  loader.find<PFN_vkDestroyInstance>(instance, "vkDestroyInstance")(instance, nullptr);
  return report;
}

}  // namespace hearth::devices::probe
