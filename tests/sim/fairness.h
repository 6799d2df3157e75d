// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

/// How the real Dispatcher shares hosts out among requesters that always have work, beside the exact optimum.
namespace hearth::sim {

/// Who may use what: groups of equal hosts, and requesters with weights that can use some of the groups.
struct Sharing {
  struct Requester {
    std::uint32_t weight = 1;
    std::vector<std::uint32_t> groups;  ///< of hosts that can run its tasks, sorted
    std::uint32_t cost = 1;             ///< processors of one attempt
    std::uint32_t quorum = 1;
    Duration joins;  ///< no work before
  };
  std::vector<std::uint32_t> hosts;  ///< by group
  std::vector<Requester> requesters;
};

/// The weighted max-min fair shares, in hosts, by requester: nobody's share / weight can be raised without lowering one
/// that is not larger. By progressive filling: of all sets of requesters, the one whose hosts are scarcest for its
/// weight fixes its members' shares; it leaves with its hosts, and so on. Exact; O(2^requesters), for small cases.
std::vector<double> maxMinShares(const Sharing& sharing);

struct SharingRun {
  std::uint64_t seed = 1;
  Duration run = Duration::minutes(30);  ///< of a task, give or take `spread`
  double spread = 0;                     ///< 0.5: hosts need between half and one and a half of it
  Duration length = Duration::days(1);
};

struct SharingOutcome {
  std::vector<std::uint64_t> attempts;  ///< handed out, by requester
  std::vector<double> service;          ///< their cost
  std::uint64_t tasks = 0;              ///< certified
  std::uint64_t pairs = 0;              ///< of requesters of equal eligibility whose bound was watched
  std::uint64_t violations = 0;         ///< attempts after which a pair's bound did not hold
  double tightest = 0;                  ///< largest lag seen, as a share of its bound
};

/// Runs the real Dispatcher: each host runs one task at a time and is always there. For each pair of equal eligibility
/// the bound of start-time fair queuing is checked over all intervals: |W_f/r_f - W_m/r_m| <= l_f/r_f + l_m/r_m.
SharingOutcome runSharing(const Sharing& sharing, const SharingRun& run);

/// (sum x)^2 / (n sum x^2) of service by weight: 1 when all is fair, 1/n when one has everything (Jain, Chiu and Hawe,
/// DEC-TR-301, 1984).
double jainIndex(const Sharing& sharing, const SharingOutcome& outcome);

/// How far the worst-served requester is from its max-min share: largest |got - share| / share.
double distanceToMaxMin(const Sharing& sharing, const SharingRun& run, const SharingOutcome& outcome);

}  // namespace hearth::sim
