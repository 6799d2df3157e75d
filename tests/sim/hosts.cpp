// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/hosts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/distributions.h"

namespace hearth::sim {
namespace {

// What the streams of the population are for.
constexpr std::uint64_t kTraits = 1, kUpTimes = 2, kOutages = 3, kBenchmark = 4;

constexpr Duration kNever = Duration::days(365 * 200);

struct Laws {
  double upShape, upScale;   ///< Weibull, hours
  double downMu, downSigma;  ///< lognormal, hours
  double availability;       ///< mean up / (mean up + mean down)
};

Laws lawsOf(Churn churn) {
  switch (churn) {
    case Churn::kLanl:
      return {.4822, 816.6, .048, 1.416, .9967};
    case Churn::kSetiLong:
      return {.393, 2.964, 2.844, .586, .3366};
    case Churn::kSetiHeavy:
      return {.393, 2.964, -.586, 2.844, .2457};
    case Churn::kRandom:
      return {.393, 2.964, -.222, 1.9, .6800};
    default:
      return {.393, 2.964, 2.444, .586, .4306};
  }
}

Profile single(std::string_view name, double mu, double sigma, Churn churn) {
  return {name, mu, sigma, {{1.0, churn}}};
}

}  // namespace

Result<Profile> findProfile(std::string_view name) {
  // Speeds: fits of the BOINC lists of CPU models of 2016 (SETI@home, Einstein@Home, LHC@home).
  const std::array<Profile, 10> profiles{{
      single("seti", 1.267, .986, Churn::kSeti),
      single("seti-long", 1.267, .986, Churn::kSetiLong),
      single("seti-heavy", 1.267, .986, Churn::kSetiHeavy),
      single("einstein", 2.372, .870, Churn::kSeti),
      single("lhc", 2.765, .654, Churn::kSeti),
      single("random", 2.372, .870, Churn::kRandom),
      single("lanl", 2.372, .870, Churn::kLanl),
      single("diurnal", 2.372, .870, Churn::kDiurnal),
      single("steady", 2.372, .870, Churn::kSteady),
      {"mix", 2.372, .870, {{.15, Churn::kLanl}, {.25, Churn::kDiurnal}, {.60, Churn::kRandom}}, true},
  }};
  std::string known;
  for (const Profile& profile : profiles) {
    if (profile.name == name) return profile;
    known += (known.empty() ? "" : ", ") + std::string(profile.name);
  }
  return fail(ErrorCode::kInvalid, "there is no profile '" + std::string(name) + "'", "known are: " + known);
}

Population::Population(std::uint64_t seed, Profile profile, Duration horizon, bool stationary)
    : m_seed(seed), m_profile(std::move(profile)), m_stationary(stationary), m_outages(kSites) {
  if (!m_profile.siteOutages) return;
  RandomStream random = streamOf(seed, 0, kOutages);
  Duration at{};
  while (true) {
    at = at + ofHours(exponential(random, 24.0 * 7.0));
    if (at >= horizon) return;
    std::vector<Outage>& site = m_outages[random.below(kSites)];
    const Outage outage{at, at + ofHours(lognormal(random, 0.0, 1.0))};
    if (!site.empty() && site.back().until >= outage.from) {
      site.back().until = std::max(site.back().until, outage.until);
    } else {
      site.push_back(outage);
    }
  }
}

HostTraits Population::traits(std::uint32_t host) const {
  RandomStream random = streamOf(m_seed, host, kTraits);
  HostTraits traits;
  const double megaflops = 1'000.0 * lognormal(random, m_profile.speedMu, m_profile.speedSigma);
  traits.megaflops = static_cast<std::uint32_t>(std::clamp(megaflops, 1.0, 4e9));
  RandomStream benchmark = streamOf(m_seed, host, kBenchmark);
  traits.benchmark = static_cast<std::uint32_t>(
      std::clamp(traits.megaflops * lognormal(benchmark, 0.0, m_profile.benchmarkSigma), 1.0, 4e9));
  traits.churn = m_profile.parts.back().churn;
  double dice = random.unit();
  for (const Profile::Part& part : m_profile.parts) {
    if (dice < part.share) {
      traits.churn = part.churn;
      break;
    }
    dice -= part.share;
  }
  traits.zone = static_cast<std::uint8_t>(random.below(24));
  traits.site = static_cast<std::uint8_t>(random.below(kSites));
  traits.errorRate = beta(random, .05, 25.0);
  return traits;
}

UpTimes::UpTimes(const Population& population, std::uint32_t host, const HostTraits& traits)
    : m_random(streamOf(population.seed(), host, kUpTimes)),
      m_churn(traits.churn),
      m_zone(traits.zone),
      m_site(traits.site) {
  begin(population);
  m_up = m_ownUp;
  for (const Population::Outage& outage : population.outages(m_site)) {
    if (outage.from.micros <= 0 && outage.until.micros > 0) m_up = false;
  }
  cutByOutages(population);
}

void UpTimes::begin(const Population& population) {
  if (m_churn == Churn::kSteady) {
    m_ownUntil = kNever;
    return;
  }
  if (m_churn == Churn::kDiurnal) {  // as if the machine had gone to sleep on Friday
    m_ownUp = false;
    m_ownUntil = diurnalEdge({}, true);
    return;
  }
  const Laws laws = lawsOf(m_churn);
  m_ownUp = !population.stationary() || chance(m_random, laws.availability);
  if (!population.stationary()) {
    m_ownUntil = ofHours(nextHours());
  } else if (m_ownUp) {
    m_ownUntil = ofHours(weibullResidual(m_random, laws.upShape, laws.upScale));
  } else {
    m_ownUntil = ofHours(lognormalResidual(m_random, laws.downMu, laws.downSigma));
  }
}

double UpTimes::nextHours() {
  const Laws laws = lawsOf(m_churn);
  return m_ownUp ? weibull(m_random, laws.upShape, laws.upScale) : lognormal(m_random, laws.downMu, laws.downSigma);
}

/// The first morning (up) or evening after a time, an hour early or late.
Duration UpTimes::diurnalEdge(Duration after, bool up) {
  constexpr Duration kHour = Duration::hours(1);
  const Duration edge = Duration::hours(up ? 8 : 18) - Duration::hours(m_zone);
  std::int64_t day = (after - edge).micros / Duration::days(1).micros - 2;
  while (true) {
    const bool workday = (day % 7 + 7) % 7 < 5;
    const Duration at = Duration::days(day) + edge;
    ++day;
    if (!workday || at - kHour <= after) continue;
    return at + between(m_random, Duration{} - kHour, kHour);
  }
}

void UpTimes::nextOwn() {
  const Duration from = m_ownUntil;
  m_ownUp = !m_ownUp;
  if (m_churn == Churn::kDiurnal) {
    m_ownUntil = diurnalEdge(from, !m_ownUp);
  } else {
    m_ownUntil = m_churn == Churn::kSteady ? kNever : from + ofHours(nextHours());
  }
}

void UpTimes::advance(const Population& population) {
  if (m_until >= kNever) return;
  m_at = m_until;
  m_up = !m_up;
  cutByOutages(population);
}

/// Finds the end of the present period, which began at m_at: a host is up when it is and its site is.
void UpTimes::cutByOutages(const Population& population) {
  const auto outages = population.outages(m_site);
  Duration at = m_at;
  while (true) {
    while (m_ownUntil <= at) nextOwn();
    const auto outage = std::find_if(outages.begin(), outages.end(), [&](const auto& o) { return o.until > at; });
    const bool siteDown = outage != outages.end() && outage->from <= at;
    const bool up = m_ownUp && !siteDown;
    if (up != m_up) {
      m_until = at;
      return;
    }
    at = m_ownUntil;
    if (outage != outages.end()) at = std::min(at, siteDown ? outage->until : outage->from);
    if (at >= kNever) {
      m_until = kNever;
      return;
    }
  }
}

Duration upTime(const Population& population, std::uint32_t host, Duration end) {
  Duration total{};
  Duration from{};
  UpTimes times(population, host, population.traits(host));
  while (from < end) {
    const Duration until = std::min(times.until(), end);
    if (times.up()) total = total + (until - from);
    from = until;
    times.advance(population);
  }
  return total;
}

}  // namespace hearth::sim
