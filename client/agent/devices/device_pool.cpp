// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/device_pool.h"

#include <algorithm>

namespace hearth::devices {

struct DevicePool::Loan::State {
  std::vector<Device> devices;
  std::mutex mutex;  // guards taken
  std::vector<bool> taken;
};

DevicePool::DevicePool(std::vector<Device> devices) : m_state(std::make_shared<Loan::State>()) {
  m_state->taken.resize(devices.size());
  m_state->devices = std::move(devices);
}

std::shared_ptr<const DevicePool::Loan> DevicePool::take(std::size_t count, DeviceApi api) {
  const std::lock_guard lock(m_state->mutex);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < m_state->devices.size() && found.size() < count; ++i) {
    const auto& apis = m_state->devices[i].gpu.apis;
    const bool fits = api == DeviceApi::kAny || std::find(apis.begin(), apis.end(), api) != apis.end();
    if (fits && !m_state->taken[i]) found.push_back(i);
  }
  if (found.size() < count) return nullptr;
  const std::shared_ptr<Loan> loan(new Loan());
  for (const std::size_t i : found) {
    m_state->taken[i] = true;
    loan->m_devices.push_back(m_state->devices[i]);
  }
  loan->m_state = m_state;
  loan->m_numbers = std::move(found);
  return loan;
}

std::vector<Gpu> DevicePool::gpus() const {
  std::vector<Gpu> gpus;
  for (const Device& device : m_state->devices) gpus.push_back(device.gpu);
  return gpus;
}

DevicePool::Loan::~Loan() {
  if (!m_state) return;
  const std::lock_guard lock(m_state->mutex);
  for (const std::size_t i : m_numbers) m_state->taken[i] = false;
}

std::vector<std::filesystem::path> DevicePool::Loan::nodes() const {
  std::vector<std::filesystem::path> nodes;
  for (const Device& device : m_devices) nodes.insert(nodes.end(), device.nodes.begin(), device.nodes.end());
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

std::string DevicePool::Loan::inWords() const {
  std::string text;
  for (const Device& device : m_devices) {
    text += (text.empty() ? "" : ",") + (device.place.empty() ? device.gpu.name : device.place);
  }
  return text;
}

}  // namespace hearth::devices
