// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <optional>

#include "link/agent_link.h"
#include "link/agent_state.h"
#include "link/preference.h"
#include "tray/status_line.h"

namespace hearth::gui {

/// Something to say to the volunteer, once.
struct Notice {
  QString text;
  bool warning = false;
  QList<PreferenceChange> undo;  ///< what "Undo" would set back
};

/// What all windows share: the agent's state as values, the verbs that it may be asked for, the preferences, and what
/// came of the last wish. Owned by main(), on the thread of the windows.
class AgentDesk : public QObject {
  Q_OBJECT

 public:
  explicit AgentDesk(AgentLink& link, QObject* parent = nullptr);

  const AgentState& state() const { return m_state; }
  Contact contact() const { return m_link.contact(); }
  /// Whether the agent knows joining, messages and history (protocol 2).
  bool modern() const { return m_link.speaks(2); }
  StatusLine line() const;

  void run(const QString& project = {});
  /// Without a time: until run().
  void pause(std::optional<qint64> milliseconds, const QString& project = {});
  void finish();
  void quitAgent();
  void leave(const QString& project);

  const Preferences& preferences() const { return m_preferences; }
  void loadPreferences();
  void set(const QString& name, const QString& value);
  /// Sets one after the other; the next only where the one before was taken.
  void setAll(QList<PreferenceChange> changes);
  void resetPreferences();

  void ask(const QString& verb, const QJsonObject& arguments, QObject* context, AgentLink::Reply reply);
  void say(const Notice& notice) { emit told(notice); }

 signals:
  void changed();
  /// The agent is there, perhaps another one than before.
  void reached();
  void preferencesChanged();
  void told(const hearth::gui::Notice& notice);

 private:
  void onState();
  void onReplaced(const QString& before, const QString& after);
  void obey(const QString& verb, QJsonObject arguments, const QString& project);
  void sayError(const Answer& answer);
  void sayChanges(const QList<PreferenceChange>& changes);

  AgentLink& m_link;
  AgentState m_state;
  Preferences m_preferences;
};

}  // namespace hearth::gui
