// SPDX-License-Identifier: GPL-3.0-or-later
// Inputs that the server fetches from another one.
#include <fstream>
#include <string>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>

#include "api/http_support.h"
#include "certs/sha256.h"
#include "server/api/fetch.h"
#include "server/http/file_response.h"
#include "support/draft_desk.h"

namespace hearth::test {

using server::Method;
namespace json = boost::json;

namespace {

bool isPublic(const std::string& text) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) return server::isPublicAddress(&four);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  REQUIRE(::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1);
  return server::isPublicAddress(&six);
}

/// Another server on loopback with a file, and one that is cut off in the middle once.
struct Elsewhere {
  Elsewhere() {
    router.add(Method::kGet, "/data", [this](const auto& request, const auto& respond) {
      ++calls;
      lastRange = request->header("range");
      server::Response response{200, {{"content-type", "application/octet-stream"}}, bytes};
      if (lastRange.starts_with("bytes=")) {
        const std::size_t from = std::stoul(lastRange.substr(6));
        response = {206,
                    {{"content-range", "bytes " + std::to_string(from) + "-" + std::to_string(bytes.size() - 1) + "/" +
                                           std::to_string(bytes.size())}},
                    bytes.substr(from)};
      }
      respond(std::move(response));
    });
    router.add(Method::kGet, "/away", [](const auto&, const auto& respond) {
      respond({302, {{"location", "http://127.0.0.1:1/data"}}, std::string{}});
    });
    http = startServer(router);
  }
  std::string url(const std::string& path) const { return "https://127.0.0.1:" + std::to_string(http->port()) + path; }

  std::string bytes = "what is elsewhere";
  int calls = 0;
  std::string lastRange;
  server::Router router;
  std::unique_ptr<server::HttpServer> http;
};

server::ApiOptions allowing(const std::string& authorities) {
  server::ApiOptions options;
  options.fetch.privateAddresses = true;
  options.fetch.authorities = authorities;
  return options;
}

std::string authoritiesFile() {
  const std::string file = std::filesystem::temp_directory_path() / ("hearth-fetch-" + std::to_string(::getpid()));
  std::ofstream(file) << project().authority.identity().certificatePem;
  return file;
}

std::string order(const std::string& url, const Digest& digest, const std::string& path = "in/data") {
  return json::serialize(json::object{{"url", url}, {"digest", digest.hex()}, {"path", path}});
}

}  // namespace

TEST_CASE("only addresses that the whole world can reach count as public") {
  for (const std::string address : {"8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "2606:2800:220:1::1"}) {
    INFO(address);
    CHECK(isPublic(address));
  }
  for (const std::string address : {"127.0.0.1",
                                    "10.0.0.1",
                                    "172.16.0.1",
                                    "172.31.255.255",
                                    "192.168.1.1",
                                    "169.254.169.254",
                                    "0.0.0.0",
                                    "100.64.0.1",
                                    "224.0.0.1",
                                    "255.255.255.255",
                                    "198.18.0.1",
                                    "::1",
                                    "::",
                                    "fe80::1",
                                    "fc00::1",
                                    "fd12::1",
                                    "::ffff:127.0.0.1",
                                    "::ffff:10.0.0.1",
                                    "64:ff9b::7f00:1",
                                    "2002:7f00:1::",
                                    "2002:a00:1::",
                                    "ff02::1",
                                    "2001:db8::1"}) {
    INFO(address);
    CHECK_FALSE(isPublic(address));
  }
}

TEST_CASE("a file that is named by address and digest is fetched") {
  Elsewhere elsewhere;
  DraftDesk desk(allowing(authoritiesFile()));
  const std::string id = desk.beginDraft();
  const Reply got = desk.post(desk.alice, DraftDesk::pathOf(id, "/fetches"),
                              order(elsewhere.url("/data"), certs::sha256(elsewhere.bytes)));
  INFO(got.body);
  REQUIRE(got.status == 201);
  CHECK(DraftDesk::objectOf(got).at("size") == elsewhere.bytes.size());
  CHECK(desk.files(id) == std::vector<std::string>{"in/data"});
}

TEST_CASE("what is fetched must have the digest, come by https and from where it may") {
  Elsewhere elsewhere;
  DraftDesk desk(allowing(authoritiesFile()));
  const std::string id = desk.beginDraft();
  const auto refusal = [&](DraftDesk& where, const std::string& draft, const std::string& url) {
    return where.post(where.alice, DraftDesk::pathOf(draft, "/fetches"), order(url, certs::sha256("another")))
        .problem();
  };
  const Error other = refusal(desk, id, elsewhere.url("/data"));
  CHECK(other.code == ErrorCode::kIntegrity);
  CHECK(other.message.find(certs::sha256(elsewhere.bytes).hex()) != std::string::npos);
  for (const std::string url : {"http://127.0.0.1/x", "file:///etc/passwd", "ftp://x/y", "gopher://127.0.0.1"})
    CHECK(refusal(desk, id, url).message.find("https://") != std::string::npos);
  CHECK(refusal(desk, id, elsewhere.url("/missing")).message.find("404") != std::string::npos);
  CHECK(refusal(desk, id, elsewhere.url("/away")).code != ErrorCode::kIntegrity);  // not by http, wherever it leads

  DraftDesk strict(server::ApiOptions{});
  const int before = elsewhere.calls;
  const Error inside = refusal(strict, strict.beginDraft(), elsewhere.url("/data"));
  CHECK(inside.code == ErrorCode::kForbidden);
  CHECK(elsewhere.calls == before);
  CHECK(desk.files(id).empty());
}

TEST_CASE("a fetch goes on where an earlier one ended") {
  Elsewhere elsewhere;
  DraftDesk desk(allowing(authoritiesFile()));
  const std::string id = desk.beginDraft();
  {
    auto begun = desk.blobs->uploadNamed("fetch " + id + " in/data", std::nullopt, 0);
    REQUIRE(begun);
    REQUIRE((*begun)->write(std::as_bytes(std::span(elsewhere.bytes).first(5))));
    (*begun)->suspend();
  }
  const Reply got = desk.post(desk.alice, DraftDesk::pathOf(id, "/fetches"),
                              order(elsewhere.url("/data"), certs::sha256(elsewhere.bytes)));
  INFO(got.body);
  CHECK(got.status == 201);
  CHECK(elsewhere.lastRange == "bytes=5-");
}

}  // namespace hearth::test
