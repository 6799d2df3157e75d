// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <unistd.h>

#include "api/http_support.h"

using namespace hearth;
using namespace hearth::server;
using namespace hearth::test;

namespace {

/// "agent|person certificate|none expired|current" and the peers seen.
Router whoami() {
  Router router;
  router.add(Method::kGet, "/whoami", [](std::shared_ptr<const Request> request, Respond respond) {
    const Peer& peer = *request->peer;
    std::string text = peer.agentName ? "agent" : "person";
    text += peer.certificateDer.empty()
                ? " none"
                : " host-" + std::to_string(certs::readHostCertificate(peer.certificateDer)->host.value);
    text += peer.certificateExpired ? " expired" : " current";
    text += " from " + peer.address;
    respond(Response{200, {}, text});
  });
  return router;
}

std::string whoIs(TlsClient& client) {
  const auto answer = client.request(get("/whoami"));
  return answer ? answer->body : "refused";
}

}  // namespace

TEST_CASE("http: an agent is shown the private certificate with its authority and is asked for its own") {
  const Router router = whoami();
  const auto server = startServer(router);
  TlsClient client(server->port(), {.identity = &project().host});
  CHECK(client.wasAskedForCertificate());
  CHECK(client.serverCertificatePem() == project().server.certificatePem);
  CHECK(client.chainLength() == 2);
  CHECK(whoIs(client) == "agent host-7 current from 127.0.0.1");
}

TEST_CASE("http: an agent that has no certificate yet gets in without one") {
  const Router router = whoami();
  const auto server = startServer(router);
  TlsClient client(server->port());
  CHECK(client.wasAskedForCertificate());
  CHECK(whoIs(client) == "agent none current from 127.0.0.1");
}

TEST_CASE("http: the agents' name is known in capitals too") {
  const Router router = whoami();
  const auto server = startServer(router);
  TlsClient client(server->port(), {.name = "AGENTS.hearth.INVALID", .identity = &project().host});
  CHECK(whoIs(client) == "agent host-7 current from 127.0.0.1");
}

TEST_CASE("http: people are shown the public certificate and never asked for theirs, under any name or none") {
  const Router router = whoami();
  auto options = serverOptions();
  options.publicCertificatePem = project().publicFace.certificatePem;
  options.publicKeyPem = project().publicFace.privateKeyPem;
  const auto server = startServer(router, options);
  for (const char* name : {"localhost", "grid.example.org", ""}) {
    TlsClient client(server->port(), {.name = name, .identity = &project().host});
    CHECK_FALSE(client.wasAskedForCertificate());
    CHECK(client.serverCertificatePem() == project().publicFace.certificatePem);
    CHECK(whoIs(client) == "person none current from 127.0.0.1");
  }
  TlsClient agent(server->port(), {.identity = &project().host});
  CHECK(agent.serverCertificatePem() == project().server.certificatePem);
}

TEST_CASE("http: without a public certificate people are shown the private one") {
  const Router router = whoami();
  const auto server = startServer(router);
  TlsClient client(server->port(), {.name = "localhost"});
  CHECK_FALSE(client.wasAskedForCertificate());
  CHECK(client.serverCertificatePem() == project().server.certificatePem);
}

TEST_CASE("http: an expired host certificate gets in and is flagged") {
  const Router router = whoami();
  const auto server = startServer(router);
  TlsClient client(server->port(), {.identity = &project().expiredHost});
  CHECK(whoIs(client) == "agent host-7 expired from 127.0.0.1");
}

TEST_CASE("http: a certificate of another authority, of the future or for servers is refused in the handshake") {
  const Router router = whoami();
  const auto server = startServer(router);
  for (const certs::Identity* identity : {&project().strangerHost, &project().futureHost, &project().server}) {
    TlsClient client(server->port(), {.identity = identity});
    CHECK(whoIs(client) == "refused");
  }
  CHECK(eventually([&] { return server->openConnections() == 0; }));
}

TEST_CASE("http: TLS 1.2 is refused") {
  const Router router = whoami();
  const auto server = startServer(router);
  TlsClient client(server->port(), {.tls12 = true});
  CHECK_FALSE(client.isOpen());
}

TEST_CASE("http: only HTTP/1.1 is offered by ALPN") {
  const Router router = whoami();
  const auto server = startServer(router);
  TlsClient both(server->port(), {.protocols = "\x02h2\x08http/1.1"});
  CHECK(both.protocol() == "http/1.1");
  TlsClient second(server->port(), {.protocols = "\x02h2"});
  CHECK_FALSE(second.isOpen());
}

TEST_CASE("http: a resumed session still shows the certificate, its expiry judged by the clock") {
  const Router router = whoami();
  const auto server = startServer(router);
  for (const auto& [identity, expected] : {std::pair{&project().host, "agent host-7 current from 127.0.0.1"},
                                           std::pair{&project().expiredHost, "agent host-7 expired from 127.0.0.1"}}) {
    TlsClient first(server->port(), {.identity = identity});
    REQUIRE(whoIs(first) == expected);
    CHECK_FALSE(first.resumed());
    const auto session = first.session();
    REQUIRE(session);
    TlsClient second(server->port(), {.identity = identity, .session = session});
    CHECK(second.resumed());
    CHECK(whoIs(second) == expected);
  }
}

TEST_CASE("http: a session of an agent is not resumed as a person's, nor the other way round") {
  const Router router = whoami();
  const auto server = startServer(router);
  TlsClient agent(server->port(), {.identity = &project().host});
  REQUIRE(whoIs(agent) == "agent host-7 current from 127.0.0.1");
  TlsClient person(server->port(), {.name = "localhost", .session = agent.session()});
  CHECK(whoIs(person) == "person none current from 127.0.0.1");
  CHECK_FALSE(person.resumed());
  TlsClient back(server->port(), {.identity = &project().host, .session = person.session()});
  CHECK(whoIs(back) == "agent host-7 current from 127.0.0.1");
  CHECK_FALSE(back.resumed());
}

TEST_CASE("http: a server that was given the keys of the one before resumes its sessions, by whatever key of them") {
  const Router router = whoami();
  auto options = serverOptions();
  const TicketKey old = newTicketKey();
  options.ticketKeys = {old};
  auto server = startServer(router, options);
  const std::string me = "agent host-7 current from 127.0.0.1";
  TlsClient first(server->port(), {.identity = &project().host});
  REQUIRE(whoIs(first) == me);
  server->drain(Duration{});

  options.ticketKeys = {newTicketKey(), old};
  server = startServer(router, options);
  TlsClient second(server->port(), {.identity = &project().host, .session = first.session()});
  CHECK(second.resumed());
  CHECK(whoIs(second) == me);
  server->useTicketKeys({options.ticketKeys.front()});  // the old one is over; the ticket was renewed under the new
  TlsClient third(server->port(), {.identity = &project().host, .session = second.session()});
  CHECK(third.resumed());
  CHECK(whoIs(third) == me);
  TlsClient late(server->port(), {.identity = &project().host, .session = first.session()});
  CHECK_FALSE(late.resumed());
  CHECK(whoIs(late) == me);
}

TEST_CASE("http: a ticket is worth nothing under another authority, another key or when it was changed") {
  const Router router = whoami();
  auto options = serverOptions();
  options.ticketKeys = {newTicketKey()};
  auto server = startServer(router, options);
  TlsClient first(server->port(), {.identity = &project().host});
  REQUIRE(whoIs(first) == "agent host-7 current from 127.0.0.1");
  const auto session = first.session();

  auto others = options;
  others.authorityPem = project().otherAuthority.identity().certificatePem;
  const auto stranger = startServer(router, others);
  TlsClient intruder(stranger->port(), {.session = session});
  CHECK_FALSE(intruder.resumed());
  CHECK(whoIs(intruder) == "agent none current from 127.0.0.1");

  server->useTicketKeys({newTicketKey()});
  TlsClient late(server->port(), {.session = session});
  CHECK_FALSE(late.resumed());
  CHECK(whoIs(late) == "agent none current from 127.0.0.1");

  TicketKey forged = options.ticketKeys.front();
  forged.mac[0] ^= 1U;
  server->useTicketKeys({forged});
  TlsClient changed(server->port(), {.session = session});
  CHECK_FALSE(changed.resumed());
  CHECK(whoIs(changed) == "agent none current from 127.0.0.1");
}

TEST_CASE("http: a server does not start with a bad certificate, key, address or a port that is taken") {
  const Router router = whoami();
  auto options = serverOptions();
  options.authorityPem = "nonsense";
  CHECK_FALSE(HttpServer::start(options, router));
  options = serverOptions();
  options.privateKeyPem = project().host.privateKeyPem;
  CHECK_FALSE(HttpServer::start(options, router));
  options = serverOptions();
  options.publicCertificatePem = "nonsense";
  CHECK_FALSE(HttpServer::start(options, router));
  options = serverOptions();
  options.address = "not an address";
  CHECK(HttpServer::start(options, router).error().code == ErrorCode::kInvalid);
  const auto server = startServer(router);
  options = serverOptions();
  options.port = server->port();
  const auto second = HttpServer::start(options, router);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kIo);
  CHECK(second.error().message.find("cannot listen on") != std::string::npos);
}

TEST_CASE("http: bytes that are no TLS end the connection and nothing else") {
  const Router router = whoami();
  const auto server = startServer(router);
  for (int i = 0; i < 20; ++i) {
    TlsClient client(server->port());
    REQUIRE(client.isOpen());
    const std::string noise = "GET / HTTP/1.1\r\n\r\n" + std::string(100, static_cast<char>(i));
    REQUIRE(::write(client.descriptor(), noise.data(), noise.size()) > 0);
    CHECK(client.ends());
  }
  TlsClient client(server->port());
  CHECK(whoIs(client) == "agent none current from 127.0.0.1");
}
