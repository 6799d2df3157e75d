// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/ids.h"
#include "model/host.h"
#include "model/requirements.h"

namespace hearth::core {

/// Index of a requirement class; classes are never removed.
using ClassIndex = std::uint32_t;

/// Whether a host of this description could ever run a task with these requirements.
bool canRun(const HostDescription& host, const Requirements& requirements);
/// Whether what is free on it now is enough for one more such task.
bool fits(const FreeResources& free, const Requirements& requirements);

/// The order in which batches are served: higher priority first, then older first.
struct ServiceRank {
  std::int32_t priority = 0;
  BatchId batch;
  std::strong_ordering operator<=>(const ServiceRank& other) const;
  bool operator==(const ServiceRank&) const = default;
};

/// Batches with something to hand out, by what they require: a request looks at the tops of its host's eligible classes
/// only, however many batches there are. Owned by the Dispatcher.
class RequirementClasses {
 public:
  /// The classes that a host could ever serve; brought up to date when it asks, since classes only grow.
  struct Eligibility {
    std::vector<ClassIndex> classes;
    ClassIndex seen = 0;  ///< classes below it were looked at
  };

  ClassIndex classOf(const Requirements& requirements);
  void insert(ClassIndex index, ServiceRank rank) { m_classes[index].ready.insert(rank); }
  void erase(ClassIndex index, ServiceRank rank) { m_classes[index].ready.erase(rank); }
  void refresh(Eligibility& eligibility, const HostDescription& host) const;

  /// The first batch at or after `from` in service order among the eligible classes that fit.
  std::optional<ServiceRank> next(const Eligibility& eligibility, const FreeResources& free,
                                  const std::optional<ServiceRank>& after) const;
  std::size_t size() const { return m_classes.size(); }

 private:
  struct Class {
    Requirements requirements;
    std::set<ServiceRank> ready;
  };
  std::vector<Class> m_classes;
  std::map<Requirements, ClassIndex> m_byRequirements;
};

}  // namespace hearth::core
