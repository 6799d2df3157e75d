// SPDX-License-Identifier: GPL-3.0-or-later
// When a batch is over: who may see it, who is told, how long its results stay.
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time_text.h"
#include "certs/secret.h"
#include "certs/sha256.h"
#include "server/api/message_sender.h"
#include "server/api/outbox.h"
#include "server/api/retention.h"
#include "support/api_fixture.h"

namespace hearth::test {
namespace {

namespace json = boost::json;
using server::Method;

/// A server of a test, in Python, that tells its port and what it gets line by line.
class Helper {
 public:
  Helper(const std::string& script, const std::string& argument) {
    int in[2], out[2];
    REQUIRE(::pipe(in) == 0);
    REQUIRE(::pipe(out) == 0);
    m_child = ::fork();
    if (m_child == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      for (const int end : {in[0], in[1], out[0], out[1]}) ::close(end);
      const std::string path = std::string(HEARTH_SOURCE_DIR) + "/tests/api/" + script;
      ::execl("/usr/bin/python3", "python3", path.c_str(), argument.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    m_in = in[1];
    m_out.reset(::fdopen(out[0], "r"));
    port = line();
    INFO("is python3-aiosmtpd installed?");
    REQUIRE_FALSE(port.empty());
  }
  ~Helper() {
    ::close(m_in);
    ::kill(m_child, SIGTERM);
    ::waitpid(m_child, nullptr, 0);
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  std::string line() {
    char* text = nullptr;
    std::size_t size = 0;
    const ssize_t got = ::getline(&text, &size, m_out.get());
    std::string read(text, got > 0 ? static_cast<std::size_t>(got) - 1 : 0);
    std::free(text);
    return read;
  }
  json::value told() { return json::parse(line()); }

  std::string port;

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  pid_t m_child = -1;
  int m_in = -1;
  std::unique_ptr<std::FILE, Closer> m_out;
};

server::ApiOptions withMessages(const std::string& smtpPort) {
  server::ApiOptions options;
  options.messages.mailServer = "smtp://127.0.0.1:" + smtpPort;
  options.messages.mailFrom = "grid@example.org";
  options.messages.mailTls = false;
  options.messages.privateWebhooks = true;
  options.messages.project = "Grid für alle";
  options.messages.publicAddress = "grid.example.org:8443";
  return options;
}

struct Grid : ApiFixture {
  explicit Grid(server::ApiOptions options = {}) : ApiFixture(std::move(options)) { host.enrol(joinToken(alice)); }

  Person alice = addPerson("alice", RoleSet{}.with(Role::kScientist).with(Role::kVolunteer), Duration::days(366));
  Person bob = addPerson("bob", RoleSet{}.with(Role::kScientist));
  SimulatedHost host{*this};

  std::string path(BatchId batch, const std::string& rest) const {
    return "/api/v1/batches/" + std::to_string(batch.value) + rest;
  }
  BatchId finished(std::uint64_t tasks = 1) {
    const BatchId batch = submit(alice, spec(alice, tasks));
    for (const auto& attempt : host.sync(static_cast<std::uint32_t>(tasks)).attempts) host.finish(attempt);
    host.sync(0);
    return batch;
  }
  std::string share(BatchId batch, const std::string& body = "{}") {
    const Reply made = post(alice, path(batch, "/shares"), body);
    INFO(made.body);
    REQUIRE(made.status == 201);
    CHECK(made.header("cache-control") == "no-store");
    return std::string(json::parse(made.body).at("token").as_string());
  }
  Reply open(const std::string& token, const std::string& rest = "") {
    return call(Method::kGet, "/api/v1/shares/" + token + rest);
  }
  bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 1'000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
};

std::string decoded(const std::string& mail) {
  std::string text = mail.substr(mail.find("\r\n\r\n") + 4);
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  return bytes.substr(0, static_cast<std::size_t>(std::max(0, size)));
}

}  // namespace

TEST_CASE("a link shows its batch and its results, to anybody, until it expires or is taken back") {
  Grid grid;
  const BatchId batch = grid.finished();
  const BatchId other = grid.finished();
  const std::string token = grid.share(batch, R"({"label":"reviewers","ttlMs":86400000})");
  CHECK(wire::parseBatchView(grid.open(token).body).value().id == batch);
  CHECK(wire::parseResultPage(grid.open(token, "/results").body).value().results.size() == 1);
  CHECK(grid.open(token, "/results.zip").status == 200);
  const std::string blob = "/tasks/0/blobs/" + certs::sha256("42\n").hex();
  CHECK(grid.open(token, blob).body == "42\n");
  SECTION("it leads nowhere else") {
    CHECK(grid.open(token, "/tasks/0/blobs/" + certs::sha256("foreign").hex()).status == 404);
    CHECK(grid.open(token + "x").status == 404);
    CHECK(grid.open("hshare_").status == 404);
    CHECK(grid.open(grid.alice.token).status == 404);
    // The secret of a link is no access token.
    CHECK(grid.get({{}, "", token}, grid.path(batch, "")).status == 401);
    CHECK(grid.get({{}, "", token}, grid.path(other, "")).status == 401);
  }
  SECTION("only the owner makes, lists and takes back links") {
    CHECK(grid.post(grid.bob, grid.path(batch, "/shares"), "{}").status == 404);
    CHECK(grid.get(grid.bob, grid.path(batch, "/shares")).status == 404);
    CHECK(grid.as(grid.bob, Method::kDelete, grid.path(batch, "/shares/1")).status == 404);
    const auto listed = json::parse(grid.get(grid.alice, grid.path(batch, "/shares")).body).at("shares").as_array();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].at("label") == "reviewers");
    CHECK(grid.as(grid.alice, Method::kDelete, grid.path(other, "/shares/1")).status == 404);
    CHECK(grid.as(grid.alice, Method::kDelete, grid.path(batch, "/shares/1")).status == 204);
    CHECK(grid.open(token).status == 404);
    CHECK(grid.open(token, blob).status == 404);
  }
  SECTION("it expires") {
    grid.advance(Duration::hours(25));
    CHECK(grid.open(token).status == 404);
    CHECK(grid.post(grid.alice, grid.path(batch, "/shares"), R"({"ttlMs":99999999999})").status == 400);
  }
}

TEST_CASE("the owner of a batch that is done is told once by mail and by a signed webhook, which is tried again") {
  Helper mail("smtp_server.py", "");
  Helper hook("hook_server.py", "1");
  Grid grid(withMessages(mail.port));
  const Reply chosen = grid.post(grid.alice, "/api/v1/me/notifications",
                                 R"({"mail":"alice@example.org","webhook":"http://127.0.0.1:)" + hook.port + R"(/h"})");
  INFO(chosen.body);
  REQUIRE(chosen.status == 200);
  const std::string secret(json::parse(chosen.body).at("secret").as_string());
  CHECK_FALSE(json::parse(grid.get(grid.alice, "/api/v1/me/notifications").body).as_object().contains("secret"));
  grid.api->startMessages();
  const BatchId batch = grid.finished(2);

  const json::value letter = mail.told();
  CHECK(letter.at("to") == json::parse(R"(["alice@example.org"])"));
  CHECK(letter.at("from") == "grid@example.org");
  const std::string data(letter.at("data").as_string());
  CHECK_THAT(data, Catch::Contains("Subject: =?utf-8?B?"));
  CHECK_THAT(decoded(data),
             Catch::Contains("2 tasks are certified, 0 failed") &&
                 Catch::Contains("https://grid.example.org:8443/batches/" + std::to_string(batch.value)));

  const json::value refused = hook.told();
  CHECK(refused.at("path") == "/h");
  REQUIRE(grid.eventually([&] {
    return grid.get(grid.alice, grid.path(batch, "/messages")).body.find("status 503") != std::string::npos;
  }));
  grid.advance(Duration::minutes(2));
  grid.finished();  // wakes the sender; a second batch, a second message
  json::value taken = hook.told();
  if (taken.at("body") != refused.at("body")) taken = hook.told();
  CHECK(taken.at("body") == refused.at("body"));
  const json::value body = json::parse(std::string(taken.at("body").as_string()));
  CHECK(body.at("event") == "batch.done");
  CHECK(body.at("batch") == batch.value);
  CHECK(body.at("certified") == 2);
  const auto& headers = taken.at("headers");
  CHECK(headers.at("x-hearth-delivery") == refused.at("headers").at("x-hearth-delivery"));
  const std::string signature(headers.at("x-hearth-signature").as_string());
  const auto time = std::stoll(signature.substr(2));
  CHECK(signature == server::webhookSignature(secret, std::string(taken.at("body").as_string()), time));
  CHECK(grid.eventually(
      [&] { return grid.get(grid.alice, grid.path(batch, "/messages")).body == R"({"messages":[]})"; }));
  CHECK(grid.get(grid.bob, grid.path(batch, "/messages")).status == 404);
}

TEST_CASE("a webhook cannot be led into the server's own net") {
  for (const std::string bad :
       {"http://example.org/", "ftp://example.org/", "https://127.0.0.1/", "https://10.1.2.3/x", "https://[::1]/",
        "https://localhost/", "https://user@example.org/", "https://192.168.1.1:8443/",
        "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://0/", "nonsense", "https://"}) {
    INFO(bad);
    CHECK_FALSE(server::checkWebhook(bad, false));
  }
  CHECK(server::checkWebhook("https://example.org/hook?x=1", false));
  CHECK(server::checkWebhook("https://[2606:4700::1111]/", false));
  for (const std::string address : {"8.8.8.8", "2606:4700::1111"}) CHECK(server::isPublicAddress(address));
  for (const std::string address :
       {"127.0.0.1", "10.0.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "not an address"}) {
    INFO(address);
    CHECK_FALSE(server::isPublicAddress(address));
  }
  // A name that leads there is found out when it is connected to.
  server::MessageSettings settings;
  Message message;
  message.to = "https://localhost.localdomain:9/";
  const auto sent = server::sendWebhook(settings, message, "s", 1);
  REQUIRE_FALSE(sent);
  Grid grid;
  CHECK(grid.post(grid.alice, "/api/v1/me/notifications", R"({"webhook":"https://127.0.0.1/"})").status == 400);
  CHECK(grid.post(grid.alice, "/api/v1/me/notifications", R"({"mail":"alice@example.org"})").status == 400);
  for (const std::string bad : {"a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "a@b>", "<a@b"})
    CHECK_FALSE(server::checkMailAddress(bad));
  CHECK(server::checkMailAddress("ada.lovelace+grid@example.org"));
}

TEST_CASE("messages are tried ever more seldom") {
  CHECK(server::Outbox::pauseAfter(0) == Duration::seconds(30));
  CHECK(server::Outbox::pauseAfter(1) == Duration::minutes(1));
  CHECK(server::Outbox::pauseAfter(30) == Duration::hours(12));
}

TEST_CASE("results are removed when their time has come, after a warning, and their owner may put it off") {
  server::ApiOptions options;
  options.keepResults = Duration::days(30);
  options.keepResultsAtMost = Duration::days(60);
  Grid grid(options);
  const BatchId batch = grid.finished(3);  // each leaves "42\n", as does the next batch
  const BatchId longer = grid.finished(1);
  const BatchId alone = grid.submit(grid.alice, grid.spec(grid.alice, 1));
  grid.host.finish(grid.host.sync(1).attempts.at(0), "only here");
  grid.host.sync(0);
  const auto has = [&](const std::string& bytes) { return grid.blobs->has(certs::sha256(bytes)); };
  server::Retention retention(*grid.runtime, *grid.store.read, *grid.blobs, {options.keepResults, {}},
                              [&] { return grid.now(); });
  const auto results = [&](BatchId which) {
    return wire::parseResultPage(grid.get(grid.alice, grid.path(which, "/results")).body).value().results.size();
  };
  const auto keep = [&](BatchId which, Duration from) {
    return grid.post(grid.alice, grid.path(which, "/keep"), R"({"until":")" + formatInstant(grid.now() + from) + "\"}");
  };
  CHECK(keep(longer, Duration::days(50)).status == 200);
  CHECK(keep(longer, Duration::days(61)).problem().code == ErrorCode::kInvalid);
  CHECK(grid.post(grid.bob, grid.path(batch, "/keep"), "{}").status == 404);
  CHECK_FALSE(retention.run());
  CHECK(results(batch) == 3);
  grid.advance(Duration::days(24));
  retention.run();  // warns
  CHECK(grid.store.read->follow().care(batch).value().value().warned);
  CHECK_FALSE(grid.store.read->follow().care(longer).value().value().warned);
  grid.advance(Duration::days(7));
  retention.run();
  CHECK(results(batch) == 0);
  CHECK(results(alone) == 0);
  CHECK(results(longer) == 1);
  CHECK(has("42\n"));
  CHECK_FALSE(has("only here"));
  CHECK(grid.batch(grid.alice, batch).certified == 3);  // what became of it stays known
  CHECK_THAT(grid.get(grid.alice, grid.path(batch, "/keep")).body, Catch::Contains("\"removed\":true"));
  CHECK(keep(batch, Duration::days(1)).problem().code == ErrorCode::kConflict);
  SECTION("a warning that comes late puts the removal off by a day") {
    grid.advance(Duration::days(40));
    retention.run();
    CHECK(results(longer) == 1);
    grid.advance(Duration::hours(25));
    retention.run();
    CHECK(results(longer) == 0);
    CHECK_FALSE(has("42\n"));
  }
}

}  // namespace hearth::test
