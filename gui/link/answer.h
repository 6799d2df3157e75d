// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QString>

namespace hearth::gui {

/// What the agent said to one request. A plain value. Where it could not be asked, or did not answer in time, the code
/// is "unavailable" and the message says so in words for people.
struct Answer {
  bool ok = false;
  QString code, message, hint;  ///< of an error
  QJsonObject body;             ///< the whole reply

  static Answer of(const QJsonObject& reply) {
    const QJsonObject error = reply.value("error").toObject();
    return {reply.value("ok").toBool(), error.value("code").toString(), error.value("message").toString(),
            error.value("hint").toString(), reply};
  }
};

}  // namespace hearth::gui
