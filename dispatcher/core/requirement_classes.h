// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/host.h"
#include "model/requirements.h"

namespace hearth::core {

/// Index of a requirement class; classes are never removed.
using ClassIndex = std::uint32_t;

/// Where a host is: in a group, or among the public ones; `open` to everybody's batches or to members' alone.
struct Home {
  GroupId group = {};
  bool open = true;
};

/// On which hosts a batch may run, whatever they have.
struct Scope {
  bool anywhere = true;              ///< on those that are open to everybody
  std::vector<GroupId> groups = {};  ///< in these as its own, sorted
  auto operator<=>(const Scope&) const = default;

  bool isHome(GroupId group) const;
  bool has(const Home& home) const { return (anywhere && home.open) || isHome(home.group); }
};

/// What a host offers a task at this moment: what it is, less what is taken of it.
struct Offer {
  const HostDescription* host = nullptr;
  std::uint32_t processors = 0;
  std::uint64_t memoryBytes = 0;
  std::uint64_t diskBytes = 0;
  std::array<std::uint32_t, kDeviceApis> gpus{};  ///< that speak each API
  Home home;
  bool homeOnly = false;  ///< to batches that have the host's group as their own

  Offer(const HostDescription& host, const FreeResources& free, Home home = {});
};

/// Whether one more task with these requirements can run on it now.
bool canRun(const Offer& offer, const Requirements& requirements);

/// All requirements that batches of this project state, with where they may run, each once. Owned by the Dispatcher.
class RequirementClasses {
 public:
  ClassIndex classOf(const Requirements& requirements, const Scope& scope = {});
  /// Whether one more task of the class can run on it now.
  bool fits(const Offer& offer, ClassIndex index) const;
  const Scope& scopeOf(ClassIndex index) const { return m_classes[index].scope; }
  /// Whether there is a class that has this group as its own.
  bool isHome(GroupId group) const { return m_groups.contains(group); }
  std::size_t size() const { return m_classes.size(); }

  /// Names all offers that can run the same classes: how many of the stated values each of its sides reaches. Two
  /// offers with one signature are alike for every class there is; a new class may change signatures.
  using Signature = std::array<std::uint32_t, 8 + kDeviceApis>;
  Signature signatureOf(const Offer& offer) const;

 private:
  static std::uint32_t reached(const std::vector<std::uint64_t>& stated, std::uint64_t value);
  static void state(std::vector<std::uint64_t>& stated, std::uint64_t value);

  struct Class {
    Requirements requirements;
    Scope scope;
    auto operator<=>(const Class&) const = default;
  };
  std::vector<Class> m_classes;
  std::map<Class, ClassIndex> m_indices;
  std::map<GroupId, std::uint32_t> m_groups;  ///< that classes have as their own
  std::map<std::string, std::uint32_t> m_platforms;
  std::vector<std::uint64_t> m_processors, m_memory, m_disk;  ///< stated values, ascending
  std::array<std::vector<std::uint64_t>, kDeviceApis> m_gpus;
};

}  // namespace hearth::core
