// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "link/agent_link.h"
#include "presence/presence.h"

namespace hearth::gui {

class AgentDesk;

/// Tells the agent what this session knows of its owner: input at once, being away, full screen and games. Tells all of
/// it again to an agent that was reached anew. Owned by main().
class PresenceTeller : public QObject {
  Q_OBJECT

 public:
  PresenceTeller(AgentDesk& desk, Presence& presence, QObject* parent = nullptr);

 private:
  void tell();
  void useIdleAfter();

  AgentDesk& m_desk;
  Presence& m_presence;
};

}  // namespace hearth::gui
