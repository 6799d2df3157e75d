// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/feelers.h"

#include <QTimer>
#include <memory>
#include <utility>

#include "presence/platform/windows/native/foreground_hook.h"
#include "presence/platform/windows/native/input_window.h"

namespace hearth::gui {
namespace {

/// While the owner is active one timer waits for the time when they would be idle; while they are idle, raw input says
/// when they are back.
class WindowsInput : public InputSource {
 public:
  WindowsInput() : InputSource(Precision::kAtOnce), m_window([this] { seeInput(); }) {
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { look(); });
  }

  QString name() const override { return QStringLiteral("windows"); }
  void probe() override { setUsable(m_window.open()); }
  void watch(std::chrono::milliseconds idleAfter) override {
    m_idleAfter = idleAfter;
    look();
  }
  void rest() override {
    m_timer.stop();
    m_window.listen(false);
  }

 private:
  void look() {
    const auto lasting = InputWindow::idleTime();
    if (lasting < m_idleAfter) {
      m_window.listen(false);
      m_timer.start(m_idleAfter - lasting);
      emit active();
    } else {
      m_window.listen(true);
      emit idle(lasting);
    }
  }
  void seeInput() {
    m_window.listen(false);
    m_timer.start(m_idleAfter);
    emit active();
  }

  InputWindow m_window;
  QTimer m_timer;
  std::chrono::milliseconds m_idleAfter{};
};

/// Looked at when another window comes to the front, and once more when it has had the time to fill the screen.
class WindowsFlag : public FlagSource {
 public:
  explicit WindowsFlag(bool (*look)()) : m_look(look) {
    m_timer.setSingleShot(true);
    m_timer.setInterval(std::chrono::seconds(2));
    connect(&m_timer, &QTimer::timeout, this, [this] { put(m_look()); });
  }
  void watch() override { see(); }
  void see() {
    put(m_look());
    m_timer.start();
  }

 private:
  bool (*const m_look)();
  QTimer m_timer;
};

/// Its hook tells the flag of games, too.
class WindowsScreen : public WindowsFlag {
 public:
  explicit WindowsScreen(WindowsFlag& game)
      : WindowsFlag(ForegroundHook::fillsScreen), m_hook([this, &game] {
          see();
          game.see();
        }) {}

 private:
  ForegroundHook m_hook;
};

}  // namespace

Feelers systemFeelers() {
  auto game = std::make_unique<WindowsFlag>(ForegroundHook::isGame);
  Feelers feelers;
  feelers.input.push_back(std::make_unique<WindowsInput>());
  feelers.fullScreen = std::make_unique<WindowsScreen>(*game);
  feelers.game = std::move(game);
  return feelers;
}

}  // namespace hearth::gui
