// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies that are made while they are sent.
#include <atomic>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

#include "api/http_support.h"

using namespace hearth;
using namespace hearth::server;
using namespace hearth::test;

namespace {

constexpr std::size_t kPiece = 40'000;

/// `pieces` pieces of 'p', each after two calls that had something else to do; then what `end` says.
class Pieces : public BodySource {
 public:
  enum class End { kRight, kFails, kThrows };
  Pieces(int pieces, End end, std::atomic<int>& alive) : m_left(pieces), m_end(end), m_alive(alive) { ++m_alive; }
  ~Pieces() override { --m_alive; }
  Result<void> next(std::string& out) override {
    if (++m_calls % 3 != 0) return {};
    if (m_left-- > 0) {
      out.append(kPiece, 'p');
      return {};
    }
    if (m_end == End::kThrows) throw std::runtime_error("a library is at its end");
    return fail(ErrorCode::kIo, "the disk is gone");
  }

 private:
  int m_left;
  int m_calls = 0;
  const End m_end;
  std::atomic<int>& m_alive;
};

struct Fixture {
  Router router;
  std::unique_ptr<HttpServer> server;
  std::atomic<int> alive{0};

  Fixture() {
    const auto add = [this](const char* path, Pieces::End end, std::size_t length) {
      router.add(Method::kGet, path, [this, end, length](std::shared_ptr<const Request>, Respond respond) {
        respond({200, {}, PulledBody{std::make_shared<Pieces>(50, end, alive), length}});
      });
    };
    add("/whole", Pieces::End::kRight, 50 * kPiece);
    add("/fails", Pieces::End::kFails, 60 * kPiece);
    add("/throws", Pieces::End::kThrows, 60 * kPiece);
    add("/long", Pieces::End::kRight, 10 * kPiece + 1);
    server = startServer(router);
  }
};

}  // namespace

TEST_CASE("http: a body that is made while it is sent arrives whole, and the connection goes on") {
  Fixture fixture;
  TlsClient client(fixture.server->port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.request(get("/whole"));
    REQUIRE(answer);
    CHECK(answer->header("content-length") == std::to_string(50 * kPiece));
    CHECK(answer->body == std::string(50 * kPiece, 'p'));
  }
  REQUIRE(client.send("HEAD /whole HTTP/1.1\r\nhost: x\r\n\r\n"));
  const auto head = client.receive(true);
  REQUIRE(head);
  CHECK(head->header("content-length") == std::to_string(50 * kPiece));
  CHECK(eventually([&] { return fixture.alive == 0; }));
}

TEST_CASE("http: of a source that has more, as many bytes are sent as were announced") {
  Fixture fixture;
  TlsClient client(fixture.server->port());
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.request(get("/long"));
    REQUIRE(answer);
    CHECK(answer->body == std::string(10 * kPiece + 1, 'p'));
  }
}

TEST_CASE("http: a body whose source fails or throws ends short, so that the client sees it") {
  Fixture fixture;
  for (const char* path : {"/fails", "/throws"}) {
    INFO(path);
    TlsClient client(fixture.server->port());
    CHECK_FALSE(client.request(get(path)));
    CHECK(client.ends());
  }
  CHECK(eventually([&] { return fixture.alive == 0; }));
}

TEST_CASE("http: a source goes when its reader goes") {
  Fixture fixture;
  {
    TlsClient client(fixture.server->port());
    REQUIRE(client.send(get("/whole")));
    REQUIRE_FALSE(client.readUntil("pp").empty());
    client.drop();
  }
  CHECK(eventually([&] { return fixture.alive == 0; }));
}
