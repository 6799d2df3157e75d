// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/api_fixture.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <future>
#include <thread>

#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "certs/secret.h"
#include "certs/sha256.h"
#include "wire/package_json.h"
#include "wire/problem.h"

namespace hearth::test {
namespace {

using server::Method;
using server::Peer;
using server::Request;
using server::Response;

constexpr std::chrono::seconds kPatience{20};
constexpr std::size_t kPiece = 1000;  // bodies of uploads come in pieces

std::filesystem::path temporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "hearth-api-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

std::string derOf(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                                X509_free);
  REQUIRE(certificate);
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate.get(), &bytes);
  REQUIRE(size > 0);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string readAll(const server::FileBody& file) {
  std::string bytes(file.length, '\0');
  CHECK(::pread(file.descriptor, bytes.data(), bytes.size(), static_cast<off_t>(file.offset)) ==
        static_cast<ssize_t>(bytes.size()));
  ::close(file.descriptor);
  return bytes;
}

std::string readAll(const server::PulledBody& body) {
  std::string bytes;
  while (bytes.size() < body.length) REQUIRE(body.source->next(bytes));
  bytes.resize(static_cast<std::size_t>(body.length));  // a source may have more than is asked for
  return bytes;
}

Reply replyOf(Response response) {
  Reply reply{response.status, std::move(response.headers), {}};
  if (auto* text = std::get_if<std::string>(&response.body)) reply.body = std::move(*text);
  if (const auto* make = std::get_if<server::TextMaker>(&response.body)) reply.body = (*make)();
  if (const auto* file = std::get_if<server::FileBody>(&response.body)) reply.body = readAll(*file);
  if (const auto* pulled = std::get_if<server::PulledBody>(&response.body)) reply.body = readAll(*pulled);
  return reply;
}

std::shared_ptr<Request> requestOf(Method method, std::string_view target, server::Headers headers,
                                   std::shared_ptr<const Peer> peer) {
  auto request = std::make_shared<Request>();
  request->method = method;
  const std::size_t mark = target.find('?');
  request->path = std::string(target.substr(0, mark));
  std::string_view query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    const std::size_t equals = std::min(one.find('='), one.size());
    request->query.emplace_back(one.substr(0, equals), equals < one.size() ? one.substr(equals + 1) : "");
    query.remove_prefix(std::min(one.size() + 1, query.size()));
  }
  request->headers = std::move(headers);
  request->peer = peer ? std::move(peer) : std::make_shared<const Peer>();
  return request;
}

/// Sends a body into a sink as a connection does.
void pour(server::BodySink& sink, const std::string& body, const server::Respond& respond) {
  for (std::size_t at = 0; at < body.size(); at += kPiece) {
    const std::string_view piece = std::string_view(body).substr(at, kPiece);
    auto written = sink.write(std::as_bytes(std::span(piece.data(), piece.size())));
    if (written) continue;
    sink.abandon();
    return respond(server::problemResponse(written.error()));
  }
  sink.finish(respond);
}

}  // namespace

std::string Reply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Error Reply::problem() const {
  INFO(status << " " << body);
  CHECK(status >= 400);
  CHECK(header("content-type") == "application/problem+json");
  Error error = wire::parseProblem(body, status);
  CHECK_FALSE(error.message.empty());
  CHECK_FALSE(error.hint.empty());
  return error;
}

bool CollectedEvents::push(std::string_view event, std::string_view data) {
  if (m_gone) return false;
  const std::lock_guard lock(m_mutex);
  if (m_closed) return false;
  m_events.emplace_back(event, data);
  m_came.notify_all();
  return true;
}

void CollectedEvents::close() {
  const std::lock_guard lock(m_mutex);
  m_closed = true;
  m_came.notify_all();
}

bool CollectedEvents::waitUntilClosed() {
  std::unique_lock lock(m_mutex);
  return m_came.wait_for(lock, kPatience, [this] { return m_closed; });
}

std::vector<std::pair<std::string, std::string>> CollectedEvents::events() {
  const std::lock_guard lock(m_mutex);
  return m_events;
}

bool CollectedEvents::waitFor(std::string_view event) {
  std::unique_lock lock(m_mutex);
  return m_came.wait_for(lock, kPatience, [&] {
    return std::any_of(m_events.begin(), m_events.end(), [&](const auto& one) { return one.first == event; });
  });
}

ApiFixture::ApiFixture(server::ApiOptions options, core::DispatcherOptions dispatcher)
    : folder(temporaryFolder()),
      rootKey(certs::newSigningKey().value()),
      authority(certs::Authority::create("Test", Instant::ofUnixSeconds(1'700'000'000)).value()),
      store(db::makeMemoryStore()),
      blobs(server::BlobStore::open(folder / "blobs", {0, Duration::days(7)}).value()),
      checkpoints(server::BlobStore::open(folder / "checkpoints", {0, Duration::days(7)}).value()),
      lines(std::make_unique<server::LineIndexes>(*blobs, folder / "lists")),
      m_now(Instant::ofUnixSeconds(1'700'000'000).micros) {
  const auto clock = [this] { return now(); };
  server::Runtime::Options runtimeOptions;
  runtimeOptions.dispatcher = dispatcher;
  runtimeOptions.clock = clock;
  auto started = server::Runtime::start(runtimeOptions, store.store);
  REQUIRE(started);
  runtime = std::move(*started);
  api = std::make_unique<server::Api>(
      server::ApiDependencies{*runtime, *store.read, *blobs, *checkpoints, *lines, authority, rootKey.publicKey,
                              "Test Project", "grid.example:8443", clock, [] { return std::size_t{7}; }},
      options);
  api->addRoutes(router);
}

ApiFixture::~ApiFixture() {
  runtime->drain();
  api.reset();
  runtime.reset();
  std::filesystem::remove_all(folder);
}

Reply ApiFixture::call(Method method, std::string_view target, std::string body, Headers headers,
                       std::shared_ptr<const Peer> peer) {
  auto request = requestOf(method, target, std::move(headers), std::move(peer));
  const auto match = router.match(method, request->path);
  INFO(target);
  REQUIRE(match.route != nullptr);
  request->captures = match.captures;
  Reply reply = answer(*match.route, std::move(request), body);
  if (observer) {
    std::string pattern;
    for (const std::string& part : match.route->parts) pattern += "/" + part;
    observer(method, pattern.empty() ? "/" : pattern, body, reply);
  }
  return reply;
}

Reply ApiFixture::answer(const server::Router::Route& route, std::shared_ptr<Request> request, std::string body) {
  auto promise = std::make_shared<std::promise<Response>>();
  auto answered = promise->get_future();
  const server::Respond respond = [promise](Response response) { promise->set_value(std::move(response)); };
  std::unique_ptr<server::BodySink> sink;
  if (route.opener) {
    request->headers.emplace_back("content-length", std::to_string(body.size()));
    auto opened = route.opener(request);
    if (!opened) return replyOf(server::problemResponse(opened.error()));
    sink = std::move(*opened);
    pour(*sink, body, respond);
  } else {
    request->body = std::move(body);
    route.handler(request, respond);
  }
  REQUIRE(answered.wait_for(kPatience) == std::future_status::ready);
  return replyOf(answered.get());
}

Reply ApiFixture::as(const Person& person, Method method, std::string_view target, std::string body, Headers headers) {
  headers.emplace_back("authorization", "Bearer " + person.token);
  return call(method, target, std::move(body), std::move(headers));
}

std::shared_ptr<CollectedEvents> ApiFixture::watch(const Person& person, std::string_view target) {
  auto request = requestOf(Method::kGet, target, {{"authorization", "Bearer " + person.token}}, nullptr);
  const auto match = router.match(Method::kGet, request->path);
  REQUIRE(match.route != nullptr);
  request->captures = match.captures;
  std::promise<Response> promise;
  match.route->handler(request, [&](Response response) { promise.set_value(std::move(response)); });
  Response response = promise.get_future().get();
  const auto* source = std::get_if<server::EventSource>(&response.body);
  if (source == nullptr) return nullptr;
  auto events = std::make_shared<CollectedEvents>();
  (*source)(events);
  return events;
}

Person ApiFixture::addPerson(const std::string& name, RoleSet roles, Duration tokenLife) {
  const std::string secret = certs::newSecret("hacc_");
  std::promise<Result<db::Outcome>> promise;
  runtime->commit({{AccountInsert{{{}, name, roles, now()}},
                    AccessTokenInsert{{certs::secretHash(secret), {}, "test", now(), now() + tokenLife}, name}}},
                  [&](Result<db::Outcome> outcome) { promise.set_value(std::move(outcome)); });
  REQUIRE(promise.get_future().get() == db::Outcome::kDone);
  return {(*store.read->accountByName(name))->id, name, secret};
}

Digest ApiFixture::upload(const Person& person, std::string_view bytes) {
  const Digest digest = certs::sha256(bytes);
  const Reply reply = as(person, Method::kPut, "/api/v1/blobs/" + digest.hex(), std::string(bytes));
  INFO(reply.body);
  REQUIRE(reply.status == 201);
  return digest;
}

ApiFixture::SignedPackage ApiFixture::package(const Person& person, std::string_view program) {
  SignedPackage made;
  made.package.name = "tool";
  made.package.version = "1";
  made.package.programs = {{"prog", "usr/bin/prog"}};
  made.package.files = {{"usr/bin/prog", upload(person, program), program.size(), true}};
  made.digest = upload(person, wire::toJson(made.package));
  made.signature = {rootKey.publicKey, certs::signPackage(rootKey, made.digest).value(), {}};
  return made;
}

BatchSpec ApiFixture::spec(const Person& person, std::uint64_t tasks) {
  const SignedPackage signedPackage = package(person);
  BatchSpec made;
  made.name = "a batch";
  made.package = signedPackage.digest;
  made.signature = signedPackage.signature;
  made.command = {"prog", "--n", "{n}"};
  made.sweep.axes = {RangeAxis{"n", 0, static_cast<std::int64_t>(tasks) - 1, 1, 0}};
  made.outputs = {{"out", false}};
  return made;
}

BatchId ApiFixture::submit(const Person& person, const BatchSpec& spec) {
  const Reply reply = post(person, "/api/v1/batches", wire::toJson(spec));
  INFO(reply.body);
  REQUIRE(reply.status == 201);
  return wire::parseBatchView(reply.body).value().id;
}

wire::BatchView ApiFixture::batch(const Person& person, BatchId batch) {
  const Reply reply = get(person, "/api/v1/batches/" + std::to_string(batch.value));
  INFO(reply.body);
  REQUIRE(reply.status == 200);
  return wire::parseBatchView(reply.body).value();
}

bool ApiFixture::waitForActive(const Person& person, BatchId batch, std::uint64_t active) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (this->batch(person, batch).active != active) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::string ApiFixture::joinToken(const Person& person, std::uint32_t uses) {
  const Reply reply = post(person, "/api/v1/join-tokens", wire::toJson(wire::JoinTokenRequest{uses, {}, {}}));
  INFO(reply.body);
  REQUIRE(reply.status == 201);
  return wire::parseJoinTokenView(reply.body).value().token;
}

std::shared_ptr<const Peer> agentPeer(const std::string& certificatePem) {
  auto peer = std::make_shared<Peer>();
  peer->agentName = true;
  if (!certificatePem.empty()) peer->certificateDer = derOf(certificatePem);
  return peer;
}

SimulatedHost::SimulatedHost(ApiFixture& fixture)
    : privateKey(certs::newPrivateKey().value()), m_fixture(fixture), m_peer(agentPeer({})) {}

wire::EnrolRequest SimulatedHost::enrolment(const std::string& token) const {
  wire::EnrolRequest request;
  request.token = token;
  request.csrPem = certs::newSigningRequest(privateKey, "test host").value();
  request.description = {"attic", "linux-x86_64",   "Test CPU",         "1.0",
                         4,       8 * limits::kGiB, 100 * limits::kGiB, SandboxTier::kCgroup};
  return request;
}

Reply SimulatedHost::enrolWith(const std::string& body) {
  return m_fixture.call(Method::kPost, "/agent/v1/enrol", body, {}, agentPeer({}));
}

void SimulatedHost::adopt(const Reply& reply) {
  INFO(reply.body);
  REQUIRE(reply.status == 200);
  const auto enrolled = wire::parseEnrolReply(reply.body).value();
  id = enrolled.host;
  certificatePem = enrolled.certificatePem;
  m_peer = agentPeer(certificatePem);
}

void SimulatedHost::enrol(const std::string& token) { adopt(enrolWith(wire::toJson(enrolment(token)))); }

Reply SimulatedHost::renew() {
  wire::RenewRequest request;
  request.csrPem = certs::newSigningRequest(privateKey, "test host").value();
  const Reply reply = call(Method::kPost, "/agent/v1/renew", wire::toJson(request));
  if (reply.status == 200) adopt(reply);
  return reply;
}

Reply SimulatedHost::call(Method method, std::string_view target, std::string body, server::Headers headers) {
  return m_fixture.call(method, target, std::move(body), std::move(headers), m_peer);
}

Reply SimulatedHost::syncWith(const std::string& body) { return call(Method::kPost, "/agent/v1/sync", body); }

wire::SyncReply SimulatedHost::sync(std::uint32_t tasks) {
  wire::SyncRequest request;
  request.free = {tasks, 4, 8 * limits::kGiB, 100 * limits::kGiB};
  request.held = held;
  request.results = results;
  const Reply reply = syncWith(wire::toJson(request));
  INFO(reply.body);
  REQUIRE(reply.status == 200);
  wire::SyncReply parsed = wire::parseSyncReply(reply.body).value();
  for (const wire::ResultAck& ack : parsed.acks) {
    if (ack.verdict == wire::AckVerdict::kBlobsMissing) continue;
    std::erase(held, ack.attempt);
    std::erase_if(results, [&](const auto& result) { return result.attempt == ack.attempt; });
  }
  for (const wire::AbortOrder& order : parsed.aborts) std::erase(held, order.attempt);
  for (const wire::AssignedAttempt& attempt : parsed.attempts) held.push_back(attempt.attempt);
  return parsed;
}

wire::ReturnedResult SimulatedHost::resultOf(const wire::AssignedAttempt& attempt, std::string_view output) {
  wire::ReturnedResult result{attempt.attempt, attempt.task, attempt.revision, {}};
  result.report.outputs = {{"out", certs::sha256(output), output.size(), false}};
  return result;
}

void SimulatedHost::finish(const wire::AssignedAttempt& attempt, std::string_view output) {
  const Reply reply = upload(attempt.attempt, output);
  INFO(reply.body);
  REQUIRE(reply.status == 201);
  results.push_back(resultOf(attempt, output));
}

Reply SimulatedHost::upload(AttemptId attempt, std::string_view bytes) {
  return call(Method::kPut,
              "/agent/v1/attempts/" + std::to_string(attempt.value) + "/outputs/" + certs::sha256(bytes).hex(),
              std::string(bytes));
}

Reply SimulatedHost::fetch(AttemptId attempt, const Digest& digest, server::Headers headers) {
  return call(Method::kGet, "/agent/v1/attempts/" + std::to_string(attempt.value) + "/blobs/" + digest.hex(), {},
              std::move(headers));
}

}  // namespace hearth::test
