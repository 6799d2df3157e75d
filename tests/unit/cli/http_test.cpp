// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "cli/event_parser.h"
#include "cli/http_client.h"
#include "cli/transfers.h"
#include "cli_support.h"

namespace hearth::cli {
namespace {

using test::Answer;
using test::Asked;
using test::Folder;
using test::SmallServer;

constexpr RetryPolicy kQuick{3, Duration::milliseconds(1), Duration::milliseconds(2)};
const HttpRequest kGet{"GET", "/api/v1/me", {}, {}, true};

Session sessionFor(const SmallServer& server) { return {server.address(), "hacc_t", server.authorityFingerprint()}; }

class Silent : public TransferObserver {
 public:
  void moved(std::uint64_t bytes) override { m_bytes += bytes; }
  void done() override { ++m_done; }
  std::uint64_t m_bytes = 0;
  std::uint64_t m_done = 0;
};

}  // namespace

TEST_CASE("a server is known by its authority's or its own fingerprint, and by nothing else") {
  SmallServer server([](const Asked&) { return Answer{200, "{}", {}}; });
  SmallServer stranger([](const Asked&) { return Answer{200, "{}", {}}; });
  const auto tryWith = [&](std::optional<Digest> pin) {
    return HttpClient({server.address(), "hacc_t", pin}, kQuick).send(kGet);
  };
  CHECK(tryWith(server.authorityFingerprint()));
  CHECK(tryWith(server.leafFingerprint()));
  for (const std::optional<Digest> pin : {std::optional(stranger.authorityFingerprint()), std::optional<Digest>()}) {
    const auto response = tryWith(pin);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == ErrorCode::kIntegrity);
  }
  CHECK(server.asked().size() == 2);  // the token went to the right server only
}

TEST_CASE("a certificate that is merely shown proves nothing") {
  SmallServer server([](const Asked&) { return Answer{200, "{}", {}}; });
  SmallServer impostor([](const Asked&) { return Answer{200, "{}", {}}; }, server.authorityPem());
  const auto response = HttpClient({impostor.address(), "hacc_t", server.authorityFingerprint()}, kQuick).send(kGet);
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::kIntegrity);
  CHECK(impostor.asked().empty());
}

TEST_CASE("calls carry the token and are tried again where that is safe") {
  std::atomic<int> calls{0};
  SmallServer server([&](const Asked&) { return ++calls < 3 ? Answer{503, "", {}} : Answer{200, "{}", {}}; });
  HttpClient client(sessionFor(server), kQuick);
  REQUIRE(client.send(kGet));
  CHECK(calls == 3);
  CHECK(server.asked()[0].headers.at("authorization") == "Bearer hacc_t");
}

TEST_CASE("a lost answer is asked for again only if that does no harm") {
  std::atomic<int> calls{0};
  SmallServer server([&](const Asked&) {
    return ++calls == 1 ? Answer{200, "{\"a\":1}", {}, 3} : Answer{200, "{}", {}};
  });
  SECTION("a repeatable call") {
    CHECK(HttpClient(sessionFor(server), kQuick).send(kGet));
    CHECK(calls == 2);
  }
  SECTION("one that creates") {
    const auto response = HttpClient(sessionFor(server), kQuick).send({"POST", "/api/v1/batches", {}, "{}", false});
    REQUIRE_FALSE(response);
    CHECK(response.error().code == ErrorCode::kUnavailable);
    CHECK(calls == 1);
  }
}

TEST_CASE("errors of the server keep their words, and a stranger is told from an older server") {
  SmallServer server([](const Asked& asked) {
    if (asked.path == "/problem") {
      return Answer{
          403,
          R"({"type":"urn:hearth:problem:forbidden","title":"x","status":403,"detail":"not yours","hint":"ask"})",
          {{"Content-Type", "application/problem+json"}}};
    }
    const std::string type =
        asked.path == "/api/v1/batches/7" ? "There is no batch 7." : "there is nothing at /api/v1/new";
    if (asked.path.starts_with("/api/v1/")) {
      return Answer{
          404,
          R"({"type":"urn:hearth:problem:not-found","title":"x","status":404,"detail":")" + type + R"(","hint":"y"})",
          {{"Content-Type", "application/problem+json"}}};
    }
    return Answer{404, "<html>not here</html>", {{"Content-Type", "text/html"}}};
  });
  HttpClient client(sessionFor(server), kQuick);
  CHECK(client.send({"GET", "/api/v1/batches/7", {}, {}, true}).error().code == ErrorCode::kNotFound);
  const auto newer = client.send({"GET", "/api/v1/new?limit=1", {}, {}, true});
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code == ErrorCode::kUnsupported);
  CHECK(newer.error().hint.find("update the older") != std::string::npos);
  const auto problem = client.send({"GET", "/problem", {}, {}, true});
  REQUIRE_FALSE(problem);
  CHECK(problem.error() == Error{ErrorCode::kForbidden, "not yours", "ask"});
  const auto unknown = client.send({"GET", "/api/v9/x", {}, {}, true});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::kUnsupported);
}

TEST_CASE("a server that is not there is an error that says so") {
  const auto response = HttpClient({"https://127.0.0.1:1", "t", std::nullopt}, kQuick).send(kGet);
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::kUnavailable);
  CHECK_FALSE(response.error().hint.empty());
}

TEST_CASE("pauses double, stay bounded, and heed Retry-After") {
  const RetryPolicy policy{6, Duration::seconds(1), Duration::seconds(5)};
  CHECK(retryPause(policy, 1, "", 1) == Duration::seconds(1));
  CHECK(retryPause(policy, 2, "", 1) == Duration::seconds(2));
  CHECK(retryPause(policy, 60, "", 1) == Duration::seconds(5));
  CHECK(retryPause(policy, 1, "", 0) == Duration::milliseconds(500));
  CHECK(retryPause(policy, 1, "7", 0) == Duration::seconds(7));
  CHECK(retryPause(policy, 1, "999999", 0) == Duration::seconds(120));
  CHECK(retryPause(policy, 1, "soon", 1) == Duration::seconds(1));
}

TEST_CASE("an upload goes on where the server stands, and what it holds is not sent") {
  const Folder folder;
  const std::string bytes(10'000, 'h');
  const auto file = folder.write("blob", bytes);
  const BlobSource blob{certs::sha256(bytes), bytes.size(), file};
  std::atomic<int> puts{0};
  std::string held = bytes.substr(0, 4'000);
  SmallServer server([&](const Asked& asked) {
    if (asked.method == "HEAD") {
      if (held.size() == bytes.size()) return Answer{200, "", {}};
      return Answer{404, "", {{"Upload-Offset", std::to_string(held.size())}}};
    }
    if (++puts == 1) return Answer{409, "", {{"Upload-Offset", std::to_string(held.size())}}};
    CHECK(asked.headers.at("upload-offset") == std::to_string(held.size()));
    CHECK(asked.headers.at("upload-length") == std::to_string(bytes.size()));
    held += asked.body;
    return Answer{201, "", {}};
  });
  Silent observer;
  const auto sent = uploadBlobs(sessionFor(server), {blob}, {}, observer);
  REQUIRE(sent);
  CHECK(held == bytes);
  CHECK(sent->sentBlobs == 1);
  const auto again = uploadBlobs(sessionFor(server), {blob}, {}, observer);
  REQUIRE(again);
  CHECK(again->keptBlobs == 1);
  CHECK(puts == 2);
  CHECK(observer.m_done == 2);
}

TEST_CASE("a download resumes after a break, and its digest decides") {
  const Folder folder;
  std::string bytes(5'000, 'x');
  bytes[4'999] = 'y';
  std::atomic<bool> isLying{false};
  std::atomic<int> calls{0};
  SmallServer server([&](const Asked& asked) {
    const auto range = asked.headers.find("range");
    const std::size_t from = range == asked.headers.end() ? 0 : std::stoul(range->second.substr(6));
    std::string body = (isLying ? std::string(bytes.size(), 'z') : bytes).substr(from);
    return Answer{from == 0 ? 200U : 206U, body, {}, ++calls == 1 ? 1'000 : SIZE_MAX};
  });
  BlobTarget target{"/blob", certs::sha256(bytes), bytes.size(), {folder / "out/a", folder / "out/b/c"}};
  Silent observer;
  SECTION("honest") {
    const auto done = downloadBlobs(sessionFor(server), {target}, folder / "partial", {}, observer);
    if (!done) FAIL(done.error().message);
    CHECK(test::readAll(folder / "out/a") == bytes);
    CHECK(test::readAll(folder / "out/b/c") == bytes);
    CHECK(server.asked().back().headers.at("range") == "bytes=1000-");
    const auto again = downloadBlobs(sessionFor(server), {target}, folder / "partial", {}, observer);
    REQUIRE(again);
    CHECK(again->keptFiles == 2);
    CHECK(calls == 2);
  }
  SECTION("lying") {
    isLying = true;
    const auto done = downloadBlobs(sessionFor(server), {target}, folder / "partial", {}, observer);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ErrorCode::kIntegrity);
    CHECK_FALSE(std::filesystem::exists(folder / "out/a"));
  }
  SECTION("bad bytes of an earlier run are thrown away") {
    calls = 1;
    folder.write("partial/" + target.digest.hex(), "bad bytes");
    REQUIRE(downloadBlobs(sessionFor(server), {target}, folder / "partial", {}, observer));
    CHECK(test::readAll(folder / "out/a") == bytes);
  }
}

TEST_CASE("server-sent events are taken apart however they arrive") {
  const std::string stream =
      ": hello\n\nevent: progress\ndata: {\"a\":\ndata: 1}\n\ndata:x\r\n\r\nevent: end\ndata: {}\n\nevent: late\ndata: "
      "y\n\n";
  for (std::size_t piece = 1; piece < stream.size(); piece += 3) {
    std::vector<std::string> seen;
    EventParser parser([&](std::string_view event, std::string_view data) {
      seen.push_back(std::string(event) + "|" + std::string(data));
      return event != "end";
    });
    bool goesOn = true;
    for (std::size_t at = 0; at < stream.size() && goesOn; at += piece)
      goesOn = parser.feed(stream.substr(at, piece)).value();
    CHECK(seen == std::vector<std::string>{"progress|{\"a\":\n1}", "message|x", "end|{}"});
  }
  EventParser parser([](std::string_view, std::string_view) { return true; });
  CHECK_FALSE(parser.feed("data: " + std::string(3 << 20, 'x')));
}

}  // namespace hearth::cli
