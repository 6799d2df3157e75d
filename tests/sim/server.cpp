// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/server.h"

#include <utility>
#include <variant>

#include "base/check.h"

namespace hearth::sim {
namespace {

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

}  // namespace

void RowCount::add(const Changes& changes) {
  ++rounds;
  for (const Change& change : changes) std::visit(Counter{*this}, change);
}

Server::Server(core::DispatcherOptions options, std::shared_ptr<db::Store> store, ServerListener& listener)
    : m_store(std::move(store)), m_listener(listener), m_dispatcher(options) {}

void Server::post(const core::Event& event, Instant now) { keep(m_dispatcher.handle(event, now), now); }

void Server::wake(Instant now) {
  bool more = true;
  while (more && m_dispatcher.nextTick() <= now) {
    core::Actions actions = m_dispatcher.handle({0, core::Tick{}}, now);
    more = actions.more;
    keep(std::move(actions), now);
  }
}

void Server::keep(core::Actions actions, Instant now) {
  if (!actions.changes.empty()) {
    m_rows.add(actions.changes);
    m_listener.committed(actions.changes);
    if (m_store) {
      std::vector<db::Unit> units(1);
      units.front().changes = std::move(actions.changes);
      const auto outcomes = m_store->apply(units);
      HEARTH_CHECK(outcomes.has_value(), "the store refuses a change of the dispatcher");
    }
  }
  for (const core::Reply& reply : actions.replies) m_listener.replied(reply);
  for (const core::BatchNotice& notice : actions.notices) m_listener.noticed(notice);
  for (const Load& load : actions.loads) {
    HEARTH_CHECK(m_store != nullptr, "rows that were dropped cannot be read back");
    auto rows = m_store->load(load);
    HEARTH_CHECK(rows.has_value(), "the store can be read");
    post({0, core::RowsLoaded{std::move(*rows)}}, now);
  }
}

}  // namespace hearth::sim
