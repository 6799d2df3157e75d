// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/control/permission.h"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "agent/platform/host_facts.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kUsersRemembered = 32;
constexpr std::size_t kWaiting = 8;                     // users
constexpr std::size_t kWaitingOfUser = 16;              // clients
constexpr Duration kRefusedFor = Duration::seconds(2);  // then a user who has just logged in is let in

}  // namespace

SessionRights::SessionRights(boost::asio::io_context& loop, Permission permission)
    : m_loop(loop), m_permission(std::move(permission)) {}

const SessionRights::Known* SessionRights::fresh(std::uint32_t user) const {
  const auto known = m_known.find(user);
  if (known == m_known.end()) return nullptr;
  const Duration age = bootClock() - known->second.at;
  return age < (known->second.may ? m_permission.trusted : kRefusedFor) ? &known->second : nullptr;
}

bool SessionRights::known(std::uint32_t user) const {
  const Known* known = fresh(user);
  return known != nullptr && known->may;
}

bool SessionRights::ask(std::uint32_t user, Answer answer) {
  if (const Known* known = fresh(user); known != nullptr || !m_permission.hasSession) {
    answer(known != nullptr && known->may);
    return true;
  }
  const auto waiting = m_waiting.find(user);
  if (waiting == m_waiting.end() ? m_waiting.size() >= kWaiting : waiting->second.size() >= kWaitingOfUser)
    return false;
  m_waiting[user].push_back(std::move(answer));
  askNext();
  return true;
}

void SessionRights::askNext() {
  if (m_asking || m_waiting.empty()) return;
  m_asking = true;
  if (!m_thread) m_thread = std::make_unique<WorkerPool>(1);
  const std::uint32_t user = m_waiting.begin()->first;
  m_thread->post([this, user, alive = std::weak_ptr<bool>(m_alive)] {
    const bool may = m_permission.hasSession(user);
    boost::asio::post(m_loop, [this, user, may, alive] {
      if (alive.lock()) take(user, may);
    });
  });
}

void SessionRights::take(std::uint32_t user, bool may) {
  m_asking = false;
  if (m_known.size() >= kUsersRemembered) m_known.clear();
  m_known[user] = {may, bootClock()};
  const auto waiting = m_waiting.extract(user);
  for (const Answer& answer : waiting.mapped()) answer(may);
  askNext();
}

}  // namespace hearth::agent
