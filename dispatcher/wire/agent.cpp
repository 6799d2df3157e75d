// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/agent.h"

#include <algorithm>

#include "model/names.h"

namespace hearth::wire {
namespace {

constexpr names::Table<AckVerdict, 4> kVerdictNames{{{AckVerdict::kAccepted, "accepted"},
                                                     {AckVerdict::kNotWanted, "not-wanted"},
                                                     {AckVerdict::kRefused, "refused"},
                                                     {AckVerdict::kBlobsMissing, "blobs-missing"}}};

std::string rangeText(std::uint32_t lowest, std::uint32_t highest) {
  if (lowest == highest) return "version " + std::to_string(lowest);
  return "versions " + std::to_string(lowest) + " to " + std::to_string(highest);
}

}  // namespace

const char* name(AckVerdict verdict) noexcept { return names::of(kVerdictNames, verdict); }
Result<AckVerdict> parseAckVerdict(std::string_view text) { return names::parse(kVerdictNames, text, "verdict"); }

Result<std::uint32_t> commonVersion(const ProtocolRange& agent) {
  if (agent.lowest > agent.highest) {
    return fail(ErrorCode::kInvalid, "the agent's range of protocol versions is empty", "State lowest before highest.");
  }
  if (agent.highest >= kProtocolLowest && agent.lowest <= kProtocolHighest)
    return std::min(agent.highest, kProtocolHighest);
  const std::string both = "the agent speaks protocol " + rangeText(agent.lowest, agent.highest) +
                           ", the server speaks " + rangeText(kProtocolLowest, kProtocolHighest);
  if (agent.highest < kProtocolLowest) {
    return fail(ErrorCode::kUnsupported, "this agent is too old: " + both,
                "Upgrade hearth-agent on this machine; its finished results are kept until then.");
  }
  return fail(ErrorCode::kUnsupported, "this server is too old for the agent: " + both,
              "Ask the project's administrators to upgrade hearthd, or install an older hearth-agent.");
}

}  // namespace hearth::wire
