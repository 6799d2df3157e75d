// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>
#include <curl/curl.h>

#include "api/http_support.h"
#include "certs/sha256.h"

using namespace hearth;
using namespace hearth::server;
using namespace hearth::test;

namespace {

/// What became of uploads.
struct Uploads {
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::size_t> largestPiece{0};
  std::atomic<std::size_t> resident{0};
  std::atomic<int> finished{0};
  std::atomic<int> abandoned{0};
  std::atomic<int> destroyed{0};
  std::uint64_t refuseAfter = UINT64_MAX;
};

/// Hashes what comes; answers from a thread of its own.
class HashingSink : public BodySink {
 public:
  explicit HashingSink(Uploads& uploads) : m_uploads(uploads) {}
  ~HashingSink() override { ++m_uploads.destroyed; }

  Result<void> write(std::span<const std::byte> bytes) override {
    m_uploads.bytes += bytes.size();
    m_uploads.largestPiece = std::max(m_uploads.largestPiece.load(), bytes.size());
    if (m_uploads.bytes % (1U << 20U) < bytes.size())
      m_uploads.resident = std::max(m_uploads.resident.load(), residentBytes());
    if (m_uploads.bytes > m_uploads.refuseAfter) return fail(ErrorCode::kExhausted, "the disk is full", "Free some.");
    m_hash.update(bytes);
    return {};
  }
  void finish(Respond respond) override {
    ++m_uploads.finished;
    std::thread([this, respond = std::move(respond)] { respond(Response{201, {}, m_hash.finish().hex()}); }).detach();
  }
  void abandon() override { ++m_uploads.abandoned; }

 private:
  Uploads& m_uploads;
  certs::Sha256 m_hash;
};

struct Fixture {
  Uploads uploads;
  Router router;
  std::unique_ptr<HttpServer> server;

  explicit Fixture(HttpServerOptions options = serverOptions()) {
    router.addStreaming(Method::kPut, "/blobs/{blob}",
                        [this](std::shared_ptr<const Request> request) -> Result<std::unique_ptr<BodySink>> {
                          if (request->captures[0] == "forbidden")
                            return fail(ErrorCode::kForbidden, "not yours", "Ask the owner.");
                          return std::make_unique<HashingSink>(uploads);
                        });
    server = startServer(router, std::move(options));
  }
};

std::string put(std::string_view path, std::uint64_t length, std::string_view more = {}) {
  return "PUT " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n" +
         std::string(more) + "\r\n";
}

}  // namespace

TEST_CASE("http: 64 MB stream through little memory, in pieces of 64 KiB at most") {
  Fixture fixture;
  constexpr std::uint64_t kBytes = 64'000'000;
  const std::string piece(64'000, 'd');
  certs::Sha256 hash;
  TlsClient client(fixture.server->port());
  const std::size_t before = residentBytes();
  REQUIRE(client.send(put("/blobs/x", kBytes)));
  for (std::uint64_t sent = 0; sent < kBytes; sent += piece.size()) {
    REQUIRE(client.send(piece));
    hash.update(piece);
  }
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->status == 201);
  CHECK(answer->body == hash.finish().hex());
  CHECK(fixture.uploads.bytes == kBytes);
  CHECK(fixture.uploads.largestPiece <= 64 * 1024);
  CHECK(fixture.uploads.largestPiece > 16 * 1024);
  CHECK(fixture.uploads.resident < before + 16'000'000);
  CHECK(client.request(put("/blobs/y", 0))->body == certs::sha256("").hex());
}

TEST_CASE("http: curl uploads in chunks with Expect and reuses its connection") {
  Fixture fixture;
  const std::string data(3'000'000, 'c');
  CURL* curl = curl_easy_init();
  REQUIRE(curl != nullptr);
  const std::string url = "https://localhost:" + std::to_string(fixture.server->port()) + "/blobs/x";
  const std::string authority = project().authority.identity().certificatePem;
  curl_blob trusted{const_cast<char*>(authority.data()), authority.size(), CURL_BLOB_COPY};
  std::string reply;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &trusted);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(
      curl, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t size, std::size_t count, void* out) {
        static_cast<std::string*>(out)->append(bytes, size * count);
        return size * count;
      });
  curl_slist* headers = curl_slist_append(nullptr, "Transfer-Encoding: chunked");
  headers = curl_slist_append(headers, "Expect: 100-continue");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  for (int i = 0; i < 2; ++i) {
    std::string_view rest = data;
    reply.clear();
    curl_easy_setopt(curl, CURLOPT_READDATA, &rest);
    curl_easy_setopt(
        curl, CURLOPT_READFUNCTION, +[](char* out, std::size_t size, std::size_t count, void* in) {
          auto* left = static_cast<std::string_view*>(in);
          const std::size_t n = left->copy(out, size * count);
          left->remove_prefix(n);
          return n;
        });
    const CURLcode code = curl_easy_perform(curl);
    CHECK(std::string(curl_easy_strerror(code)) == "No error");
    CHECK(reply == certs::sha256(data).hex());
    long connects = 0;
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects);
    CHECK(connects == (i == 0 ? 1 : 0));
  }
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
}

TEST_CASE("http: a truncated upload is abandoned, not finished") {
  Fixture fixture;
  {
    TlsClient client(fixture.server->port());
    REQUIRE(client.send(put("/blobs/x", 1000) + "only this"));
    REQUIRE(eventually([&] { return fixture.uploads.bytes == 9; }));
  }
  {
    TlsClient client(fixture.server->port());
    REQUIRE(client.send(put("/blobs/x", 1000) + "rudely"));
    REQUIRE(eventually([&] { return fixture.uploads.bytes == 15; }));
    client.drop();
  }
  {
    TlsClient client(fixture.server->port());
    CHECK(client.request("PUT /blobs/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdefgh\r\n")
              ->status == 400);
  }
  CHECK(eventually([&] { return fixture.uploads.abandoned == 3; }));
  CHECK(eventually([&] { return fixture.uploads.destroyed == 3; }));
  CHECK(fixture.uploads.finished == 0);
}

TEST_CASE(
    "http: an upload that is refused at its head answers at once, and a small body does not cost the connection") {
  Fixture fixture;
  TlsClient client(fixture.server->port());
  CHECK(client.request(put("/blobs/forbidden", 5) + "hello")->status == 403);
  CHECK(client.request(put("/blobs/x", 5) + "hello")->status == 201);

  TlsClient large(fixture.server->port());
  const auto refused = large.request(put("/blobs/forbidden", 1'000'000'000) + std::string(100'000, 'x'));
  REQUIRE(refused);
  CHECK(refused->status == 403);
  CHECK(refused->header("connection") == "close");
}

TEST_CASE("http: a sink's error is the answer, even while the client goes on sending") {
  Fixture fixture;
  fixture.uploads.refuseAfter = 1'000'000;
  TlsClient client(fixture.server->port());
  REQUIRE(client.send(put("/blobs/x", 8'000'000)));
  const std::string piece(64'000, 'd');
  for (int i = 0; i < 125 && client.send(piece); ++i) {
  }
  const auto answer = client.receive();
  REQUIRE(answer);
  CHECK(answer->status == 507);
  CHECK(answer->body.find("the disk is full") != std::string::npos);
  CHECK(fixture.uploads.finished == 0);
  CHECK(fixture.uploads.abandoned == 0);
  CHECK(fixture.uploads.bytes < 1'200'000);
}

TEST_CASE("http: a body that stops coming is given up in time") {
  auto options = serverOptions();
  options.requestTimeout = Duration::seconds(1);
  Fixture fixture(options);
  TlsClient client(fixture.server->port());
  REQUIRE(client.send(put("/blobs/x", 1000) + "only this"));
  CHECK(client.ends());
  CHECK(eventually([&] { return fixture.uploads.abandoned == 1; }));
}

TEST_CASE("http: a body that drips is given up, one that flows may take longer than the time-out") {
  auto options = serverOptions();
  options.requestTimeout = Duration::seconds(2);  // long enough for a machine that is busy with other tests
  Fixture fixture(options);
  TlsClient dripping(fixture.server->port());
  REQUIRE(dripping.send(put("/blobs/x", 1000)));
  bool alive = true;
  for (int i = 0; i < 900 && alive; ++i) {
    alive =
        dripping.send("x") && eventually([&] { return fixture.uploads.bytes > 0; }) && fixture.uploads.abandoned == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  CHECK_FALSE(alive);

  TlsClient flowing(fixture.server->port());
  const std::string piece(20'000, 'x');
  REQUIRE(flowing.send(put("/blobs/x", 25 * piece.size())));
  for (int i = 0; i < 25; ++i) {
    REQUIRE(flowing.send(piece));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const auto answer = flowing.receive();
  REQUIRE(answer);
  CHECK(answer->status == 201);
}
