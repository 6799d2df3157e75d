// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/agent_desk.h"

#include <algorithm>
#include <utility>

#include "tray/preference_words.h"

namespace hearth::gui {

AgentDesk::AgentDesk(AgentLink& link, QObject* parent) : QObject(parent), m_link(link) {
  connect(&link, &AgentLink::stateChanged, this, &AgentDesk::onState);
  connect(&link, &AgentLink::contactChanged, this, [this] {
    emit changed();
    if (m_link.contact() != Contact::kReached) return;
    loadPreferences();
    emit reached();
  });
  connect(&link, &AgentLink::agentReplaced, this, &AgentDesk::onReplaced);
}

StatusLine AgentDesk::line() const {
  return statusLine(m_link.contact(), m_link.refusal(), m_state, QDateTime::currentDateTime());
}

void AgentDesk::onState() {
  AgentState state = decodeState(m_link.state());
  if (state == m_state) return;
  const QString notice = std::exchange(m_state, std::move(state)).notice;
  if (!m_state.notice.isEmpty() && m_state.notice != notice) emit told({m_state.notice, true, {}});
  emit changed();
}

void AgentDesk::onReplaced(const QString& before, const QString& after) {
  emit told({before == after ? tr("The agent was started again.")
                             : tr("The agent was updated from %1 to %2.").arg(before, after),
             false,
             {}});
}

void AgentDesk::obey(const QString& verb, QJsonObject arguments, const QString& project) {
  if (!project.isEmpty()) arguments.insert("project", project);
  ask(verb, arguments, this, [this](const Answer& answer) {
    if (!answer.ok) sayError(answer);
  });
}

void AgentDesk::run(const QString& project) { obey("run", {}, project); }

void AgentDesk::pause(std::optional<qint64> milliseconds, const QString& project) {
  obey("pause", milliseconds ? QJsonObject{{"forMs", *milliseconds}} : QJsonObject(), project);
}

void AgentDesk::finish() { obey("finish", {}, {}); }

void AgentDesk::quitAgent() { obey("quit", {}, {}); }

void AgentDesk::leave(const QString& project) {
  ask("leave", {{"project", project}}, this, [this, project](const Answer& answer) {
    if (!answer.ok) return sayError(answer);
    emit told({tr("This computer has left %1.").arg(project), false, {}});
  });
}

void AgentDesk::loadPreferences() {
  ask("preferences", {}, this, [this](const Answer& answer) {
    if (!answer.ok) return;
    Preferences preferences = decodePreferences(answer.body);
    if (preferences == m_preferences) return;
    m_preferences = std::move(preferences);
    emit preferencesChanged();
  });
}

void AgentDesk::set(const QString& name, const QString& value) { setAll({{name, {}, value}}); }

void AgentDesk::setAll(QList<PreferenceChange> changes) {
  if (changes.isEmpty()) return;
  const PreferenceChange next = changes.takeFirst();
  const QString before = m_preferences.value(next.name).value;
  ask("set", {{"name", next.name}, {"value", next.to}}, this, [this, next, before, changes](const Answer& answer) {
    if (!answer.ok) {
      sayError(answer);
      emit preferencesChanged();  // controls go back to what is
      return;
    }
    QList<PreferenceChange> done = decodeChanges(answer.body);
    // An agent of the first protocol only says that it was done.
    if (done.isEmpty() && before != next.to) done = {{next.name, before, next.to}};
    for (const PreferenceChange& each : done) m_preferences[each.name].value = each.to;
    emit preferencesChanged();
    if (!done.isEmpty()) sayChanges(done);
    setAll(changes);
  });
}

void AgentDesk::resetPreferences() {
  ask("reset", {}, this, [this](const Answer& answer) {
    if (!answer.ok) return sayError(answer);
    const QList<PreferenceChange> changes = decodeChanges(answer.body);
    loadPreferences();
    QList<PreferenceChange> undo;
    for (const PreferenceChange& each : changes) undo.append({each.name, each.to, each.from});
    emit told({tr("All settings are as they were out of the box."), false, undo});
  });
}

void AgentDesk::ask(const QString& verb, const QJsonObject& arguments, QObject* context, AgentLink::Reply reply) {
  m_link.request(verb, arguments, context, std::move(reply));
}

void AgentDesk::sayError(const Answer& answer) {
  emit told({answer.hint.isEmpty() ? answer.message : answer.message + " " + answer.hint, true, {}});
}

void AgentDesk::sayChanges(const QList<PreferenceChange>& changes) {
  QStringList sentences;
  QList<PreferenceChange> undo;
  for (const PreferenceChange& each : changes) {
    sentences.append(changeText(each));
    undo.prepend({each.name, each.to, each.from});
  }
  emit told({sentences.join("  "), false, undo});
}

}  // namespace hearth::gui
