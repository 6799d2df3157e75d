// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

struct HWINEVENTHOOK__;

namespace hearth::gui {

/// Told whenever another window comes to the front. Needs the message loop of its thread. One at a time in a program.
class ForegroundHook {
 public:
  explicit ForegroundHook(std::function<void()> changed);
  ~ForegroundHook();
  ForegroundHook(const ForegroundHook&) = delete;
  ForegroundHook& operator=(const ForegroundHook&) = delete;

  /// What is in front has the screen to itself: a program that says so, a presentation, or Direct3D.
  static bool fillsScreen();
  /// It has it by Direct3D, as games do.
  static bool isGame();

 private:
  HWINEVENTHOOK__* m_hook = nullptr;
};

}  // namespace hearth::gui
