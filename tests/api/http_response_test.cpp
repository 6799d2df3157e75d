// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "api/http_support.h"
#include "certs/sha256.h"
#include "server/http/file_response.h"

using namespace hearth;
using namespace hearth::server;
using namespace hearth::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kFileBytes = 3'000'000;

std::size_t openDescriptors() {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) count += entry.path().empty() ? 0 : 1;
  return count;
}

/// A server with one file of kFileBytes at /file, of an etag "v1".
struct Fixture {
  fs::path folder;
  std::string content;
  Router router;
  std::unique_ptr<HttpServer> server;

  Fixture() {
    std::string name = (fs::temp_directory_path() / "hearth-http-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    for (std::size_t i = 0; content.size() < kFileBytes; ++i) content += std::to_string(i) + "\n";
    content.resize(kFileBytes);
    std::ofstream(folder / "file", std::ios::binary) << content;
    router.add(Method::kGet, "/file", [this](std::shared_ptr<const Request> request, Respond respond) {
      const int descriptor = ::open((folder / "file").c_str(), O_RDONLY | O_CLOEXEC);
      respond(fileResponse(*request, descriptor, kFileBytes, "\"v1\"", "application/octet-stream"));
    });
    server = startServer(router);
  }
  ~Fixture() {
    server.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
};

}  // namespace

TEST_CASE("http: a file comes whole, and ranges of it as asked") {
  Fixture fixture;
  TlsClient client(fixture.server->port());
  const std::size_t before = openDescriptors();
  const auto ask = [&](const std::string& headers) {
    auto answer = client.request(get("/file", headers));
    if (!answer) FAIL("no answer");
    return *answer;
  };
  const Answer whole = ask("");
  CHECK(whole.status == 200);
  CHECK(whole.body == fixture.content);
  CHECK(whole.header("etag") == "\"v1\"");
  CHECK(whole.header("accept-ranges") == "bytes");

  struct Case {
    const char* range;
    std::size_t from, count;
  };
  for (const auto& [range, from, count] :
       {Case{"0-0", 0, 1}, Case{"10-19", 10, 10}, Case{"2999990-", 2'999'990, 10},
        Case{"2999990-9999999", 2'999'990, 10}, Case{"-5", 2'999'995, 5}, Case{"-9999999", 0, kFileBytes},
        Case{"100000-1999999", 100'000, 1'900'000}}) {
    INFO(range);
    const Answer part = ask(std::string("Range: bytes=") + range + "\r\n");
    CHECK(part.status == 206);
    CHECK(part.body == fixture.content.substr(from, count));
    CHECK(part.header("content-range") ==
          "bytes " + std::to_string(from) + "-" + std::to_string(from + count - 1) + "/3000000");
  }
  for (const char* range : {"3000000-", "9999999-10000000", "-0"}) {
    INFO(range);
    const Answer outside = ask(std::string("Range: bytes=") + range + "\r\n");
    CHECK(outside.status == 416);
    CHECK(outside.header("content-range") == "bytes */3000000");
  }
  for (const char* ignored : {"bytes=5-1", "bytes=a-b", "bytes=", "bytes=-", "bytes=1", "items=0-1", "bytes=0-1,5-6",
                              "bytes=99999999999999999999999-"}) {
    INFO(ignored);
    CHECK(ask(std::string("Range: ") + ignored + "\r\n").status == 200);
  }
  CHECK(eventually([&] { return openDescriptors() == before; }));
}

TEST_CASE("http: who has the file already gets a 304, and a range of an older state the whole") {
  Fixture fixture;
  TlsClient client(fixture.server->port());
  const std::size_t before = openDescriptors();
  for (const char* tags : {"\"v1\"", "W/\"v1\"", "\"v0\", \"v1\"", "*"}) {
    const auto answer = client.request(get("/file", std::string("If-None-Match: ") + tags + "\r\n"));
    REQUIRE(answer);
    CHECK(answer->status == 304);
    CHECK(answer->header("etag") == "\"v1\"");
    CHECK(answer->headers.count("content-length") == 0);
  }
  CHECK(client.request(get("/file", "If-None-Match: \"v0\"\r\n"))->status == 200);
  CHECK(client.request(get("/file", "Range: bytes=0-1\r\nIf-Range: \"v0\"\r\n"))->status == 200);
  CHECK(client.request(get("/file", "Range: bytes=0-1\r\nIf-Range: \"v1\"\r\n"))->status == 206);
  CHECK(eventually([&] { return openDescriptors() == before; }));
}

TEST_CASE("http: HEAD of a file says its length, sends nothing and closes it") {
  Fixture fixture;
  TlsClient client(fixture.server->port());
  const std::size_t before = openDescriptors();
  client.send("HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = client.receive(true);
  REQUIRE(answer);
  CHECK(answer->header("content-length") == "3000000");
  CHECK(client.request(get("/file", "Range: bytes=0-1\r\n"))->body == fixture.content.substr(0, 2));
  CHECK(eventually([&] { return openDescriptors() == before; }));
}

TEST_CASE("http: a file shorter than it said ends the connection instead of the body") {
  Fixture fixture;
  fs::resize_file(fixture.folder / "file", 1000);
  TlsClient client(fixture.server->port());
  CHECK_FALSE(client.request(get("/file")));
}

TEST_CASE("http: a reader that stops reading a file is cut off, and the file closed") {
  Fixture fixture;
  auto options = serverOptions();
  options.requestTimeout = Duration::seconds(1);
  fixture.server = startServer(fixture.router, options);
  const std::size_t before = openDescriptors();
  {
    TlsClient client(fixture.server->port(), {.receiveBuffer = 4096});
    REQUIRE(client.send(get("/file") + get("/file") + get("/file") + get("/file")));
    CHECK(eventually([&] { return fixture.server->openConnections() == 0; }));
  }
  CHECK(eventually([&] { return openDescriptors() == before; }));
}

TEST_CASE("http: an answer may come from another thread, later, and only the first counts") {
  Router router;
  std::atomic<int> late{0};
  router.add(Method::kGet, "/later", [&](std::shared_ptr<const Request> request, Respond respond) {
    std::thread([&late, request, respond] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      respond(Response{200, {}, request->path});
      respond(Response{500, {}, "again"});
      ++late;
    }).detach();
  });
  const auto server = startServer(router);
  TlsClient client(server->port());
  for (int i = 0; i < 5; ++i) CHECK(client.request(get("/later"))->body == "/later");
  CHECK(eventually([&] { return late == 5; }));
  CHECK(client.request(get("/later"))->status == 200);
  CHECK(eventually([&] { return late == 6; }));
}

TEST_CASE("http: a handler that never answers or throws is answered for with a 500") {
  Router router;
  router.add(Method::kGet, "/forgets", [](std::shared_ptr<const Request>, Respond) {});
  router.add(Method::kGet, "/forgets-later", [](std::shared_ptr<const Request>, Respond respond) {
    std::thread([respond = std::move(respond)]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      respond = nullptr;
    }).detach();
  });
  router.add(Method::kGet, "/throws",
             [](std::shared_ptr<const Request>, Respond) { throw std::runtime_error("oops"); });
  const auto server = startServer(router);
  TlsClient client(server->port());
  for (const char* path : {"/forgets", "/forgets-later", "/throws"}) {
    const auto answer = client.request(get(path));
    REQUIRE(answer);
    CHECK(answer->status == 500);
    CHECK(answer->header("content-type") == "application/problem+json");
  }
}

TEST_CASE("http: an answer after its client or its server is gone is dropped, and its file closed") {
  std::mutex mutex;
  std::vector<Respond> waiting;
  Router router;
  router.add(Method::kGet, "/wait", [&](std::shared_ptr<const Request>, Respond respond) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(respond));
  });
  const auto waits = [&](std::size_t count) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return waiting.size() == count;
    });
  };
  auto server = startServer(router);
  const std::size_t before = openDescriptors();
  const auto file = [] { return Response{200, {}, FileBody{::open("/dev/zero", O_RDONLY | O_CLOEXEC), 0, 10}}; };
  {
    TlsClient client(server->port());
    REQUIRE(client.send(get("/wait")));
    REQUIRE(waits(1));
  }
  waiting[0](file());
  CHECK(eventually([&] { return server->openConnections() == 0; }));
  CHECK(eventually([&] { return openDescriptors() == before; }));
  TlsClient client(server->port());
  REQUIRE(client.send(get("/wait")));
  REQUIRE(waits(2));
  server.reset();
  const std::size_t without = openDescriptors();
  waiting[1](file());
  waiting.clear();
  CHECK(eventually([&] { return openDescriptors() <= without; }));
}

TEST_CASE("http: a large answer arrives whole") {
  Router router;
  const std::string large(5'000'000, 'L');
  router.add(Method::kGet, "/large",
             [&](std::shared_ptr<const Request>, Respond respond) { respond(jsonResponse(200, large)); });
  const auto server = startServer(router);
  TlsClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.request(get("/large"));
    REQUIRE(answer);
    CHECK(answer->body == large);
    CHECK(answer->header("content-type") == "application/json");
  }
}

TEST_CASE("http: a problem says when to come back where it is a matter of time") {
  const Response busy = problemResponse({ErrorCode::kUnavailable, "busy", "wait"});
  CHECK(busy.status == 503);
  CHECK(std::count_if(busy.headers.begin(), busy.headers.end(),
                      [](const auto& h) { return h.first == "retry-after"; }) == 1);
  const Response wrong = problemResponse({ErrorCode::kInvalid, "wrong", "mend"});
  CHECK(std::count_if(wrong.headers.begin(), wrong.headers.end(),
                      [](const auto& h) { return h.first == "retry-after"; }) == 0);
}

TEST_CASE("http: a body that is made on the connection's thread is sent like any other, a failing maker answers 500") {
  Router router;
  std::atomic<std::thread::id> maker{};
  router.add(Method::kGet, "/made", [&](std::shared_ptr<const Request>, Respond respond) {
    std::thread([respond, &maker] {
      respond(jsonResponse(200, [&maker] {
        maker = std::this_thread::get_id();
        return std::string("{\"a\":1}");
      }));
    }).detach();
  });
  router.add(Method::kGet, "/fails", [](std::shared_ptr<const Request>, Respond respond) {
    respond(jsonResponse(200, []() -> std::string { throw std::runtime_error("no"); }));
  });
  router.add(Method::kGet, "/inline", [&](std::shared_ptr<const Request>, Respond respond) {
    CHECK(maker.load() != std::thread::id{});
    respond(jsonResponse(200, [] { return std::string(100'000, 'x'); }));
  });
  const auto server = startServer(router);
  TlsClient client(server->port());
  const auto made = client.request(get("/made"));
  REQUIRE(made);
  CHECK(made->status == 200);
  CHECK(made->body == "{\"a\":1}");
  CHECK(made->header("content-type") == "application/json");
  const auto failed = client.request(get("/fails"));
  REQUIRE(failed);
  CHECK(failed->status == 500);
  const auto large = client.request(get("/inline"));
  REQUIRE(large);
  CHECK(large->body.size() == 100'000);
}
