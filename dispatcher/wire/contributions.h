// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/contribution.h"

/// Who helps, and whether they want to be named. Plain values; JSON as in wire/people.h.
namespace hearth::wire {

/// GET /api/v1/leaders, for anybody
struct LeadersView {
  std::vector<Leader> leaders;
};
std::string toJson(const LeadersView&);

/// GET and PUT /api/v1/me/listing: `listed` is what a request says; the sums are what the caller's computers gave.
struct ListingView {
  bool listed = false;
  Contribution contribution;
};
std::string toJson(const ListingView&);
Result<bool> parseListingRequest(std::string_view json);

}  // namespace hearth::wire
