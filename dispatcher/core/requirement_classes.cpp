// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/requirement_classes.h"

namespace hearth::core {

bool canRun(const HostDescription& host, const Requirements& requirements) {
  return host.platform == requirements.platform && host.sandbox != SandboxTier::kNone &&
         host.sandbox >= requirements.sandbox && host.processors >= requirements.processors &&
         host.memoryBytes >= requirements.memoryBytes && host.diskBytes >= requirements.diskBytes;
}

bool fits(const FreeResources& free, const Requirements& requirements) {
  return free.processors >= requirements.processors && free.memoryBytes >= requirements.memoryBytes &&
         free.diskBytes >= requirements.diskBytes;
}

std::strong_ordering ServiceRank::operator<=>(const ServiceRank& other) const {
  if (priority != other.priority) return other.priority <=> priority;
  return batch <=> other.batch;
}

ClassIndex RequirementClasses::classOf(const Requirements& requirements) {
  const auto next = static_cast<ClassIndex>(m_classes.size());
  const auto [position, isNew] = m_byRequirements.emplace(requirements, next);
  if (isNew) m_classes.push_back({requirements, {}});
  return position->second;
}

void RequirementClasses::refresh(Eligibility& eligibility, const HostDescription& host) const {
  for (; eligibility.seen < m_classes.size(); ++eligibility.seen) {
    if (canRun(host, m_classes[eligibility.seen].requirements)) eligibility.classes.push_back(eligibility.seen);
  }
}

std::optional<ServiceRank> RequirementClasses::next(const Eligibility& eligibility, const FreeResources& free,
                                                    const std::optional<ServiceRank>& after) const {
  std::optional<ServiceRank> best;
  for (const ClassIndex index : eligibility.classes) {
    const Class& candidate = m_classes[index];
    const auto first = after ? candidate.ready.upper_bound(*after) : candidate.ready.begin();
    if (first == candidate.ready.end() || !fits(free, candidate.requirements)) continue;
    if (!best || *first < *best) best = *first;
  }
  return best;
}

}  // namespace hearth::core
