// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::cli {

/// Takes a text/event-stream apart as it arrives. Plain value; bounded: an event over 1 MiB is an error.
class EventParser {
 public:
  using OnEvent = std::function<bool(std::string_view event, std::string_view data)>;

  explicit EventParser(OnEvent onEvent) : m_onEvent(std::move(onEvent)) {}

  /// False once onEvent has had enough.
  Result<bool> feed(std::string_view bytes);

 private:
  bool line(std::string_view text);

  OnEvent m_onEvent;
  std::string m_pending;
  std::string m_event;
  std::string m_data;
  bool m_hasData = false;
  bool m_isOver = false;
};

}  // namespace hearth::cli
