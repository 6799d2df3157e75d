// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/server.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "base/check.h"
#include "sim/distributions.h"
#include "sim/world.h"

namespace hearth::sim {
namespace {

constexpr Duration kProbeEvery = Duration::seconds(1);
constexpr Duration kTickApart = Duration::milliseconds(10);  // a late tick does the work of many

struct Counter {
  RowCount& rows;
  void operator()(const LeaseInsert&) const { ++rows.leases; }
  void operator()(const AttemptEnd&) const { ++rows.ends; }
  void operator()(const TaskPut&) const { ++rows.tasks; }
  void operator()(const AttemptVerdict&) const { ++rows.verdicts; }
  void operator()(const AttemptRevive&) const { ++rows.verdicts; }
  void operator()(const HostPut&) const { ++rows.hosts; }
  void operator()(const JoinTokenPut&) const { ++rows.tokens; }
  void operator()(const BatchProgress&) const { ++rows.progress; }
  template <typename Other>
  void operator()(const Other&) const {
    ++rows.others;
  }
};

template <typename T>
void append(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

Snapshot snapshotWith(const std::vector<JoinToken>& tokens) {
  Snapshot snapshot;
  snapshot.joinTokens = tokens;
  return snapshot;
}

void keepTokens(db::Store& store, const std::vector<JoinToken>& tokens) {
  std::vector<db::Unit> units(1);
  for (const JoinToken& token : tokens) units.front().changes.push_back(JoinTokenPut{token});
  HEARTH_CHECK(store.apply(units).has_value(), "a new store takes join tokens");
}

/// Of the progress rows of a round, the last of each batch counts.
void keepLastProgress(Changes& changes) {
  std::vector<BatchId> seen;
  for (std::size_t i = changes.size(); i-- > 0;) {
    const auto* progress = std::get_if<BatchProgress>(&changes[i]);
    if (progress == nullptr) continue;
    if (std::find(seen.begin(), seen.end(), progress->batch) == seen.end()) {
      seen.push_back(progress->batch);
    } else {
      changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

}  // namespace

void RowCount::add(const Changes& changes) {
  ++rounds;
  for (const Change& change : changes) std::visit(Counter{*this}, change);
}

Server::Server(ServerOptions options, std::shared_ptr<db::Store> store, const std::vector<JoinToken>& tokens,
               ServerListener& listener)
    : m_options(options),
      m_store(std::move(store)),
      m_listener(listener),
      m_dispatcher(options.dispatcher, snapshotWith(tokens), kBeginning),
      m_random(options.seed) {
  if (m_store) keepTokens(*m_store, tokens);
}

Instant Server::clock(Duration at) const { return kBeginning + at + m_clockAhead; }

void Server::post(const core::Event& event, Duration at) {
  if (m_down) return;
  if (m_trouble) {
    if (event.request != 0) m_listener.replied({event.request, fail(*m_trouble)});
    return;
  }
  handle(event, at);
}

void Server::handle(const core::Event& event, Duration at) {
  core::Actions actions = m_dispatcher.handle(event, clock(at));
  m_listener.handled(event, actions, clock(at));
  take(std::move(actions), at);
}

void Server::take(core::Actions actions, Duration at) {
  Round& round = m_open;
  append(round.changes, std::move(actions.changes));
  append(round.replies, std::move(actions.replies));
  append(round.notices, std::move(actions.notices));
  append(round.loads, std::move(actions.loads));
  if (!m_flight) fly(at);
}

/// The open round goes to the store.
void Server::fly(Duration at) {
  if (m_open.empty()) return;
  m_open.ends = at + m_options.commitTakes;
  if (m_options.commitTakes > Duration{}) {
    m_flight = std::exchange(m_open, {});
  } else {
    commit(std::exchange(m_open, {}), at);
  }
}

void Server::commit(Round round, Duration at) {
  const bool crashes = m_options.crashAtCommit > 0 && chance(m_random, m_options.crashAtCommit);
  if (crashes) {
    m_flight = std::move(round);
    crash(chance(m_random, 0.5));
    m_listener.crashed();
    return;
  }
  if (!round.changes.empty()) {
    if (m_options.commitTakes > Duration{}) keepLastProgress(round.changes);
    m_rows.add(round.changes);
    if (m_store) {
      std::vector<db::Unit> units(1);
      units.front().changes = std::move(round.changes);
      const auto outcomes = m_store->apply(units);
      round.changes = std::move(units.front().changes);
      if (!outcomes) {
        refuse(round, outcomes.error());
        fallBack(outcomes.error(), at);
        return;
      }
    }
    m_listener.committed(round.changes);
  }
  release(std::move(round), at);
}

void Server::release(Round round, Duration at) {
  for (const core::Reply& reply : round.replies) m_listener.replied(reply);
  for (const core::BatchNotice& notice : round.notices) m_listener.noticed(notice);
  for (const Load& request : round.loads) load(request, at);
  if (!m_flight && !m_open.empty()) fly(at);
}

void Server::load(const Load& request, Duration at) {
  HEARTH_CHECK(m_store != nullptr, "rows that were dropped cannot be read back");
  auto rows = m_store->load(request);
  if (rows) {
    handle({0, core::RowsLoaded{std::move(*rows)}}, at);
  } else {
    m_loads.push_back(request);
  }
}

/// A commit failed: nothing of the open round may be kept either, since it was decided on the strength of the other.
void Server::fallBack(const Error& cause, Duration at) {
  HEARTH_CHECK(cause.code != ErrorCode::kConflict, "a change of the dispatcher contradicts what is kept");
  refuse(m_open, cause);
  m_open = {};
  m_flight.reset();
  m_trouble = cause;
  m_probeAt = at + kProbeEvery;
}

void Server::refuse(const Round& round, const Error& cause) {
  for (const core::Reply& reply : round.replies) m_listener.replied({reply.request, fail(cause)});
}

void Server::probe(Duration at) {
  m_probeAt = at + kProbeEvery;
  auto snapshot = m_store->restore();
  if (!snapshot) return;
  std::vector<db::Unit> units(1);
  units.front().changes.push_back(snapshot->counters);
  if (!m_store->apply(units)) return;
  m_trouble.reset();
  m_probeAt = kNever;
  m_loads.clear();
  m_dispatcher = core::Dispatcher(m_options.dispatcher, *snapshot, clock(at));
  m_listener.rebuilt(clock(at));
}

Duration Server::wakeAt() const {
  if (m_down) return kNever;
  if (m_trouble) return m_probeAt;
  const Instant due = m_dispatcher.nextTick();
  Duration at = kNever;
  if (due != Instant::farFuture()) at = std::max(due - clock({}), m_lastTick + kTickApart);
  if (m_flight) at = std::min(at, m_flight->ends);
  if (!m_loads.empty()) at = std::min(at, m_lastTick + kProbeEvery);
  return at;
}

void Server::wake(Duration at) {
  if (m_down) return;
  if (m_trouble) {
    if (at >= m_probeAt) probe(at);
    return;
  }
  if (m_flight && m_flight->ends <= at) {
    Round round = std::move(*m_flight);
    m_flight.reset();
    commit(std::move(round), at);
    if (m_down || m_trouble) return;
  }
  if (at < m_lastTick + kTickApart) return;
  if (m_dispatcher.nextTick() <= clock(at) || !m_loads.empty()) {
    m_lastTick = at;
    handle({0, core::Tick{}}, at);
  }
  for (const Load& request : std::exchange(m_loads, {})) load(request, at);
}

void Server::crash(bool flightIsDurable) {
  m_down = true;
  if (m_flight && flightIsDurable && m_store && !m_flight->changes.empty()) {
    std::vector<db::Unit> units(1);
    units.front().changes = m_flight->changes;
    if (m_store->apply(units)) m_listener.committed(m_flight->changes);
  }
  m_flight.reset();
  m_open = {};
  m_loads.clear();
  m_trouble.reset();
}

bool Server::start(Duration at, Duration clockAhead) {
  const auto snapshot = m_store->restore();
  if (!snapshot) return false;
  m_down = false;
  m_clockAhead = clockAhead;
  m_dispatcher = core::Dispatcher(m_options.dispatcher, *snapshot, clock(at));
  m_listener.rebuilt(clock(at));
  return true;
}

Result<core::Dispatcher> Server::rebuiltFromStore(Duration at) const {
  const auto snapshot = m_store->restore();
  if (!snapshot) return fail(snapshot.error());
  return core::Dispatcher(m_options.dispatcher, *snapshot, clock(at));
}

}  // namespace hearth::sim
