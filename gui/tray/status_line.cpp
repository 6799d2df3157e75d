// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/status_line.h"

#include <QCoreApplication>
#include <algorithm>

#include "tray/wording.h"

namespace hearth::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(hearth::gui::StatusLine)
};

StatusLine absentLine() {
  return {Sign::kTrouble, Words::tr("The agent is not running"),
          Words::tr("Hearth's work is done by a service of its own, and nothing answers in its name."),
          Words::tr("Install the package hearth-agent, or start it: sudo systemctl start hearth-agent. This window "
                    "connects by itself as soon as it runs.")};
}

StatusLine unreachedLine(Contact contact, const Answer& refusal) {
  switch (contact) {
    case Contact::kRefused:
      return {Sign::kTrouble, Words::tr("You may not control the agent of this computer"), refusal.message,
              refusal.hint};
    case Contact::kTooOld:
      return {Sign::kTrouble, Words::tr("The agent is too old for this window"), refusal.message,
              Words::tr("Update the package hearth-agent. Tasks go on meanwhile.")};
    case Contact::kTooNew:
      return {Sign::kTrouble, Words::tr("This window is too old for the agent"), refusal.message,
              Words::tr("Update the package hearth-tray and start it again. Tasks go on meanwhile.")};
    case Contact::kStrange:
      return {Sign::kTrouble, Words::tr("The agent cannot be understood"),
              Words::tr("Something answers in its place that does not speak as an agent does."),
              Words::tr("Restart it: sudo systemctl restart hearth-agent.")};
    case Contact::kAbsent:
      return absentLine();
    case Contact::kSearching:
    case Contact::kReached:
      break;
  }
  return {Sign::kNoWork, Words::tr("Looking for the agent"), {}, {}};
}

QString endOf(const QDateTime& until, const QString& ends, const QDateTime& now) {
  if (until.isValid()) return Words::tr("Goes on %1.").arg(momentText(until, now));
  return ends.isEmpty() ? QString() : Words::tr("Goes on: %1.").arg(ends);
}

QString joined(const QString& first, const QString& second) {
  return first.isEmpty() || second.isEmpty() ? first + second : first + " " + second;
}

StatusLine waitingLine(const AgentState& state, const QDateTime& now) {
  const auto& obstacles = state.computing;
  if (obstacles.isEmpty()) {
    return {Sign::kWaiting,
            Words::tr("Waiting"),
            joined(state.activity.reason, endOf(state.activity.until, state.activity.ends, now)),
            {}};
  }
  // The battery has a sign of its own: it is what people look for when they unplug.
  const auto battery =
      std::find_if(obstacles.begin(), obstacles.end(), [](const Obstacle& each) { return each.what == "battery"; });
  const Obstacle& first = battery != obstacles.end() ? *battery : obstacles.first();
  QString detail = endOf(first.until, first.until.isValid() || first.what == "in-use" ? QString() : first.ends, now);
  if (first.what == "in-use")
    detail = Words::tr("Tasks sleep while you use the computer, and go on when you are away.");
  if (obstacles.size() > 1) {
    const Obstacle& other = &first == &obstacles[0] ? obstacles[1] : obstacles[0];
    detail = joined(detail, Words::tr("Also: %1.").arg(obstacleText(other)));
  }
  return {battery != obstacles.end() ? Sign::kBattery : Sign::kWaiting, obstacleText(first), detail, {}};
}

StatusLine runningLine(const AgentState& state) {
  const auto busy = std::count_if(state.tasks.begin(), state.tasks.end(),
                                  [](const TaskState& task) { return task.phase == "running" && !task.frozen; });
  QStringList names;
  for (const ProjectState& project : state.projects) {
    if (project.tasks > 0) names.append(project.name);
  }
  const QString whom = names.join(", ");
  if (busy == 0) return {Sign::kRunning, Words::tr("Getting work ready"), whom, {}};
  QString headline = Words::tr("Running %n task(s)", nullptr, static_cast<int>(busy));
  const QString what = state.tasks.first().purpose.isEmpty() ? QString() : state.tasks.first().purpose;
  return {Sign::kRunning, whom.isEmpty() ? headline : Words::tr("%1 for %2").arg(headline, whom), what, {}};
}

StatusLine idleLine(const AgentState& state) {
  const bool lost = !state.projects.isEmpty() &&
                    std::none_of(state.projects.begin(), state.projects.end(), [](const ProjectState& project) {
                      return project.reached || project.trouble.isEmpty();
                    });
  if (lost) {
    return {Sign::kTrouble, Words::tr("The project's server is not reached"), state.projects.first().trouble,
            Words::tr("It is tried again by itself. If nothing else on the network works either, look there first.")};
  }
  return {Sign::kNoWork,
          Words::tr("No work at the moment"),
          joined(state.activity.reason, Words::tr("New work is asked for by itself.")),
          {}};
}

StatusLine pausedLine(const AgentState& state, const QDateTime& now) {
  const QDateTime until = state.activity.until;
  return {Sign::kPaused,
          until.isValid() ? Words::tr("Paused by you %1").arg(untilText(until, now))
                          : Words::tr("Paused by you until you resume"),
          Words::tr("Tasks keep their place, and go on where they were."),
          {}};
}

}  // namespace

StatusLine statusLine(Contact contact, const Answer& refusal, const AgentState& state, const QDateTime& now) {
  if (contact != Contact::kReached || !state.known) return unreachedLine(contact, refusal);
  const QString& name = state.activity.state;
  if (name == "running") return runningLine(state);
  if (name == "waiting") return waitingLine(state, now);
  if (name == "paused") return pausedLine(state, now);
  if (name == "finishing") {
    return {Sign::kFinishing,
            Words::tr("Finishing %n task(s), then stopping", nullptr, static_cast<int>(state.tasks.size())),
            Words::tr("No new work is taken until you choose Run."),
            {}};
  }
  if (name == "finished") return {Sign::kPaused, Words::tr("Finished: nothing runs until you choose Run"), {}, {}};
  if (name == "unjoined" || (state.projects.isEmpty() && name != "starting" && name != "quitting")) {
    return {Sign::kNoWork, Words::tr("Not part of a project yet"), {}, Words::tr("Open the window to choose one.")};
  }
  if (name == "blocked") return {Sign::kTrouble, Words::tr("Cannot work"), state.activity.reason, state.limitation};
  if (name == "quitting") return {Sign::kNoWork, Words::tr("The agent is ending"), {}, {}};
  if (name == "starting") return {Sign::kNoWork, Words::tr("Starting"), state.activity.reason, {}};
  return idleLine(state);
}

QString pictureOf(Sign sign) {
  switch (sign) {
    case Sign::kRunning:
      return "state-running";
    case Sign::kFinishing:
      return "state-finishing";
    case Sign::kPaused:
      return "state-paused";
    case Sign::kWaiting:
      return "state-waiting";
    case Sign::kBattery:
      return "state-battery";
    case Sign::kNoWork:
      return "state-no-work";
    case Sign::kTrouble:
      break;
  }
  return "state-trouble";
}

QString nameOf(Sign sign) {
  switch (sign) {
    case Sign::kRunning:
      return Words::tr("Running");
    case Sign::kFinishing:
      return Words::tr("Finishing");
    case Sign::kPaused:
      return Words::tr("Paused by you");
    case Sign::kWaiting:
      return Words::tr("Waiting");
    case Sign::kBattery:
      return Words::tr("On battery");
    case Sign::kNoWork:
      return Words::tr("No work");
    case Sign::kTrouble:
      break;
  }
  return Words::tr("Trouble");
}

QString obstacleText(const Obstacle& obstacle) {
  if (obstacle.what == "in-use") return Words::tr("Waiting until you are away");
  if (obstacle.what == "battery") return Words::tr("Waiting: the computer runs on battery");
  if (obstacle.what == "times") return Words::tr("Waiting for the hours that you chose");
  if (obstacle.what == "heat") return Words::tr("Waiting: the computer is too hot");
  if (obstacle.what == "full-screen") return Words::tr("Waiting: a program fills the screen");
  if (obstacle.what == "game") return Words::tr("Waiting: a game runs");
  if (obstacle.what == "program") return Words::tr("Waiting: a program runs that you named");
  if (obstacle.what == "load") return Words::tr("Waiting: other programs need the processor");
  if (obstacle.what == "memory") return Words::tr("Waiting: other programs need the memory");
  if (obstacle.what == "metered") return Words::tr("Waiting: this network costs by volume");
  if (obstacle.what == "network-times") return Words::tr("Waiting for the network's hours");
  if (obstacle.what == "disk") return Words::tr("Waiting: too little disk is free");
  return obstacle.reason;
}

}  // namespace hearth::gui
