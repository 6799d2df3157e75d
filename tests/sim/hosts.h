// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"

/// Volunteers' machines as published traces know them: how fast, when up. A host is a function of (seed, number), so
/// the world, the exact optimum and the reference policies all see the same machines. Times count from the beginning of
/// the world, which is a Monday at 00:00 UTC.
namespace hearth::sim {

/// A law of alternating up and down times.
enum class Churn : std::uint8_t {
  kSteady,     ///< always up
  kLanl,       ///< lab machines: up Weibull(.4822, 816.6 h), down LN(.048, 1.416) h; up 99.7 % (fit of the LANL trace)
  kSeti,       ///< SETI@home: up Weibull(.393, 2.964 h), down LN(2.444, .586) h, as ComBoS codes it; up 43 %
  kSetiLong,   ///< the same with its other down law, LN(2.844, .586) h; up 34 %
  kSetiHeavy,  ///< the same with the arguments in the order that was probably meant: down LN(-.586, 2.844) h
  kRandom,     ///< up as SETI, down LN(-.222, 1.9) h; up 68 %
  kDiurnal,    ///< an office machine: about 8 to 18 o'clock of its time zone on weekdays
};

/// A population.
struct Profile {
  struct Part {
    double share;
    Churn churn;
  };
  std::string_view name;
  double speedMu, speedSigma;  ///< of the lognormal law of GFLOPS of one processor
  std::vector<Part> parts;     ///< shares sum up to 1
  bool siteOutages = false;    ///< once a week on average a random site, 2 % of all hosts, goes down for LN(0, 1) h
  double benchmarkSigma = .1;  ///< of the lognormal law of what a host's own benchmark says beside the truth
};
/// seti, seti-long, seti-heavy, einstein, lhc, random, lanl, diurnal, mix, steady.
Result<Profile> findProfile(std::string_view name);

/// What a host is for its whole life.
struct HostTraits {
  std::uint32_t megaflops = 0;  ///< Mflop/s of one processor, at least 1
  std::uint32_t benchmark = 0;  ///< the same as the host's own benchmark measured it
  Churn churn = Churn::kSteady;
  std::uint8_t zone = 0;   ///< hours east of UTC
  std::uint8_t site = 0;   ///< which of 50
  double errorRate = 0.0;  ///< share of its results that are wrong by accident: Beta(.05, 25)
};

/// The whole population of a run: immutable once made, shared by all that look at its hosts.
class Population {
 public:
  struct Outage {
    Duration from, until;
  };
  static constexpr std::uint32_t kSites = 50;

  /// `horizon` bounds the site outages that are drawn; up and down times have no end. `stationary` false: every host
  /// begins a fresh up period at time 0.
  Population(std::uint64_t seed, Profile profile, Duration horizon, bool stationary = true);

  HostTraits traits(std::uint32_t host) const;
  std::uint64_t seed() const { return m_seed; }
  bool stationary() const { return m_stationary; }
  const Profile& profile() const { return m_profile; }
  std::span<const Outage> outages(std::uint8_t site) const { return m_outages[site]; }

 private:
  std::uint64_t m_seed;
  Profile m_profile;
  bool m_stationary;
  std::vector<std::vector<Outage>> m_outages;  ///< by site; in order, not overlapping
};

/// The up and down times of one host, from time 0 on. A small plain value: a million of them are kept.
class UpTimes {
 public:
  UpTimes(const Population& population, std::uint32_t host, const HostTraits& traits);

  bool up() const { return m_up; }
  /// When up() changes next; Duration of a century or more: never.
  Duration until() const { return m_until; }
  /// Goes on to the next period: up() turns over at what was until(), unless that is never.
  void advance(const Population& population);

 private:
  void begin(const Population& population);
  double nextHours();
  Duration diurnalEdge(Duration after, bool up);
  void nextOwn();
  void cutByOutages(const Population& population);

  RandomStream m_random;
  Duration m_at;        ///< when the present period began
  Duration m_until;     ///< when it ends
  Duration m_ownUntil;  ///< when the host itself turns over, whatever its site does
  Churn m_churn;
  std::uint8_t m_zone, m_site;
  bool m_up = true;     ///< as seen from outside
  bool m_ownUp = true;  ///< the machine itself
};

/// Up-time in [0, end].
Duration upTime(const Population& population, std::uint32_t host, Duration end);

/// How long a host needs for a piece of work while it is up, in whole microseconds, rounded up.
constexpr Duration runTime(std::uint64_t megaflop, std::uint32_t megaflops) {
  return {static_cast<std::int64_t>((megaflop * 1'000'000 + megaflops - 1) / megaflops)};
}

}  // namespace hearth::sim
