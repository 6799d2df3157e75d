// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/presence.h"

#include <algorithm>
#include <utility>

namespace hearth::gui {
namespace {

constexpr auto kShortestIdle = std::chrono::milliseconds(100);

}  // namespace

Presence::Presence(Feelers feelers, QObject* parent) : QObject(parent), m_feelers(std::move(feelers)) {
  for (const auto& source : m_feelers.input) {
    InputSource* each = source.get();
    connect(each, &InputSource::usableChanged, this, [this] { choose(); });
    connect(each, &InputSource::idle, this, [this, each](std::chrono::milliseconds lasting) {
      if (each == m_source) seeIdle(lasting);
    });
    connect(each, &InputSource::active, this, [this, each] {
      if (each == m_source) seeActive();
    });
  }
  if (FlagSource* screen = m_feelers.fullScreen.get()) {
    connect(screen, &FlagSource::changed, this, [this, screen] { emit fullScreenChanged(screen->set()); });
  }
  if (FlagSource* game = m_feelers.game.get()) {
    connect(game, &FlagSource::changed, this, [this, game] { emit gameChanged(game->set()); });
  }
}

void Presence::start() {
  if (std::exchange(m_started, true)) return;
  for (const auto& source : m_feelers.input) source->probe();
  if (m_feelers.fullScreen) m_feelers.fullScreen->watch();
  if (m_feelers.game) m_feelers.game->watch();
}

void Presence::setIdleAfter(std::chrono::milliseconds idleAfter) {
  idleAfter = std::max(idleAfter, kShortestIdle);
  if (idleAfter == m_idleAfter) return;
  m_idleAfter = idleAfter;
  if (m_source != nullptr) m_source->watch(m_idleAfter);
}

std::chrono::milliseconds Presence::idleFor() const {
  if (!m_lastInput) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - *m_lastInput);
}

QDateTime Presence::idleSince() const {
  return isIdle() ? QDateTime::currentDateTimeUtc().addMSecs(-idleFor().count()) : QDateTime();
}

/// What decides: a source that tells input at once is worth more than one that hints at it, wherever it stands in the
/// list; among equals the first counts. logind stands first and yet is taken last, since its hint is set by the desktop
/// when that has been idle for minutes, or by nobody; it is what is left where a desktop has none of the others.
void Presence::choose() {
  InputSource* best = nullptr;
  for (const auto& source : m_feelers.input) {
    if (source->usable() && (best == nullptr || source->precision() > best->precision())) best = source.get();
  }
  if (best != m_source) use(best);
}

void Presence::use(InputSource* source) {
  const bool watched = watchesInput();
  if (m_source != nullptr) m_source->rest();
  m_source = source;
  if (source == nullptr) seeActive();  // nobody knows better: what was idle may be in use by now
  if (source != nullptr) source->watch(m_idleAfter);
  if (watched != watchesInput()) emit watchesInputChanged(watchesInput());
}

void Presence::seeIdle(std::chrono::milliseconds lasting) {
  if (isIdle()) return;
  m_lastInput = std::chrono::steady_clock::now() - lasting;
  emit idle(idleSince());
}

void Presence::seeActive() {
  if (!isIdle()) return;
  m_lastInput.reset();
  emit active();
}

}  // namespace hearth::gui
