// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent_core/presence.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"

/// The lines of the control socket (docs/agent-control.md).
namespace hearth::agent {

inline constexpr std::size_t kControlLineBytes = 4 * limits::kKiB;   ///< a request
inline constexpr std::size_t kControlReplyBytes = 4 * limits::kMiB;  ///< a reply or event
inline constexpr Duration kLongestPause = Duration::days(366);

/// Versions of this protocol that this build speaks. A client that says no `hello` speaks the lowest.
inline constexpr std::uint32_t kControlLowest = 1;
inline constexpr std::uint32_t kControlHighest = 2;

enum class ControlVerb : std::uint8_t {
  kRun,
  kPause,
  kFinish,
  kQuit,
  kStatus,
  kSubscribe,
  kPreferences,
  kSet,
  kReset,
  kHello,
  kPresence,
  kOffers,
  kInspect,
  kJoin,
  kLeave,
  kMessages,
  kHistory,
};

struct ControlRequest {
  std::uint64_t id = 0;  ///< echoed in the reply
  ControlVerb verb = ControlVerb::kStatus;
  std::optional<Duration> period = {};  ///< of a pause
  std::string project = {};             ///< of run, pause and finish: only this one; empty: all. Of leave and messages
  std::string name = {}, value = {};    ///< of set and reset; the name that join gives this host
  std::vector<std::pair<std::string, std::string>> values = {};  ///< of set: more of them, all or none
  std::uint32_t lowest = 0, highest = 0;                         ///< of hello: the versions that the client speaks
  std::optional<Presence> presence = {};
  std::string link = {};    ///< of inspect and join
  std::uint32_t days = 30;  ///< of history
  bool operator==(const ControlRequest&) const = default;
};
std::string toJson(const ControlRequest& request);
/// An unknown verb is an error that suggests the nearest one. `id` is set as soon as it could be read.
Result<ControlRequest> parseControlRequest(std::string_view line, std::uint64_t& id);

/// The version to speak, or an error that says which side is older and what to do.
Result<std::uint32_t> commonControlVersion(std::uint32_t lowest, std::uint32_t highest);

/// `members` is the text of an object whose members join the reply.
std::string controlReply(std::uint64_t id, std::string_view members = "{}");
/// `code` is what kind of failure it is where the protocol has a word of its own; empty: the error's.
std::string controlReply(std::uint64_t id, const Error& error, std::string_view code = {});
std::string controlStateEvent(std::string_view state);
std::string controlChangeEvent(std::string_view patch);
/// The agent ends, or is being replaced by another version of it.
std::string controlEndEvent();

/// What a client makes of a reply: its member of that name (as JSON; empty: it has none), or the error.
Result<std::string> parseControlReply(std::string_view line, std::string_view member);

}  // namespace hearth::agent
