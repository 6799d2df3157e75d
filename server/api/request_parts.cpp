// SPDX-License-Identifier: GPL-3.0-or-later
// What handlers read out of requests, and the answers that many of them give.
#include <algorithm>
#include <charconv>
#include <utility>

#include "server/api/routes.h"

namespace hearth::server {

Result<std::uint64_t> parseNumber(std::string_view text, std::string_view what) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return fail(ErrorCode::kInvalid,
                "'" + std::string(text.substr(0, 40)) + "' is no number, which '" + std::string(what) + "' must be.",
                "Give a whole number in decimal digits.");
  }
  return number;
}

Result<std::uint64_t> queryNumber(const Request& request, std::string_view name, std::uint64_t absent) {
  const std::string_view text = request.queryValue(name);
  return text.empty() ? absent : parseNumber(text, name);
}

Result<std::size_t> queryLimit(const Request& request) {
  const auto asked = queryNumber(request, "limit", wire::kPageRowsDefault);
  if (!asked) return fail(asked.error());
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(*asked, 1, wire::kPageRows));
}

Result<Digest> captureDigest(const Request& request, std::size_t capture) {
  auto digest = Digest::parse(request.captures.at(capture));
  if (!digest) {
    return fail(ErrorCode::kInvalid, "The last part of the path must be a blob's SHA-256: " + digest.error().message,
                "Write it as 64 hexadecimal digits.");
  }
  return digest;
}

Result<db::BatchRecord> batchOf(ApiContext& context, const Caller& caller, const Request& request, BatchAccess access) {
  const auto batch = captureId<BatchId>(request, 0, "batch");
  if (!batch) return fail(batch.error());
  auto record = context.deps.read.batch(*batch);
  if (!record) return fail(std::move(record).error());
  const bool owner = *record && (*record)->plan.owner == caller.account.id;
  if (!*record || (!owner && !caller.isOperator())) {
    return fail(ErrorCode::kNotFound,
                "There is no batch " + std::to_string(batch->value) + " that '" + caller.account.name + "' may see.",
                "List your batches: GET /api/v1/batches, or hearth status");
  }
  if (!owner && access == BatchAccess::kOwner) {
    return fail(ErrorCode::kForbidden, "What a batch computes is for its owner only.",
                "Operators may see, pause and cancel batches; ask the owner for the results.");
  }
  return std::move(**record);
}

std::string accountName(ApiContext& context, AccountId account) {
  const auto found = context.deps.read.account(account);
  return found && *found ? (*found)->name : std::string{};
}

wire::BatchView viewOf(ApiContext& context, const db::BatchRecord& record) {
  wire::BatchView view;
  view.id = record.batch;
  view.name = record.plan.name;
  view.owner = accountName(context, record.plan.owner);
  view.state = record.progress.state;
  view.reason = record.progress.reason;
  view.tasks = record.plan.tasks;
  view.cursor = record.progress.cursor;
  view.certified = record.progress.certified;
  view.failed = record.progress.failed;
  view.active = context.events.active(record.batch);
  view.quorum = record.plan.policy.quorum;
  view.created = record.created;
  view.ended = record.progress.ended;
  return view;
}

void commit(ApiContext& context, Changes changes, Error conflict, const Respond& respond, std::function<void()> done) {
  context.deps.runtime.commit(db::Unit{std::move(changes)}, [respond, conflict = std::move(conflict),
                                                             done = std::move(done)](Result<db::Outcome> outcome) {
    if (!outcome) return respondError(respond, std::move(outcome).error());
    if (*outcome == db::Outcome::kConflict) return respondError(respond, conflict);
    done();
  });
}

AuditAppend auditOf(const ApiContext& context, const Caller& caller, std::string action, std::string subject,
                    std::string detail) {
  return {context.now(), caller.account.id, std::move(action), std::move(subject), std::move(detail)};
}

}  // namespace hearth::server
