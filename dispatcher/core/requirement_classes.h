// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/host.h"
#include "model/requirements.h"

namespace hearth::core {

/// Index of a requirement class; classes are never removed.
using ClassIndex = std::uint32_t;

/// What a host offers a task at this moment: what it is, less what is taken of it.
struct Offer {
  const HostDescription* host = nullptr;
  std::uint32_t processors = 0;
  std::uint64_t memoryBytes = 0;
  std::uint64_t diskBytes = 0;
  std::array<std::uint32_t, kDeviceApis> gpus{};  ///< that speak each API

  Offer(const HostDescription& host, const FreeResources& free);
};

/// Whether one more task with these requirements can run on it now.
bool canRun(const Offer& offer, const Requirements& requirements);

/// All requirements that batches of this project state, each once. Owned by the Dispatcher.
class RequirementClasses {
 public:
  ClassIndex classOf(const Requirements& requirements);
  const Requirements& requirementsOf(ClassIndex index) const { return m_classes[index]; }
  std::size_t size() const { return m_classes.size(); }

  /// Names all offers that can run the same classes: how many of the stated values each of its sides reaches. Two
  /// offers with one signature are alike for every class there is; a new class may change signatures.
  using Signature = std::array<std::uint32_t, 6 + kDeviceApis>;
  Signature signatureOf(const Offer& offer) const;

 private:
  static std::uint32_t reached(const std::vector<std::uint64_t>& stated, std::uint64_t value);
  static void state(std::vector<std::uint64_t>& stated, std::uint64_t value);

  std::vector<Requirements> m_classes;
  std::map<Requirements, ClassIndex> m_byRequirements;
  std::map<std::string, std::uint32_t> m_platforms;
  std::vector<std::uint64_t> m_processors, m_memory, m_disk;  ///< stated values, ascending
  std::array<std::vector<std::uint64_t>, kDeviceApis> m_gpus;
};

}  // namespace hearth::core
