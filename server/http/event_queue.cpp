// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/event_queue.h"

#include <algorithm>

namespace hearth::server {

std::string eventText(std::string_view event, std::string_view data) {
  std::string text;
  text.reserve(event.size() + data.size() + 32);
  if (!event.empty()) {
    text += "event: ";
    std::copy_if(event.begin(), event.end(), std::back_inserter(text), [](char c) { return c != '\r' && c != '\n'; });
    text += '\n';
  }
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    text += "data: ";
    text += data.substr(0, end);
    text += '\n';
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  text += '\n';
  return text;
}

bool EventQueue::push(std::string_view event, std::string_view data) {
  const std::string text = eventText(event, data);
  bool wake = false;
  bool accepted = false;
  {
    const std::lock_guard lock(m_mutex);
    if (m_state != State::kOpen) return false;
    accepted = m_text.size() + text.size() <= kEventQueueBytes;
    wake = m_text.empty() || !accepted;
    if (accepted) {
      m_text += text;
    } else {
      m_state = State::kOverflowed;
    }
  }
  if (wake) m_wake();
  return accepted;
}

void EventQueue::close() {
  {
    const std::lock_guard lock(m_mutex);
    if (m_state != State::kOpen) return;
    m_state = State::kEnded;
  }
  m_wake();
}

EventQueue::State EventQueue::take(std::string& out) {
  const std::lock_guard lock(m_mutex);
  out.swap(m_text);
  m_text.clear();
  return m_state;
}

bool EventQueue::hasOverflowed() {
  const std::lock_guard lock(m_mutex);
  return m_state == State::kOverflowed;
}

void EventQueue::disconnect() {
  const std::lock_guard lock(m_mutex);
  if (m_state == State::kOpen) m_state = State::kEnded;
  m_text.clear();
}

}  // namespace hearth::server
