// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace hearth::core {

/// Index of an application among those that the speed model knows.
using ApplicationIndex = std::uint32_t;

/// How much work a task of a batch is, in millions of operations: learnt from what comes back. Soft state.
struct WorkModel {
  double logWork = 0;
  std::uint32_t results = 0;

  double work() const;
};

/// What the Dispatcher has learnt of one host: how fast it is, and when it is there. Soft state: a restart begins anew
/// from what the host says of itself. Plain value, owned by the host's entry.
///
/// Speed: log t = log w - log s + e for a task of work w on a host of speed s; both sides learn from each residual e
/// with a falling gain (stochastic approximation: Robbins and Monro, Annals of Mathematical Statistics 22, 1951).
///
/// Availability: stretches of being there last as a Weibull distribution with shape k = 0.393, the fit to 330,000 hosts
/// of SETI@home (Javadi, Kondo, Vincent, Anderson, "Discovering statistical models of availability in large distributed
/// systems", IEEE TPDS 22, 2011); its scale is the host's own. With k < 1 a host that has been there for long is likely
/// to stay.
class HostModel {
 public:
  /// What it says of itself; 0: unknown.
  void setClaim(std::uint32_t megaflops);
  double claim() const;

  /// A call of the host. `allowed`: a longer silence counts as having been away.
  void seen(Instant now, Duration allowed);
  /// A result came: the task ran for `took`. Teaches both sides.
  void learn(ApplicationIndex application, Duration took, WorkModel& work);

  /// How long the host computes on a task of this work.
  Duration runTime(ApplicationIndex application, double work) const;
  /// How long until so much computing is done, absences included: T + D * H, where H = ((u + T)^k - u^k) / lambda^k is
  /// the cumulative hazard of an absence when it has been there for u, and D the usual length of one.
  Duration elapsedFor(Duration computing) const;
  /// How long it is likely to stay away yet; 0 while it is there. Absences have heavy tails: one that lasted t lasts as
  /// long again.
  Duration absence(Instant now) const;
  /// Time that it was known to be there, since it was first seen.
  Duration present(Instant now) const;
  Instant lastSeen() const { return m_lastSeen; }
  double megaflops(ApplicationIndex application) const;

 private:
  struct Learnt {
    ApplicationIndex application = 0;
    std::uint32_t results = 0;
    float logFactor = 0;  ///< how much faster than its claim
  };
  static constexpr std::size_t kApplications = 8;  ///< remembered for one host; the oldest gives way

  const Learnt* find(ApplicationIndex application) const;
  double hazard(double seconds) const;
  double meanPresence() const;

  std::vector<Learnt> m_learnt;
  Instant m_lastSeen;
  Instant m_since;             ///< it has been there since then
  Duration m_allowed;          ///< silence that does not yet mean that it is away
  Duration m_present;          ///< up to m_lastSeen
  float m_presentDecayed = 0;  ///< seconds, of late more than of old
  float m_absences = 0;        ///< likewise
  std::uint32_t m_claim = 0;
};

}  // namespace hearth::core
