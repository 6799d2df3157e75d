// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/host_model.h"

#include <algorithm>
#include <cmath>

namespace hearth::core {
namespace {

constexpr double kShape = 0.393;           ///< of the Weibull distribution of presence
constexpr double kMeanOverScale = 3.4949;  ///< Gamma(1 + 1/k) for that shape
// What is believed of a host of which nothing is known, and how much it weighs.
constexpr std::uint32_t kUnknownMegaflops = 3'000;
constexpr double kPriorPresence = 10 * 3600.0;
constexpr float kMemory = 14 * 86'400.0F;  ///< seconds of presence that count
/// The median absence, not the mean: most hosts are back soon, and a mean drawn out by the few that are not makes all
/// that are silent look equally late, so that replicas go to the wrong tasks.
constexpr Duration kUsualAbsence = Duration::minutes(15);
constexpr double kLeastHostGain = 0.1;
constexpr double kLeastWorkGain = 0.02;
constexpr double kUnknownTaskSeconds = 3600;  ///< on an unknown host
constexpr double kLongestSeconds = 365 * 86'400.0;

Duration ofSeconds(double seconds) {
  return Duration::microseconds(static_cast<std::int64_t>(std::clamp(seconds, 0.0, kLongestSeconds) * 1e6));
}

}  // namespace

double WorkModel::work() const { return results == 0 ? kUnknownTaskSeconds * kUnknownMegaflops : std::exp(logWork); }

void HostModel::setClaim(std::uint32_t megaflops) { m_claim = megaflops; }

double HostModel::claim() const { return m_claim == 0 ? kUnknownMegaflops : m_claim; }

void HostModel::seen(Instant now, Duration allowed) {
  if (m_lastSeen == Instant{}) {
    m_since = now;
  } else if (now > m_lastSeen) {
    const Duration silence = now - m_lastSeen;
    const bool away = silence > m_allowed;
    const auto seconds = static_cast<float>(silence.inSeconds());
    if (away) {
      m_since = now;
      m_absences += 1;
    } else {
      m_present = m_present + silence;
      m_presentDecayed += seconds;
    }
    if (m_presentDecayed > kMemory) {
      const float keep = kMemory / m_presentDecayed;
      m_presentDecayed *= keep;
      m_absences *= keep;
    }
  }
  m_lastSeen = std::max(m_lastSeen, now);
  m_allowed = allowed;
}

const HostModel::Learnt* HostModel::find(ApplicationIndex application) const {
  const auto position = std::find_if(m_learnt.begin(), m_learnt.end(),
                                     [&](const Learnt& learnt) { return learnt.application == application; });
  return position == m_learnt.end() ? nullptr : &*position;
}

double HostModel::megaflops(ApplicationIndex application) const {
  const Learnt* learnt = find(application);
  return learnt == nullptr ? claim() : claim() * std::exp(static_cast<double>(learnt->logFactor));
}

void HostModel::learn(ApplicationIndex application, Duration took, WorkModel& work) {
  if (took <= Duration{}) return;
  const double done = std::log(took.inSeconds() * megaflops(application));
  if (work.results == 0) work.logWork = done;
  const double residual = done - work.logWork;
  if (find(application) == nullptr) {
    if (m_learnt.size() >= kApplications) m_learnt.erase(m_learnt.begin());
    m_learnt.push_back({application, 0, 0});
  }
  Learnt& learnt = m_learnt[static_cast<std::size_t>(find(application) - m_learnt.data())];
  ++learnt.results;
  ++work.results;
  learnt.logFactor -= static_cast<float>(residual * std::max(kLeastHostGain, 1.0 / (1.0 + learnt.results)));
  work.logWork += residual * std::max(kLeastWorkGain, 1.0 / work.results);
}

Duration HostModel::runTime(ApplicationIndex application, double work) const {
  return ofSeconds(work / megaflops(application));
}

double HostModel::meanPresence() const {
  return (static_cast<double>(m_presentDecayed) + kPriorPresence) / (1.0 + static_cast<double>(m_absences));
}

double HostModel::hazard(double seconds) const {
  const double there = std::max(0.0, (m_lastSeen - m_since).inSeconds());
  const double scale = meanPresence() / kMeanOverScale;
  const double cumulative = std::pow((there + seconds) / scale, kShape) - std::pow(there / scale, kShape);
  // Beyond the first absence the host begins anew, on average every mean presence.
  return std::min(cumulative, 1.0 + seconds / meanPresence());
}

Duration HostModel::elapsedFor(Duration computing) const {
  const double seconds = computing.inSeconds();
  return ofSeconds(seconds + kUsualAbsence.inSeconds() * hazard(seconds));
}

Duration HostModel::absence(Instant now) const {
  const Duration silence = now - m_lastSeen;
  if (silence <= m_allowed) return {};
  return std::max(silence, kUsualAbsence);
}

Duration HostModel::present(Instant now) const {
  const Duration silence = now - m_lastSeen;
  return silence > Duration{} && silence <= m_allowed ? m_present + silence : m_present;
}

}  // namespace hearth::core
