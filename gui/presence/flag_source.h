// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace hearth::gui {

/// One thing of the desktop that is so or not: a program fills the screen, a game runs. False where nobody can say.
/// Owned by a Presence, on whose thread it lives.
class FlagSource : public QObject {
  Q_OBJECT

 public:
  /// Starts to look; what it sees comes as changed(), perhaps from inside this call.
  virtual void watch() = 0;
  bool set() const { return m_set; }

 signals:
  void changed();

 protected:
  void put(bool set);

 private:
  bool m_set = false;
};

}  // namespace hearth::gui
