// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/message_log.h"

#include <algorithm>
#include <utility>

namespace hearth::agent {

void MessageLog::add(Instant at, Direction direction, std::string path, const std::string& text) {
  Message message{at, direction, std::move(path), text.substr(0, kTextBytes)};
  if (text.size() > kTextBytes) message.text += " ... and " + std::to_string(text.size() - kTextBytes) + " bytes more";
  const std::lock_guard lock(m_mutex);
  auto& messages = m_messages[static_cast<std::size_t>(direction)];
  messages.push_front(std::move(message));
  if (messages.size() > kKept) messages.pop_back();
}

std::vector<MessageLog::Message> MessageLog::last() const {
  std::vector<Message> all;
  {
    const std::lock_guard lock(m_mutex);
    for (const auto& messages : m_messages) all.insert(all.end(), messages.begin(), messages.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const Message& a, const Message& b) { return a.at > b.at; });
  return all;
}

}  // namespace hearth::agent
