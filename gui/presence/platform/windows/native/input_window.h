// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <utility>

struct HWND__;

namespace hearth::gui {

/// A window that nobody sees and that is told of raw input, to whomever it goes, while it is wanted. Needs the message
/// loop of its thread, as Qt's is; of no use to a service. One thread.
class InputWindow {
 public:
  explicit InputWindow(std::function<void()> input) : m_input(std::move(input)) {}
  ~InputWindow();
  InputWindow(const InputWindow&) = delete;
  InputWindow& operator=(const InputWindow&) = delete;

  /// False: Windows would not have it.
  bool open();
  /// Whether `input` is called, at each key, movement and touch.
  bool listen(bool wanted);
  /// Since the last input in this session.
  static std::chrono::milliseconds idleTime();

 private:
  struct Procedure;
  const std::function<void()> m_input;
  HWND__* m_window = nullptr;
};

}  // namespace hearth::gui
