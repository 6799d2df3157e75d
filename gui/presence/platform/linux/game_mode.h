// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "presence/flag_source.h"
#include "presence/platform/linux/bus.h"

namespace hearth::gui {

/// A game has told Feral's GameMode that it runs: its daemon's count of clients on the session's bus, read again
/// whenever that says it has changed. The daemon is started by games, never by us.
class GameMode : public FlagSource {
  Q_OBJECT

 public:
  GameMode();
  void watch() override;

 private slots:
  void readCount();

 private:
  const BusObject m_daemon;
};

}  // namespace hearth::gui
