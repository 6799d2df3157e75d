// SPDX-License-Identifier: GPL-3.0-or-later
// All results of a batch as one archive.
#include <algorithm>
#include <memory>
#include <utility>

#include "server/api/results_zip.h"
#include "server/api/routes.h"
#include "server/http/file_response.h"

namespace hearth::server {
namespace {

/// A round that was begun before an instant may be written after it, but not this much.
constexpr Duration kRoundAtMost = Duration::minutes(1);

std::string tagOf(const ZipContent& content) {
  return "\"results-" + std::to_string(content.batch.value) + "-" + std::to_string(content.until.micros) + "\"";
}

bool isOver(const db::BatchRecord& batch) {
  return batch.progress.state == BatchState::kDone || batch.progress.state == BatchState::kCancelled;
}

/// The instant that an If-Range of an earlier answer names, if it is one of this batch.
std::optional<Instant> untilOfTag(const Request& request, BatchId batch) {
  std::string_view tag = request.header("if-range");
  const std::string begin = "\"results-" + std::to_string(batch.value) + "-";
  if (!tag.starts_with(begin) || !tag.ends_with("\"")) return std::nullopt;
  tag.remove_prefix(begin.size());
  tag.remove_suffix(1);
  const auto micros = parseNumber(tag, "if-range");
  if (!micros || *micros > static_cast<std::uint64_t>(Instant::farFuture().micros)) return std::nullopt;
  return Instant{static_cast<std::int64_t>(*micros)};
}

/// Which results are asked for. One that goes on gets another archive at each moment, so a part of it can be asked for
/// only by who says of which.
struct Asked {
  ZipContent content;
  bool fixed = false;  ///< a later request can ask for the same
};
Result<Asked> askedOf(const ApiContext& context, const db::BatchRecord& batch, const Request& request) {
  const Instant now = context.now();
  if (!request.queryValue("until").empty()) {
    const auto until = queryNumber(request, "until", 0);
    if (!until) return fail(until.error());
    if (*until > static_cast<std::uint64_t>(now.micros)) {
      return fail(ErrorCode::kInvalid, "'until' lies in the future.",
                  "Give microseconds since 1970, as the content-location of an earlier answer does, or leave it out.");
    }
    return Asked{{batch.batch, {static_cast<std::int64_t>(*until)}}, true};
  }
  if (isOver(batch)) return Asked{{batch.batch, batch.progress.ended + Duration::microseconds(1)}, true};
  const auto tagged = untilOfTag(request, batch.batch);
  if (tagged && *tagged <= now) return Asked{{batch.batch, *tagged}, true};
  return Asked{{batch.batch, now}, false};
}

RequestPtr withoutRange(const RequestPtr& request) {
  auto whole = std::make_shared<Request>(*request);
  std::erase_if(whole->headers, [](const auto& header) { return header.first == "range"; });
  return whole;
}

Response answer(ApiContext& context, const std::shared_ptr<const ZipPlan>& plan, ZipParts parts,
                const Request& request) {
  const ZipContent content = plan->content();
  const std::string number = std::to_string(content.batch.value);
  RangedAnswer ranged = rangedAnswer(request, plan->bytes(), tagOf(content), "application/zip");
  if (ranged.complete) return std::move(ranged.head);
  auto& headers = ranged.head.headers;
  headers.emplace_back("content-disposition", "attachment; filename=\"batch-" + number + ".zip\"");
  headers.emplace_back("cache-control", "private, no-cache");
  headers.emplace_back("content-location",
                       "/api/v1/batches/" + number + "/results.zip?until=" + std::to_string(content.until.micros));
  ranged.head.body = PulledBody{openZip(plan, std::move(parts), ranged.offset), ranged.length};
  context.metrics.blobBytesOut(ranged.length);
  return std::move(ranged.head);
}

void planAndAnswer(ApiContext& context, ZipContent content, const RequestPtr& request, const Respond& respond) {
  auto batch = valueOr(context.prepared.find(content.batch), respond);
  if (!batch) return;
  ZipParts parts{context.deps.read, context.deps.blobs, context.deps.lines, std::move(*batch)};
  const std::string tag = tagOf(content);
  auto plan = context.zips.find(tag).value_or(nullptr);
  if (!plan) {
    auto made = valueOr(ZipPlan::make(content, parts), respond);
    if (!made) return;
    plan = std::move(*made);
    context.zips.put(tag, plan);
  }
  respond(answer(context, plan, std::move(parts), *request));
}

}  // namespace

void sendResults(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request, const Respond& respond) {
  const auto asked = valueOr(askedOf(context, batch, *request), respond);
  if (!asked) return;
  const RequestPtr effective = asked->fixed ? request : withoutRange(request);
  auto work = [&context, content = asked->content, effective, respond] {
    runOn(context.scans, respond,
          [&context, content, effective, respond] { planAndAnswer(context, content, effective, respond); });
  };
  if (asked->content.until + kRoundAtMost < context.now()) return work();
  commit(context, {}, {}, respond, std::move(work));  // behind the rounds that are on their way to the store
}

void addDownloadRoutes(Routes& routes, ApiContext& context) {
  routes.person(Method::kGet, "/api/v1/batches/{batch}/results.zip", {Role::kScientist, Role::kOperator, Role::kAdmin},
                [&context](const Caller& caller, const RequestPtr& request, const Respond& respond) {
                  const auto batch = valueOr(batchOf(context, caller, *request, BatchAccess::kOwner), respond);
                  if (batch) sendResults(context, *batch, request, respond);
                });
}

}  // namespace hearth::server
