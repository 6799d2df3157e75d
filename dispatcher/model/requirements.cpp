// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/requirements.h"

#include "model/names.h"

namespace hearth {
namespace {

constexpr names::Table<SandboxTier, 4> kTierNames{{{SandboxTier::kNone, "none"},
                                                   {SandboxTier::kProcess, "process"},
                                                   {SandboxTier::kNamespaces, "namespaces"},
                                                   {SandboxTier::kCgroup, "cgroup"}}};

}  // namespace

const char* sandboxTierName(SandboxTier tier) noexcept { return names::of(kTierNames, tier); }
Result<SandboxTier> parseSandboxTier(std::string_view name) { return names::parse(kTierNames, name, "sandbox tier"); }

}  // namespace hearth
