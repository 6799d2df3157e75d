// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/event_parser.h"

#include "base/limits.h"

namespace hearth::cli {

Result<bool> EventParser::feed(std::string_view bytes) {
  m_pending.append(bytes);
  std::size_t begin = 0;
  while (!m_isOver) {
    const std::size_t end = m_pending.find('\n', begin);
    if (end == std::string::npos) break;
    std::string_view text(m_pending.data() + begin, end - begin);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    m_isOver = !line(text);
    begin = end + 1;
  }
  m_pending.erase(0, begin);
  if (m_pending.size() + m_data.size() > limits::kMiB) {
    return fail(ErrorCode::kTooLarge, "the server sent an event of more than 1 MiB");
  }
  return !m_isOver;
}

bool EventParser::line(std::string_view text) {
  if (text.empty()) {
    const bool goesOn = !m_hasData || m_onEvent(m_event.empty() ? "message" : std::string_view(m_event), m_data);
    m_event.clear();
    m_data.clear();
    m_hasData = false;
    return goesOn;
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view field = text.substr(0, colon);
  std::string_view value = text.substr(std::min(colon + 1, text.size()));
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (field == "event") m_event = value;
  if (field == "data") {
    if (m_hasData) m_data.push_back('\n');
    m_data.append(value);
    m_hasData = true;
  }
  return true;
}

}  // namespace hearth::cli
