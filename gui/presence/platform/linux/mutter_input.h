// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "presence/input_source.h"
#include "presence/platform/linux/bus.h"

namespace hearth::gui {

/// Input as GNOME's compositor knows it: org.gnome.Mutter.IdleMonitor on the session's bus, whose watches tell both
/// edges. A compositor that comes back after a crash is watched again.
class MutterInput : public InputSource {
  Q_OBJECT

 public:
  MutterInput();

  QString name() const override { return QStringLiteral("mutter"); }
  void probe() override;
  void watch(std::chrono::milliseconds idleAfter) override;
  void rest() override;

 private slots:
  void fired(uint watch);

 private:
  void askIdleTime(std::function<void(std::chrono::milliseconds)> then);
  void add(const QString& method, const QVariantList& arguments, uint& watch);
  void remove(uint& watch);
  void awaitInput();

  const BusObject m_monitor;
  std::chrono::milliseconds m_idleAfter{};
  uint m_turn = 0;        ///< counts watch() and rest(): answers to earlier ones are dropped
  uint m_idleWatch = 0;   ///< goes off each time
  uint m_inputWatch = 0;  ///< goes off once
};

}  // namespace hearth::gui
