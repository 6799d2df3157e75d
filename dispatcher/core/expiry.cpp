// SPDX-License-Identifier: GPL-3.0-or-later
// What happens because time passes.
#include <algorithm>

#include "base/limits.h"
#include "core/dispatcher_impl.h"

namespace hearth::core {

Dispatcher::Impl::Body Dispatcher::Impl::on(const Tick&) {
  expireDue();
  freeSome();
  return Done{};
}

void Dispatcher::Impl::expireDue() {
  for (std::size_t ended = 0; ended < limits::kExpiriesPerTick; ++ended) {
    const std::optional<AttemptId> attempt = m_timers.takeDue(m_now);
    if (!attempt) return;
    ++m_totals.leasesExpired;
    ResultReport report;
    report.reason = "the host was not heard of before the lease ended";
    endAttempt(*attempt, AttemptState::kExpired, report);
  }
  m_actions.more = true;
}

void Dispatcher::Impl::freeSome() {
  constexpr std::size_t kPiece = 4'096;
  if (m_dropped.empty()) return;
  auto& tasks = m_dropped.back();
  for (std::size_t freed = 0; freed < kPiece && !tasks.empty(); ++freed) tasks.erase(tasks.begin());
  if (tasks.empty()) m_dropped.pop_back();
}

Instant Dispatcher::Impl::nextTick() const { return m_dropped.empty() ? m_timers.earliest() : m_now; }

}  // namespace hearth::core
