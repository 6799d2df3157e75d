// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/requirement_classes.h"

#include <algorithm>

namespace hearth::core {

Offer::Offer(const HostDescription& description, const FreeResources& free)
    : host(&description),
      processors(std::min(description.processors, free.processors)),
      memoryBytes(std::min(description.memoryBytes, free.memoryBytes)),
      diskBytes(std::min(description.diskBytes, free.diskBytes)) {}

bool canRun(const Offer& offer, const Requirements& requirements) {
  return offer.processors >= requirements.processors && offer.memoryBytes >= requirements.memoryBytes &&
         offer.diskBytes >= requirements.diskBytes && offer.host->sandbox != SandboxTier::kNone &&
         offer.host->sandbox >= requirements.sandbox && offer.host->platform == requirements.platform;
}

ClassIndex RequirementClasses::classOf(const Requirements& requirements) {
  const auto next = static_cast<ClassIndex>(m_classes.size());
  const auto [position, isNew] = m_byRequirements.emplace(requirements, next);
  if (!isNew) return position->second;
  m_classes.push_back(requirements);
  m_platforms.emplace(requirements.platform, static_cast<std::uint32_t>(m_platforms.size() + 1));
  state(m_processors, requirements.processors);
  state(m_memory, requirements.memoryBytes);
  state(m_disk, requirements.diskBytes);
  return next;
}

RequirementClasses::Signature RequirementClasses::signatureOf(const Offer& offer) const {
  const auto platform = m_platforms.find(offer.host->platform);
  return {platform == m_platforms.end() ? 0 : platform->second, static_cast<std::uint32_t>(offer.host->sandbox),
          reached(m_processors, offer.processors), reached(m_memory, offer.memoryBytes),
          reached(m_disk, offer.diskBytes)};
}

std::uint32_t RequirementClasses::reached(const std::vector<std::uint64_t>& stated, std::uint64_t value) {
  return static_cast<std::uint32_t>(std::upper_bound(stated.begin(), stated.end(), value) - stated.begin());
}

void RequirementClasses::state(std::vector<std::uint64_t>& stated, std::uint64_t value) {
  const auto position = std::lower_bound(stated.begin(), stated.end(), value);
  if (position == stated.end() || *position != value) stated.insert(position, value);
}

}  // namespace hearth::core
