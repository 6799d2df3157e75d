// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::devices::probe {

/// What one loader says of one device.
struct Seen {
  std::string name;
  std::uint64_t memoryBytes = 0;
  std::string place;       ///< its address on the bus, "0000:01:00.0"; empty: not told
  bool processor = false;  ///< it is this machine's processor, driven as a device
  int minor = -1;          ///< of NVIDIA's node
};

/// What there is, or why nothing is: a library that is absent is no error, and leaves `problem` empty.
struct Report {
  std::vector<Seen> devices;
  std::string problem;
};

Report probeOpenCl();
Report probeVulkan();
Report probeNvidia();

/// "0000:01:00.0"
std::string busAddress(unsigned domain, unsigned bus, unsigned device, unsigned function);

/// A library of this name, kept open to the end of the process; its functions by name.
class Library {
 public:
  explicit Library(const char* name);
  explicit operator bool() const { return m_handle != nullptr; }
  template <typename Function>
  Function find(const char* name) const {
    return reinterpret_cast<Function>(address(name));
  }

 private:
  void* address(const char* name) const;
  void* m_handle;
};

}  // namespace hearth::devices::probe
