// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"

/// The lines of the control socket (docs/agent-control.md).
namespace hearth::agent {

inline constexpr std::size_t kControlLineBytes = 4 * limits::kKiB;   ///< a request
inline constexpr std::size_t kControlReplyBytes = 4 * limits::kMiB;  ///< a reply or event
inline constexpr Duration kLongestPause = Duration::days(366);

enum class ControlVerb : std::uint8_t { kRun, kPause, kFinish, kQuit, kStatus, kSubscribe, kPreferences, kSet };

struct ControlRequest {
  std::uint64_t id = 0;  ///< echoed in the reply
  ControlVerb verb = ControlVerb::kStatus;
  std::optional<Duration> period = {};  ///< of a pause
  std::string project = {};             ///< of run, pause and finish: only this one; empty: all
  std::string name = {}, value = {};    ///< of set
  bool operator==(const ControlRequest&) const = default;
};
std::string toJson(const ControlRequest& request);
/// An unknown verb is an error that suggests the nearest one. `id` is set as soon as it could be read.
Result<ControlRequest> parseControlRequest(std::string_view line, std::uint64_t& id);

std::string controlReply(std::uint64_t id);
std::string controlReply(std::uint64_t id, const Error& error);
std::string controlReplyWithState(std::uint64_t id, std::string_view state);
std::string controlReplyWithPreferences(std::uint64_t id, std::string_view preferences);
std::string controlStateEvent(std::string_view state);
std::string controlChangeEvent(std::string_view patch);

/// What a client makes of a reply: the state or the preferences where there are some, or the error.
Result<std::string> parseControlReply(std::string_view line);

}  // namespace hearth::agent
