// SPDX-License-Identifier: GPL-3.0-or-later
// Who helps: what their computers gave, and whether they want to be named.
#include "server/api/contributions.h"

#include <map>
#include <unordered_map>
#include <utility>

#include "server/api/routes.h"
#include "wire/contributions.h"

namespace hearth::server {
namespace {

constexpr std::size_t kLeadersShown = 100;
constexpr std::size_t kPage = 1000;

/// The account of a host; 0 if it is gone.
Result<AccountId> ownerOf(db::ReadStore& read, HostId host) {
  const auto found = read.hosts({}, HostId{host.value - 1}, 1);
  if (!found) return fail(found.error());
  return !found->empty() && found->front().id == host ? found->front().account : AccountId{};
}

void showListing(ApiContext& context, const Caller& caller, const Respond& respond) {
  const auto listed = valueOr(context.deps.read.listed(caller.account.id), respond);
  if (!listed) return;
  const auto sums = valueOr(context.deps.read.contribution(caller.account.id), respond);
  if (!sums) return;
  respond(jsonResponse(200, wire::toJson(wire::ListingView{*listed, *sums})));
}

void setListing(ApiContext& context, const Caller& caller, const RequestPtr& request, const Respond& respond) {
  const auto listed = valueOr(wire::parseListingRequest(request->body), respond);
  if (!listed) return;
  commit(context, {ListedPut{caller.account.id, *listed}}, {}, respond, [&context, caller, respond] {
    runOn(context.calls, respond, [&context, caller, respond] { showListing(context, caller, respond); });
  });
}

}  // namespace

Result<Tally> tallyOf(db::ReadStore& read, const db::BatchRecord& batch) {
  std::map<AccountId, Contribution> sums;
  std::unordered_map<std::uint64_t, AccountId> owners;  // by host
  for (TaskIndex from = 0;;) {
    const auto page = read.results(batch.batch, from, kPage);
    if (!page) return fail(page.error());
    for (const db::CertifiedResult& result : *page) {
      const HostId host = result.record.lease.host;
      const auto [owner, fresh] = owners.try_emplace(host.value);
      if (fresh) {
        const auto found = ownerOf(read, host);
        if (!found) return fail(found.error());
        owner->second = *found;
      }
      Contribution& sum = sums[owner->second];
      sum.account = owner->second;
      ++sum.tasks;
      sum.processorTime = sum.processorTime + result.record.report.usage.processor;
    }
    if (page->size() < kPage) break;
    from = page->back().index + 1;
  }
  sums.erase(AccountId{});
  Tally tally{batch.batch, batch.progress.ended, {}};
  for (const auto& [account, sum] : sums) tally.contributions.push_back(sum);
  return tally;
}

void addContributionRoutes(Routes& routes, ApiContext& context) {
  routes.anyone(Method::kGet, "/api/v1/leaders", [&context](const RequestPtr&, const Respond& respond) {
    auto leaders = valueOr(context.deps.read.leaders(kLeadersShown), respond);
    if (leaders) respond(jsonResponse(200, wire::toJson(wire::LeadersView{std::move(*leaders)})));
  });
  routes.person(Method::kGet, "/api/v1/me/listing", {},
                [&context](const Caller& caller, const RequestPtr&, const Respond& respond) {
                  showListing(context, caller, respond);
                });
  routes.person(Method::kPut, "/api/v1/me/listing", {},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  setListing(context, caller, request, respond);
                });
}

}  // namespace hearth::server
