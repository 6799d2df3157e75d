// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "devices/device.h"

namespace hearth::devices {

/// Lends devices to tasks, each to one at a time. Thread-safe.
class DevicePool {
 public:
  explicit DevicePool(std::vector<Device> devices);

  /// Devices in a task's hands; they are back when this is destroyed. May outlive the pool.
  class Loan {
   public:
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    const std::vector<Device>& devices() const { return m_devices; }
    /// All their nodes, each once.
    std::vector<std::filesystem::path> nodes() const;
    /// HEARTH_DEVICES: place or name of each, with commas between them.
    std::string inWords() const;

   private:
    friend class DevicePool;
    struct State;
    std::shared_ptr<State> m_state;
    std::vector<std::size_t> m_numbers;
    std::vector<Device> m_devices;
    Loan() = default;
  };

  /// Null where not so many that speak `api` are free.
  std::shared_ptr<const Loan> take(std::size_t count, DeviceApi api);
  std::vector<Gpu> gpus() const;

 private:
  std::shared_ptr<Loan::State> m_state;
};

}  // namespace hearth::devices
