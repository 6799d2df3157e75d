// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/journal/journal.h"
#include "agent/transfer/message_log.h"
#include "base/result.h"

namespace hearth::agent {

struct ShownMessage {
  std::string project;
  MessageLog::Message message;
};

/// The reply to `messages` (docs/agent-control.md): the newest first.
std::string messagesJson(std::vector<ShownMessage> messages);
/// The same member as text for a terminal.
Result<std::string> messagesText(std::string_view reply);

/// The reply to `history`: the days of all projects added up, the last `days` of them, in their order.
std::string historyJson(std::vector<HistoryDay> all, std::uint32_t days);
Result<std::string> historyText(std::string_view reply);

}  // namespace hearth::agent
