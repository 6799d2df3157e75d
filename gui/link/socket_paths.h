// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcessEnvironment>
#include <QStringList>

namespace hearth::gui {

/// Where an agent's control socket may be, the likeliest first (docs/agent-control.md): what was named, else
/// $HEARTH_AGENT_SOCKET, else the service's, the one of an agent that somebody runs for themselves, and the service's folder.
QStringList controlSockets(const QString& named, const QProcessEnvironment& environment);

}  // namespace hearth::gui
