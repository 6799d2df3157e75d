// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "db/store.h"
#include "server/api/context.h"
#include "server/http/router.h"

namespace hearth::server {

using RequestPtr = std::shared_ptr<const Request>;
using PersonHandler = std::function<void(const Caller&, RequestPtr, Respond)>;
using HostHandler = std::function<void(const certs::HostCertificate&, RequestPtr, Respond)>;
using PersonOpener = std::function<Result<std::unique_ptr<BodySink>>(const Caller&, RequestPtr)>;
using HostOpener = std::function<Result<std::unique_ptr<BodySink>>(const certs::HostCertificate&, RequestPtr)>;

/// Adds routes to the Router with what all of them have in common: who may call is checked, requests are counted, and
/// an exception that a library let out becomes a problem document. Used while the routes are added only; what it adds
/// lives on.
class Routes {
 public:
  Routes(Router& router, ApiContext& context) : m_router(router), m_context(context) {}

  void anyone(Method method, std::string_view pattern, Handler handler);
  /// Needs an access token of an account with one of these roles; none: any account.
  void person(Method method, std::string_view pattern, std::initializer_list<Role> roles, PersonHandler handler);
  void personUpload(std::string_view pattern, std::initializer_list<Role> roles, PersonOpener opener,
                    Method method = Method::kPut);
  /// Needs a host's certificate that is good now.
  void host(Method method, std::string_view pattern, HostHandler handler);
  void hostUpload(std::string_view pattern, HostOpener opener);

 private:
  Router& m_router;
  ApiContext& m_context;
};

// What handlers need again and again.

void respondError(const Respond& respond, Error error);
/// The value, or nothing after the error was sent.
template <typename T>
std::optional<T> valueOr(Result<T> result, const Respond& respond) {
  if (result) return std::move(*result);
  respondError(respond, std::move(result).error());
  return std::nullopt;
}
/// Runs `work` on the pool, or answers that the server is busy.
void runOn(WorkerPool& pool, const Respond& respond, std::function<void()> work);

/// A number in decimal digits. `what` is its name in the message.
Result<std::uint64_t> parseNumber(std::string_view text, std::string_view what);
/// A query member that is a number; `absent` where it is not given.
Result<std::uint64_t> queryNumber(const Request& request, std::string_view name, std::uint64_t absent);
/// The `limit` of a list, between 1 and wire::kPageRows.
Result<std::size_t> queryLimit(const Request& request);
/// A capture that names something: what is no number names nothing, so that the error is kNotFound.
template <typename IdType>
Result<IdType> captureId(const Request& request, std::size_t capture, std::string_view what) {
  const auto number = parseNumber(request.captures.at(capture), what);
  if (number && *number != 0) return IdType{*number};
  return fail(ErrorCode::kNotFound, "There is no " + std::string(what) + " '" + request.captures.at(capture) + "'.",
              "The path takes the number that lists show.");
}
Result<Digest> captureDigest(const Request& request, std::size_t capture);

/// How far a caller must be allowed to go.
enum class BatchAccess { kOwner, kOwnerOrOperator };
/// The batch that the first capture names, if the caller may see it; to others it does not exist.
Result<db::BatchRecord> batchOf(ApiContext& context, const Caller& caller, const Request& request, BatchAccess access);
wire::BatchView viewOf(ApiContext& context, const db::BatchRecord& record);
/// The name of an account, for views; empty if it is gone.
std::string accountName(ApiContext& context, AccountId account);

/// Keeps one unit and says whether that worked; a conflict becomes the error given.
void commit(ApiContext& context, Changes changes, Error conflict, const Respond& respond, std::function<void()> done);
AuditAppend auditOf(const ApiContext& context, const Caller& caller, std::string action, std::string subject,
                    std::string detail = {});

/// A blob, or the part that the request's Range asks for; 304 when the caller has it.
Response blobResponse(ApiContext& context, const BlobStore& store, const Request& request, const Digest& digest);

/// All results of a batch that the caller may read, as one archive.
void sendResults(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request, const Respond& respond);

/// The rest of what a caller may read of a batch, whoever that is; the request says which page or which blob.
void listResultsOf(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request,
                   const Respond& respond);
void fetchBlobOf(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request, const Respond& respond);

/// The same blob as fetchBlobOf(), to be shown, if it is a picture of a kind that runs nothing.
void showPictureOf(ApiContext& context, const db::BatchRecord& batch, const RequestPtr& request,
                   const Respond& respond);

/// How long the results of a batch stay.
struct Keeping {
  std::optional<Instant> until;  ///< nothing: as long as the project lasts, or it has not ended
  bool chosen = false;           ///< by the owner
  bool removed = false;          ///< they are gone
};
Result<Keeping> keepingOf(ApiContext& context, const db::BatchRecord& batch);

// The parts of the API. Each adds its routes; handlers keep a reference to the context.
void addAgentRoutes(Routes& routes, ApiContext& context);
void addAgentBlobRoutes(Routes& routes, ApiContext& context);
void addOutputRoutes(Routes& routes, ApiContext& context);
void addUploadRoutes(Routes& routes, ApiContext& context);
void addSubmissionRoutes(Routes& routes, ApiContext& context);
void addBatchRoutes(Routes& routes, ApiContext& context);
void addBatchFollowRoutes(Routes& routes, ApiContext& context);
void addResultRoutes(Routes& routes, ApiContext& context);
void addDownloadRoutes(Routes& routes, ApiContext& context);
void addResultViewRoutes(Routes& routes, ApiContext& context);
void addShareRoutes(Routes& routes, ApiContext& context);
void addNotificationRoutes(Routes& routes, ApiContext& context);
void addHostRoutes(Routes& routes, ApiContext& context);
void addApplicationRoutes(Routes& routes, ApiContext& context);
void addAccountRoutes(Routes& routes, ApiContext& context);
void addContributionRoutes(Routes& routes, ApiContext& context);
void addStatusRoutes(Routes& routes, ApiContext& context);

/// What is happening, for anybody: a few seconds old at most, so that a crowd costs no more than one visitor. `answer`
/// is called once, from any thread.
void figures(ApiContext& context, std::function<void(Result<wire::FiguresView>)> answer);

}  // namespace hearth::server
