// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QObject>
#include <QString>
#include <chrono>
#include <optional>

#include "presence/feelers.h"

namespace hearth::gui {

/// Whether the owner is at this computer, as only a program of their session can know: input, full screen, games.
/// Tells edges as they happen and wakes up for nothing else: no timer runs while nothing changes. One for a program; on
/// the thread of its event loop, which it never blocks. Where nobody can say, it says so (`watchesInput()`) and stays
/// active.
class Presence : public QObject {
  Q_OBJECT

 public:
  /// Feels with what this system has.
  explicit Presence(QObject* parent = nullptr) : Presence(systemFeelers(), parent) {}
  explicit Presence(Feelers feelers, QObject* parent = nullptr);

  /// Begins to watch. Before, there are no signals.
  void start();
  /// The owner counts as away after so long without input; 3 minutes until told otherwise. At least a tenth of a
  /// second.
  void setIdleAfter(std::chrono::milliseconds idleAfter);
  std::chrono::milliseconds idleAfter() const { return m_idleAfter; }

  /// Something tells input. While not, isIdle() is false and no idle() comes; what the tray tells the agent of input
  /// would be worth nothing.
  bool watchesInput() const { return m_source != nullptr; }
  /// What does, for people and logs: "mutter", "wayland", "x11", "logind"; empty while nothing does.
  QString watchedBy() const { return m_source != nullptr ? m_source->name() : QString(); }
  bool isIdle() const { return m_lastInput.has_value(); }
  /// Since the last input, whatever was done to the clock meanwhile; zero while the owner is active.
  std::chrono::milliseconds idleFor() const;
  /// When the last input was, by the clock as it is set now; invalid while the owner is active.
  QDateTime idleSince() const;
  bool isFullScreen() const { return m_feelers.fullScreen && m_feelers.fullScreen->set(); }
  bool hasGame() const { return m_feelers.game && m_feelers.game->set(); }

 signals:
  /// There was no input for `idleAfter()`; the last was then.
  void idle(const QDateTime& since);
  /// Input was seen after idle(): now.
  void active();
  void watchesInputChanged(bool watches);
  void fullScreenChanged(bool fullScreen);
  void gameChanged(bool game);

 private:
  void choose();
  void use(InputSource* source);
  void seeIdle(std::chrono::milliseconds lasting);
  void seeActive();

  Feelers m_feelers;
  InputSource* m_source = nullptr;  ///< that is watched; one of the feelers
  std::chrono::milliseconds m_idleAfter = std::chrono::minutes(3);
  std::optional<std::chrono::steady_clock::time_point> m_lastInput;  ///< none while the owner is active
  bool m_started = false;
};

}  // namespace hearth::gui
