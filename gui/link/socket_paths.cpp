// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/socket_paths.h"

namespace hearth::gui {

QStringList controlSockets(const QString& named, const QProcessEnvironment& environment) {
  if (!named.isEmpty()) return {named};
  if (const QString told = environment.value("HEARTH_AGENT_SOCKET"); !told.isEmpty()) return {told};
  QString state = environment.value("XDG_STATE_HOME");
  if (state.isEmpty()) state = environment.value("HOME") + "/.local/state";
  return {"/run/hearth-agent/control.sock", state + "/hearth-agent/control.sock", "/var/lib/hearth-agent/control.sock"};
}

}  // namespace hearth::gui
