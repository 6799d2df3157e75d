// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/requirement_classes.h"

#include <algorithm>

namespace hearth::core {

bool Scope::isHome(GroupId group) const { return group && std::binary_search(groups.begin(), groups.end(), group); }

Offer::Offer(const HostDescription& description, const FreeResources& free, Home place)
    : host(&description),
      processors(std::min(description.processors, free.processors)),
      memoryBytes(std::min(description.memoryBytes, free.memoryBytes)),
      diskBytes(std::min(description.diskBytes, free.diskBytes)),
      home(place) {
  if (free.gpus == 0) return;
  gpus[static_cast<std::size_t>(DeviceApi::kAny)] =
      std::min(free.gpus, static_cast<std::uint32_t>(description.gpus.size()));
  for (const Gpu& gpu : description.gpus) {
    for (const DeviceApi api : gpu.apis) {
      std::uint32_t& count = gpus[static_cast<std::size_t>(api)];
      if (api != DeviceApi::kAny && count < free.gpus) ++count;
    }
  }
}

bool canRun(const Offer& offer, const Requirements& requirements) {
  return offer.processors >= requirements.processors && offer.memoryBytes >= requirements.memoryBytes &&
         offer.diskBytes >= requirements.diskBytes && offer.host->sandbox != SandboxTier::kNone &&
         offer.host->sandbox >= requirements.sandbox && offer.host->runtimes.has(requirements.runtime) &&
         offer.gpus[static_cast<std::size_t>(requirements.gpuApi)] >= requirements.gpus &&
         (requirements.platform == kAnyPlatform || offer.host->platform == requirements.platform);
}

bool RequirementClasses::fits(const Offer& offer, ClassIndex index) const {
  const Class& wanted = m_classes[index];
  const bool mayBe = offer.homeOnly ? wanted.scope.isHome(offer.home.group) : wanted.scope.has(offer.home);
  return mayBe && canRun(offer, wanted.requirements);
}

ClassIndex RequirementClasses::classOf(const Requirements& requirements, const Scope& scope) {
  const auto next = static_cast<ClassIndex>(m_classes.size());
  const auto [position, isNew] = m_indices.emplace(Class{requirements, scope}, next);
  if (!isNew) return position->second;
  m_classes.push_back(position->first);
  for (const GroupId group : scope.groups) m_groups.emplace(group, static_cast<std::uint32_t>(m_groups.size() + 1));
  m_platforms.emplace(requirements.platform, static_cast<std::uint32_t>(m_platforms.size() + 1));
  state(m_processors, requirements.processors);
  state(m_memory, requirements.memoryBytes);
  state(m_disk, requirements.diskBytes);
  state(m_gpus[static_cast<std::size_t>(requirements.gpuApi)], requirements.gpus);
  return next;
}

RequirementClasses::Signature RequirementClasses::signatureOf(const Offer& offer) const {
  const auto platform = m_platforms.find(offer.host->platform);
  const auto group = m_groups.find(offer.home.group);
  Signature signature{platform == m_platforms.end() ? 0 : platform->second,
                      static_cast<std::uint32_t>(offer.host->sandbox),
                      offer.host->runtimes.bits,
                      reached(m_processors, offer.processors),
                      reached(m_memory, offer.memoryBytes),
                      reached(m_disk, offer.diskBytes),
                      group == m_groups.end() ? 0 : group->second,
                      (offer.home.open ? 1U : 0U) | (offer.homeOnly ? 2U : 0U)};
  for (std::size_t api = 0; api < kDeviceApis; ++api) {
    signature[signature.size() - kDeviceApis + api] = reached(m_gpus[api], offer.gpus[api]);
  }
  return signature;
}

std::uint32_t RequirementClasses::reached(const std::vector<std::uint64_t>& stated, std::uint64_t value) {
  return static_cast<std::uint32_t>(std::upper_bound(stated.begin(), stated.end(), value) - stated.begin());
}

void RequirementClasses::state(std::vector<std::uint64_t>& stated, std::uint64_t value) {
  const auto position = std::lower_bound(stated.begin(), stated.end(), value);
  if (position == stated.end() || *position != value) stated.insert(position, value);
}

}  // namespace hearth::core
