// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "api/http_support.h"
#include "base/limits.h"

using namespace hearth;
using namespace hearth::server;
using namespace hearth::test;

namespace {

/// Answers with what it understood of the request.
void describe(const std::shared_ptr<const Request>& request, const Respond& respond) {
  std::string text = request->path;
  for (const auto& [name, value] : request->query) text += " " + name + "=" + value;
  for (const auto& capture : request->captures) text += " [" + capture + "]";
  text += " " + request->body;
  respond(Response{200, {{"content-type", "text/plain"}}, text});
}

Router echo() {
  Router router;
  router.add(Method::kGet, "/", describe);
  router.add(Method::kGet, "/things/{thing}", describe);
  router.add(Method::kPost, "/things/{thing}/parts/{part}", describe);
  router.add(Method::kPost, "/echo", [](std::shared_ptr<const Request> request, Respond respond) {
    respond(Response{200, {}, request->body});
  });
  router.add(Method::kPut, "/echo", [](std::shared_ptr<const Request>, Respond respond) {
    respond(Response{204, {}, ""});
  });
  return router;
}

struct Fixture {
  Router router = echo();
  std::unique_ptr<HttpServer> server = startServer(router);
  TlsClient client{server->port()};

  Answer ask(std::string_view bytes) {
    auto answer = client.request(bytes);
    if (!answer) FAIL("no answer to: " << bytes.substr(0, 200));
    return *answer;
  }
  /// The status of a request on a connection of its own, and that the connection ends after it.
  unsigned statusAndEnd(std::string_view bytes) {
    TlsClient other(server->port());
    const auto answer = other.request(bytes);
    if (!answer) return 0;
    CHECK(answer->header("connection") == "close");
    CHECK(answer->header("content-type") == "application/problem+json");
    CHECK(other.ends());
    return answer->status;
  }
};

}  // namespace

TEST_CASE("http: many requests share a connection, each with its path, captures, query and body") {
  Fixture fixture;
  CHECK(fixture.ask(get("/")).body == "/ ");
  CHECK(fixture.ask(get("/things/a%20b?x=1&y=%2B+%26&z")).body == "/things/a b x=1 y=+ & z= [a b] ");
  CHECK(fixture.ask(post("/things/1/parts/2", "hello")).body == "/things/1/parts/2 [1] [2] hello");
  CHECK(fixture.ask(post("/echo", "")).body.empty());
  CHECK(fixture.ask(get("https://localhost/things/q")).body == "/things/q [q] ");
  const Answer answer = fixture.ask(get("/"));
  CHECK(answer.header("date").ends_with(" GMT"));
  CHECK(answer.headers.count("connection") == 0);
  CHECK(fixture.server->openConnections() == 1);
}

TEST_CASE("http: pipelined requests are answered in order") {
  Fixture fixture;
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += post("/echo", "body " + std::to_string(i));
  fixture.client.send(bytes);
  for (int i = 0; i < 50; ++i) {
    const auto answer = fixture.client.receive();
    REQUIRE(answer);
    CHECK(answer->body == "body " + std::to_string(i));
  }
}

TEST_CASE("http: a request may come byte by byte") {
  Fixture fixture;
  for (const char c : post("/echo", "slowly")) REQUIRE(fixture.client.send(std::string_view(&c, 1)));
  CHECK(fixture.client.receive()->body == "slowly");
}

TEST_CASE("http: a chunked body arrives whole and its trailers are not taken for headers") {
  Fixture fixture;
  const Answer answer = fixture.ask(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n1;ext=1\r\n \r\n5\r\nworld\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n");
  CHECK(answer.body == "hello world");
  CHECK(fixture.ask(get("/")).status == 200);
}

TEST_CASE("http: HEAD has the headers of GET and no body") {
  Fixture fixture;
  fixture.client.send("HEAD /things/x HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = fixture.client.receive(true);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->header("content-length") == std::to_string(std::string("/things/x [x] ").size()));
  CHECK(fixture.ask(get("/")).body == "/ ");
}

TEST_CASE("http: 204 has neither body nor length") {
  Fixture fixture;
  const Answer answer = fixture.ask("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  CHECK(answer.status == 204);
  CHECK(answer.headers.count("content-length") == 0);
  CHECK(fixture.ask(get("/")).status == 200);
}

TEST_CASE(
    "http: what does not exist is a 404, a wrong method a 405 with Allow, both as problems, and the connection stays") {
  Fixture fixture;
  const Answer missing = fixture.ask(get("/nothing/here"));
  CHECK(missing.status == 404);
  CHECK(missing.header("content-type") == "application/problem+json");
  CHECK(missing.body.find("urn:hearth:problem:not-found") != std::string::npos);
  CHECK(fixture.ask(get("/things/")).status == 404);
  CHECK(fixture.ask(get("/things/a/b")).status == 404);

  const Answer wrong = fixture.ask("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(wrong.status == 405);
  CHECK(wrong.header("allow") == "POST, PUT");
  CHECK(fixture.ask("BREW / HTTP/1.1\r\nHost: x\r\n\r\n").header("allow") == "GET, HEAD");
  CHECK(fixture.ask(post("/nothing", "a body that nobody wants")).status == 404);
  CHECK(fixture.ask(get("/")).status == 200);
  CHECK(fixture.server->openConnections() == 1);
}

TEST_CASE("http: malformed requests get a 400 and the end of the connection") {
  Fixture fixture;
  for (const char* bytes : {
           "nonsense\r\n\r\n",
           "GET / HTTP/1.1\r\nHost x\r\n\r\n",
           "GET / HTTP/3.0\r\nHost: x\r\n\r\n",
           "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET / HTTP/1.1\nHost: x\n\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
           "GET nopath HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /a%2Fb HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n",
           "GET /?a=%f HTTP/1.1\r\nHost: x\r\n\r\n",
           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",
           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
           "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
           "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
           "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdefgh\r\n",
       }) {
    INFO(bytes);
    CHECK(fixture.statusAndEnd(bytes) == 400);
  }
  const std::string endless =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x');
  CHECK(fixture.statusAndEnd(endless) == 400);
  CHECK(fixture.ask(get("/")).status == 200);
}

TEST_CASE("http: unknown transfer codings and expectations are refused") {
  Fixture fixture;
  CHECK(fixture.statusAndEnd("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n") ==
        501);
  CHECK(fixture.statusAndEnd("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n") == 501);
  CHECK(fixture.statusAndEnd("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: cake\r\nContent-Length: 3\r\n\r\n") == 417);
}

TEST_CASE("http: headers up to 16 KiB pass, longer or more of them are a 431") {
  Fixture fixture;
  CHECK(fixture.ask(get("/", "X-Pad: " + std::string(16'000, 'x') + "\r\n")).status == 200);
  CHECK(fixture.statusAndEnd(get("/", "X-Pad: " + std::string(17'000, 'x') + "\r\n")) == 431);
  CHECK(fixture.statusAndEnd("GET /" + std::string(40'000, 'x')) == 431);
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(fixture.statusAndEnd(get("/", many)) == 431);
  std::string parts = "/?a=1";
  for (int i = 0; i < 100; ++i) parts += "&a=1";
  CHECK(fixture.statusAndEnd(get(parts)) == 400);
}

TEST_CASE("http: a JSON body of 16 MiB passes, a longer one is a 413 whether it says so or not") {
  Fixture fixture;
  const std::string largest(limits::kJsonBodyBytes, 'j');
  CHECK(fixture.ask(post("/echo", largest)).body == largest);

  TlsClient says(fixture.server->port());
  const auto refused = says.request("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 16777217\r\n\r\n");
  REQUIRE(refused);
  CHECK(refused->status == 413);
  CHECK(refused->body.find("16 MiB") != std::string::npos);

  TlsClient hides(fixture.server->port());
  REQUIRE(hides.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string chunk = "100000\r\n" + std::string(1U << 20U, 'j') + "\r\n";
  for (int i = 0; i < 17; ++i) hides.send(chunk);
  CHECK(hides.receive()->status == 413);
}

TEST_CASE("http: who expects 100-continue gets it, unless the request is refused before its body") {
  Fixture fixture;
  REQUIRE(fixture.client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  CHECK(fixture.client.receive(true)->status == 100);
  REQUIRE(fixture.client.send("hello"));
  CHECK(fixture.client.receive()->body == "hello");
  CHECK(fixture.statusAndEnd("POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n") ==
        404);
}

TEST_CASE("http: Connection: close and HTTP/1.0 end the connection after the answer") {
  Fixture fixture;
  TlsClient closing(fixture.server->port());
  CHECK(closing.request(get("/", "Connection: close\r\n"))->header("connection") == "close");
  CHECK(closing.ends());
  TlsClient old(fixture.server->port());
  CHECK(old.request("GET / HTTP/1.0\r\n\r\n")->status == 200);
  CHECK(old.ends());
}

TEST_CASE("http: no value of a header can split a response") {
  Router router;
  router.add(Method::kGet, "/", [](std::shared_ptr<const Request>, Respond respond) {
    respond(Response{200, {{"x-name", "a\r\nset-cookie: stolen"}}, "ok"});
  });
  const auto server = startServer(router);
  TlsClient client(server->port());
  const auto answer = client.request(get("/"));
  REQUIRE(answer);
  CHECK(answer->headers.count("set-cookie") == 0);
  CHECK(answer->header("x-name") == "a  set-cookie: stolen");
}

TEST_CASE("http: a word of a route wins over a capture, whatever the order") {
  Router router;
  router.add(Method::kGet, "/tokens/{token}", describe);
  router.add(Method::kGet, "/tokens/current", describe);
  router.add(Method::kDelete, "/tokens/{token}", describe);
  CHECK(router.match(Method::kGet, "/tokens/current").captures.empty());
  CHECK(router.match(Method::kGet, "/tokens/x").captures == std::vector<std::string>{"x"});
  CHECK(router.match(Method::kDelete, "/tokens/current").captures == std::vector<std::string>{"current"});
  CHECK(router.match(Method::kHead, "/tokens/current").route == router.match(Method::kGet, "/tokens/current").route);
  CHECK_FALSE(router.match(Method::kGet, "/tokens").pathKnown);
  CHECK_FALSE(router.match(Method::kGet, "tokens/x").pathKnown);
  CHECK_FALSE(router.match(Method::kGet, "").pathKnown);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "/x";
  CHECK_FALSE(router.match(Method::kGet, deep).pathKnown);
  CHECK(router.allow("/tokens/x") == "GET, HEAD, DELETE");
}
