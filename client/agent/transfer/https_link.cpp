// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/https_link.h"

#include <utility>

#include "agent/platform/host_facts.h"
#include "base/limits.h"
#include "wire/problem.h"

namespace hearth::agent {
namespace {

constexpr int kUploadRounds = 4;                        // how often the server may say that it stands at another offset
constexpr std::uint64_t kAskFirstBytes = limits::kMiB;  // larger uploads ask how much is there before they send

constexpr Duration kProjectLongest = Duration::seconds(20);  // somebody waits before a window

const char* const kJson = "Content-Type: application/json";

Error problemOf(const HttpReply& reply) { return wire::parseProblem(reply.body, reply.status); }

}  // namespace

HttpsLink::HttpsLink(Endpoint server, TlsIdentity identity, std::string proxy, MessageLog* messages)
    : m_server(std::move(server)), m_proxy(std::move(proxy)), m_messages(messages), m_identity(std::move(identity)) {}

HttpsLink::~HttpsLink() = default;

HttpsLink::Connection HttpsLink::borrow() {
  const std::lock_guard lock(m_mutex);
  while (!m_idle.empty()) {
    Connection connection = std::move(m_idle.back());
    m_idle.pop_back();
    if (connection.generation == m_generation) return connection;
  }
  return {std::make_unique<HttpsClient>(m_server, m_identity, m_proxy), m_generation};
}

void HttpsLink::giveBack(Connection connection) {
  const std::lock_guard lock(m_mutex);
  if (connection.generation == m_generation) m_idle.push_back(std::move(connection));
}

void HttpsLink::setIdentity(TlsIdentity identity) {
  const std::lock_guard lock(m_mutex);
  m_identity = std::move(identity);
  ++m_generation;
  m_idle.clear();
}

Result<HttpReply> HttpsLink::perform(HttpRequest& request, const std::atomic<bool>* cancelled) {
  request.cancelled = [this, cancelled] { return m_closed.load() || (cancelled != nullptr && cancelled->load()); };
  Connection connection = borrow();
  auto reply = connection.client->perform(request);
  giveBack(std::move(connection));
  if (reply && m_messages != nullptr) note(request, *reply);
  return reply;
}

/// Files are not shown, but that and how much of them travelled is.
void HttpsLink::note(const HttpRequest& request, const HttpReply& reply) const {
  const std::string path = request.method + " " + request.path;
  const std::string sent =
      request.file ? "(" + std::to_string(request.file->length) + " bytes of a file)" : request.body;
  m_messages->add(wallClock(), MessageLog::Direction::kSent, path, sent);
  const bool isFile = request.sink && reply.body.empty();
  m_messages->add(wallClock(), MessageLog::Direction::kReceived, std::to_string(reply.status) + " on " + path,
                  isFile ? "(a file)" : reply.body);
}

tl::expected<wire::SyncReply, SyncFailed> HttpsLink::sync(const wire::SyncRequest& message) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/agent/v1/sync";
  request.headers = {kJson};
  request.body = wire::toJson(message);
  auto reply = perform(request);
  if (!reply) return tl::unexpected(SyncFailed{std::move(reply).error(), {}});
  if (reply->status != 200) return tl::unexpected(SyncFailed{problemOf(*reply), reply->retryAfter});
  auto parsed = wire::parseSyncReply(reply->body);
  if (!parsed) return tl::unexpected(SyncFailed{std::move(parsed).error().within("the server's answer"), {}});
  return std::move(*parsed);
}

Result<void> HttpsLink::download(AttemptId attempt, const Digest& digest, std::uint64_t offset, Sink& sink,
                                 const std::atomic<bool>& cancelled) {
  HttpRequest request;
  request.path = "/agent/v1/attempts/" + std::to_string(attempt.value) + "/blobs/" + digest.hex();
  if (offset > 0) request.headers.push_back("Range: bytes=" + std::to_string(offset) + "-");
  request.longest = {};
  bool begun = false;
  request.sink = [&](unsigned status, std::span<const std::byte> bytes) -> Result<void> {
    if (!begun) HEARTH_TRY(sink.begin(status == 206 ? offset : 0));
    begun = true;
    return sink.write(bytes);
  };
  auto reply = perform(request, &cancelled);
  if (!reply) return fail(std::move(reply).error());
  if (reply->status == 416)
    return fail(ErrorCode::kInvalid, "the server has nothing at offset " + std::to_string(offset));
  if (reply->status != 200 && reply->status != 206) return fail(problemOf(*reply));
  if (!begun) HEARTH_TRY(sink.begin(reply->status == 206 ? offset : 0));
  return {};
}

Result<void> HttpsLink::upload(Upload what, AttemptId attempt, const Digest& digest, const std::filesystem::path& file,
                               std::uint64_t size, const std::atomic<bool>& cancelled) {
  HttpRequest request;
  request.path = "/agent/v1/attempts/" + std::to_string(attempt.value) +
                 (what == Upload::kOutput ? "/outputs/" : "/checkpoints/") + digest.hex();
  request.longest = {};
  std::uint64_t offset = 0;
  if (size > kAskFirstBytes) {
    request.method = "HEAD";
    auto reply = perform(request, &cancelled);
    if (!reply) return fail(std::move(reply).error());
    if (reply->status == 200 && !reply->uploadOffset) return {};
    offset = reply->uploadOffset.value_or(0);
    if (offset > size) offset = 0;
  }
  request.method = "PUT";
  for (int round = 0; round < kUploadRounds; ++round) {
    request.file = FilePart{file, offset, size - offset};
    request.headers = {"Content-Type: application/octet-stream", "Upload-Offset: " + std::to_string(offset),
                       "Upload-Length: " + std::to_string(size)};
    auto reply = perform(request, &cancelled);
    if (!reply) return fail(std::move(reply).error());
    if (reply->status >= 200 && reply->status < 300) return {};
    if (reply->status != 409 || !reply->uploadOffset || *reply->uploadOffset > size) return fail(problemOf(*reply));
    offset = *reply->uploadOffset;
  }
  return fail(ErrorCode::kConflict, "the server keeps changing its mind about how much of an output it has");
}

Result<wire::EnrolReply> HttpsLink::postEnrolment(const std::string& path, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.headers = {kJson};
  request.body = std::move(body);
  auto reply = perform(request);
  if (!reply) return fail(std::move(reply).error());
  if (reply->status < 200 || reply->status >= 300) return fail(problemOf(*reply));
  return wire::parseEnrolReply(reply->body);
}

Result<wire::EnrolReply> HttpsLink::renew(const wire::RenewRequest& request) {
  return postEnrolment("/agent/v1/renew", wire::toJson(request));
}

Result<wire::EnrolReply> HttpsLink::enrol(const wire::EnrolRequest& request) {
  return postEnrolment("/agent/v1/enrol", wire::toJson(request));
}

Result<wire::ProjectView> HttpsLink::project() {
  HttpRequest request;
  request.path = "/agent/v1/project";
  request.longest = kProjectLongest;
  auto reply = perform(request);
  if (!reply) return fail(std::move(reply).error());
  if (reply->status != 200) return fail(problemOf(*reply));
  return wire::parseProjectView(reply->body);
}

Result<wire::ProjectView> HttpsLink::projectOf(const wire::ProjectRequest& message) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/agent/v1/project";
  request.headers = {kJson};
  request.body = wire::toJson(message);
  request.longest = kProjectLongest;
  auto reply = perform(request);
  if (!reply) return fail(std::move(reply).error());
  if (reply->status != 200) return fail(problemOf(*reply));
  return wire::parseProjectView(reply->body);
}

}  // namespace hearth::agent
