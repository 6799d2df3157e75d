// SPDX-License-Identifier: GPL-3.0-or-later
// A whole hearthd in this process, called by libcurl over TLS as agents and people call it.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <curl/curl.h>

#include "certs/authority.h"
#include "certs/sha256.h"
#include "certs/signing.h"
#include "server/app/data_folder.h"
#include "server/app/initialise.h"
#include "server/app/server.h"
#include "wire/agent.h"
#include "wire/batch_json.h"
#include "wire/package_json.h"
#include "wire/people.h"
#include "wire/problem.h"

namespace hearth::test {
namespace {

struct HttpReply {
  CURLcode transport = CURLE_OK;
  long status = 0;
  std::string headers;
  std::string body;
};

std::size_t append(char* data, std::size_t size, std::size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

void setBlob(CURL* curl, CURLoption option, const std::string& text) {
  curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
  curl_easy_setopt(curl, option, &blob);
}

/// A hearthd on a free port with a fresh data folder.
class ServedProject {
 public:
  ServedProject() {
    std::string name = (std::filesystem::temp_directory_path() / "hearth-served-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    server::InitialiseOptions options;
    options.config.folder = folder / "data";
    options.config.address = "127.0.0.1";
    options.config.port = 0;
    options.config.publicNames = {"127.0.0.1"};
    options.config.diskReserveBytes = 0;
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const Instant now{std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
    auto made = server::initialise(options, now);
    INFO((made ? std::string() : made.error().message));
    REQUIRE(made);
    initialised = *made;
    const server::DataFolder paths{options.config.folder};
    authorityPem = server::readTextFile(paths.authorityCertificate()).value();
    rootKey = certs::readSigningKeyFile(paths.rootKey()).value();
    auto started = server::Server::start(options.config);
    INFO((started ? std::string() : started.error().message));
    REQUIRE(started);
    running = std::move(*started);
  }
  ~ServedProject() {
    running.reset();
    std::filesystem::remove_all(folder);
  }

  /// As an agent with this certificate (none: empty).
  HttpReply agentCall(const std::string& method, const std::string& path, const std::string& body,
                      const certs::Identity& identity = {}) const {
    const std::string name(certs::kAgentServerName);
    const std::string port = std::to_string(running->port());
    const std::string connect = name + ":" + port + ":127.0.0.1:" + port;
    return call("https://" + name + ":" + port + path, method, body, {}, [&](CURL* curl) {
      curl_slist* to = curl_slist_append(nullptr, connect.c_str());
      curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
      setBlob(curl, CURLOPT_CAINFO_BLOB, authorityPem);
      if (!identity.certificatePem.empty()) {
        setBlob(curl, CURLOPT_SSLCERT_BLOB, identity.certificatePem);
        setBlob(curl, CURLOPT_SSLKEY_BLOB, identity.privateKeyPem);
        curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "PEM");
        curl_easy_setopt(curl, CURLOPT_SSLKEYTYPE, "PEM");
      }
      return to;
    });
  }
  /// As the admin.
  HttpReply call(const std::string& method, const std::string& path, const std::string& body = {},
                 std::vector<std::string> headers = {}) const {
    headers.push_back("Authorization: Bearer " + initialised.adminToken);
    return call("https://127.0.0.1:" + std::to_string(running->port()) + path, method, body, std::move(headers),
                [&](CURL* curl) {
                  setBlob(curl, CURLOPT_CAINFO_BLOB, authorityPem);
                  return static_cast<curl_slist*>(nullptr);
                });
  }
  Digest upload(const std::string& bytes) const {
    const Digest digest = certs::sha256(bytes);
    const HttpReply reply = call("PUT", "/api/v1/blobs/" + digest.hex(), bytes);
    INFO(reply.body);
    REQUIRE(reply.status == 201);
    return digest;
  }

  std::filesystem::path folder;
  server::Initialised initialised;
  std::string authorityPem;
  certs::SigningKey rootKey;
  std::unique_ptr<server::Server> running;

 private:
  template <typename Prepare>
  static HttpReply call(const std::string& url, const std::string& method, const std::string& body,
                        std::vector<std::string> headers, const Prepare& prepare) {
    HttpReply reply;
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &reply.headers);
    curl_slist* list = curl_slist_append(nullptr, "Expect:");
    for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list);
    if (method == "HEAD") {
      curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
    } else if (method != "GET") {
      curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
      curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    }
    curl_slist* to = prepare(curl.get());
    reply.transport = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    curl_slist_free_all(list);
    curl_slist_free_all(to);
    return reply;
  }
};

Error problemOf(const HttpReply& reply) {
  INFO(reply.status << " " << reply.body);
  CHECK(reply.transport == CURLE_OK);
  CHECK(reply.status >= 400);
  CHECK_THAT(reply.headers, Catch::Contains("application/problem+json"));
  Error error = wire::parseProblem(reply.body, static_cast<unsigned>(reply.status));
  CHECK_FALSE(error.hint.empty());
  return error;
}

certs::Identity enrol(const ServedProject& project) {
  certs::Identity identity;
  identity.privateKeyPem = certs::newPrivateKey().value();
  wire::EnrolRequest request;
  const HttpReply token = project.call("POST", "/api/v1/join-tokens", "{}");
  INFO(token.body);
  REQUIRE(token.status == 201);
  request.token = wire::parseJoinTokenView(token.body).value().token;
  request.csrPem = certs::newSigningRequest(identity.privateKeyPem, "host").value();
  request.description = {
      "attic", "linux-x86_64", "CPU", "1", 4, 8 * limits::kGiB, 100 * limits::kGiB, SandboxTier::kCgroup};
  const HttpReply reply = project.agentCall("POST", "/agent/v1/enrol", wire::toJson(request));
  INFO(reply.transport << " " << reply.body);
  REQUIRE(reply.status == 200);
  identity.certificatePem = wire::parseEnrolReply(reply.body).value().certificatePem;
  return identity;
}

BatchSpec specOf(const ServedProject& project) {
  const std::string program = "#!program";
  const Package package{
      "tool", "1", "linux-x86_64", {{"prog", "prog"}}, {{"prog", project.upload(program), program.size(), true}}};
  BatchSpec spec;
  spec.name = "over TLS";
  spec.package = project.upload(wire::toJson(package));
  spec.signature = {project.rootKey.publicKey, certs::signPackage(project.rootKey, spec.package).value(), {}};
  spec.command = {"prog", "{n}"};
  spec.sweep.axes = {RangeAxis{"n", 1, 3, 1, 0}};
  spec.outputs = {{"out", false}};
  return spec;
}

}  // namespace

TEST_CASE("over TLS, from submission to certified results, with a stream that tells of it") {
  const ServedProject project;
  const certs::Identity host = enrol(project);
  const HttpReply submitted =
      project.call("POST", "/api/v1/batches", wire::toJson(specOf(project)), {"Idempotency-Key: one"});
  INFO(submitted.body);
  REQUIRE(submitted.status == 201);
  const std::string path = "/api/v1/batches/" + std::to_string(wire::parseBatchView(submitted.body).value().id.value);
  HttpReply stream;
  std::thread watcher([&] { stream = project.call("GET", path + "/events"); });

  wire::SyncRequest request;
  request.free = {10, 4, 8 * limits::kGiB, 100 * limits::kGiB};
  const wire::SyncReply given =
      wire::parseSyncReply(project.agentCall("POST", "/agent/v1/sync", wire::toJson(request), host).body).value();
  REQUIRE(given.attempts.size() == 3);
  request.free = {};
  for (const auto& attempt : given.attempts) {
    const std::string prefix = "/agent/v1/attempts/" + std::to_string(attempt.attempt.value);
    CHECK(project.agentCall("GET", prefix + "/blobs/" + certs::sha256("#!program").hex(), {}, host).body ==
          "#!program");
    const std::string bytes = "result " + std::to_string(attempt.task.index);
    CHECK(project.agentCall("PUT", prefix + "/outputs/" + certs::sha256(bytes).hex(), bytes, host).status == 201);
    request.held.push_back(attempt.attempt);
    request.results.push_back({attempt.attempt, attempt.task, attempt.revision, {}});
    request.results.back().report.outputs = {{"out", certs::sha256(bytes), bytes.size(), false}};
  }
  const auto acks =
      wire::parseSyncReply(project.agentCall("POST", "/agent/v1/sync", wire::toJson(request), host).body).value().acks;
  REQUIRE(acks.size() == 3);
  CHECK(std::all_of(acks.begin(), acks.end(),
                    [](const auto& ack) { return ack.verdict == wire::AckVerdict::kAccepted; }));
  watcher.join();
  CHECK_THAT(stream.headers, Catch::Contains("text/event-stream"));
  CHECK_THAT(stream.body, Catch::Contains("event: progress") && Catch::Contains("event: end"));
  CHECK(wire::parseBatchView(project.call("GET", path).body).value().state == BatchState::kDone);
  const HttpReply part =
      project.call("GET", path + "/tasks/1/blobs/" + certs::sha256("result 1").hex(), {}, {"Range: bytes=0-5"});
  CHECK(part.status == 206);
  CHECK(part.body == "result");
}

TEST_CASE("over TLS, an agent with no certificate, one of another project or a revoked one gets nothing") {
  const ServedProject project;
  const certs::Identity host = enrol(project);
  const std::string body = wire::toJson(wire::SyncRequest{});
  CHECK(problemOf(project.agentCall("POST", "/agent/v1/sync", body)).code == ErrorCode::kUnauthorized);

  const Instant past = Instant::ofUnixSeconds(1'700'000'000);
  const auto other = certs::Authority::create("Another", past).value();
  certs::Identity stranger{{}, certs::newPrivateKey().value()};
  const std::string csr = certs::newSigningRequest(stranger.privateKeyPem, "x").value();
  stranger.certificatePem = other.issueHost(csr, HostId{1}, past, Duration::days(3'650)).value();
  const HttpReply refused = project.agentCall("POST", "/agent/v1/sync", body, stranger);
  CHECK((refused.transport != CURLE_OK || refused.status == 401));

  CHECK(project.agentCall("POST", "/agent/v1/sync", body, host).status == 200);
  CHECK(project.call("POST", "/api/v1/hosts/1/revoke").status == 200);
  const HttpReply revoked = project.agentCall("POST", "/agent/v1/sync", body, host);
  CHECK((revoked.status == 401 || revoked.status == 403));
  problemOf(revoked);
}

TEST_CASE("over TLS, what is too large, unknown or meant for others gets a problem document") {
  const ServedProject project;
  CHECK(problemOf(project.call("POST", "/api/v1/batches", std::string(limits::kJsonBodyBytes + 1, ' '))).code ==
        ErrorCode::kTooLarge);
  const Error nothing = problemOf(project.call("GET", "/api/v1/nothing?of=it"));
  CHECK(nothing.code == ErrorCode::kNotFound);
  CHECK_THAT(nothing.message, Catch::EndsWith(" /api/v1/nothing"));  // by which a newer client knows an older server
  CHECK(project.call("DELETE", "/api/v1/batches").status == 405);
  CHECK(problemOf(project.call("POST", "/agent/v1/sync", "{}")).code == ErrorCode::kForbidden);
  CHECK(project.call("HEAD", "/api/v1/blobs/" + Digest{}.hex()).status == 404);
  CHECK_THAT(project.call("HEAD", "/api/v1/blobs/" + Digest{}.hex()).headers,
             Catch::Contains("upload-offset: 0", Catch::CaseSensitive::No));
  CHECK(project.call("GET", "/healthz").body == "ok\n");
  CHECK(project.call("GET", "/readyz").status == 200);
  CHECK_THAT(project.call("GET", "/").body, Catch::Contains("Lend a computer"));
  // The connections of the calls before are let go of a moment after their clients have left.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::string metrics;
  do metrics = project.call("GET", "/metrics").body;
  while (metrics.find("hearth_connections 1\n") == std::string::npos && std::chrono::steady_clock::now() < end);
  CHECK_THAT(metrics, Catch::Contains("hearth_connections 1\n"));
}

TEST_CASE("over TLS, an upload of some megabytes arrives whole, and an offset that is wrong is told the right one") {
  const ServedProject project;
  std::string bytes(5 * limits::kMiB + 17, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 3);
  const std::string path = "/api/v1/blobs/" + certs::sha256(bytes).hex();
  const std::string length = "Upload-Length: " + std::to_string(bytes.size());
  CHECK(project.call("PUT", path, bytes.substr(0, limits::kMiB), {length}).status == 202);
  const HttpReply wrong = project.call("PUT", path, bytes.substr(0, 500'000), {length, "Upload-Offset: 7"});
  CHECK(wrong.status == 409);
  CHECK_THAT(wrong.headers, Catch::Contains("upload-offset: 1048576", Catch::CaseSensitive::No));
  CHECK(project.call("PUT", path, bytes.substr(limits::kMiB), {length, "Upload-Offset: 1048576"}).status == 201);
  CHECK(project.call("HEAD", path).status == 200);
}

}  // namespace hearth::test
