// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <chrono>

namespace hearth::gui {

/// Something of the desktop that knows when its owner last used keyboard, mouse or touch screen. It finds out by itself
/// whether it can say anything here, and tells so whenever that changes. Owned by a Presence, on whose thread it lives;
/// never blocks for longer than a local display or bus takes to answer, and fails by not being usable.
class InputSource : public QObject {
  Q_OBJECT

 public:
  enum class Precision {
    kHint,    ///< tells late, by what the desktop set once it had been idle for a while
    kAtOnce,  ///< tells the first key as it is pressed
  };

  explicit InputSource(Precision precision);

  virtual QString name() const = 0;
  Precision precision() const { return m_precision; }
  bool usable() const { return m_usable; }

  /// Starts to find out; what it finds comes as usableChanged(), perhaps from inside this call.
  virtual void probe() = 0;
  /// From now on tells idle() and active(), and first where it stands. Again: with another time.
  virtual void watch(std::chrono::milliseconds idleAfter) = 0;
  /// Tells nothing until watched again.
  virtual void rest() = 0;

 signals:
  void usableChanged();
  /// There was no input for so long; not told again before active().
  void idle(std::chrono::milliseconds lasting);
  void active();

 protected:
  void setUsable(bool usable);

 private:
  const Precision m_precision;
  bool m_usable = false;
};

}  // namespace hearth::gui
