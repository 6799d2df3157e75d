// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "certs/authority.h"
#include "server/http/http_server.h"

struct ssl_session_st;

/// A small HTTPS client that can misbehave, and a server to misbehave against.
namespace hearth::test {

/// Keys and certificates of one project, made once for all tests.
struct Project {
  certs::Authority authority;
  certs::Identity server;      ///< the private one
  certs::Identity publicFace;  ///< of another authority, as an admin would install it
  certs::Authority otherAuthority;
  certs::Identity host;          ///< a client certificate, good for a month
  certs::Identity expiredHost;   ///< one that ended a day ago
  certs::Identity strangerHost;  ///< one of otherAuthority
  certs::Identity futureHost;    ///< one that is not valid yet
};
const Project& project();

/// The system's clock.
Instant wallClock();

server::HttpServerOptions serverOptions();
/// A server on a free port; the router must be filled before. Fails the test if it does not start.
std::unique_ptr<server::HttpServer> startServer(const server::Router& router,
                                                server::HttpServerOptions options = serverOptions());

struct Answer {
  unsigned status = 0;
  std::string head;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// One blocking TLS connection. Waits at most half a minute for anything.
class TlsClient {
 public:
  struct Options {
    std::string name = std::string(certs::kAgentServerName);  ///< empty: no server name
    const certs::Identity* identity = nullptr;
    std::shared_ptr<ssl_session_st> session{};
    bool tls12 = false;
    std::string protocols{};  ///< ALPN, as on the wire
    int receiveBuffer = 0;
  };
  TlsClient(std::uint16_t port, Options options);
  explicit TlsClient(std::uint16_t port) : TlsClient(port, Options{}) {}
  ~TlsClient();

  /// Whether the handshake went through, as far as this side can tell: a refused certificate shows at the first read
  /// only.
  bool isOpen() const;
  bool wasAskedForCertificate() const;
  bool resumed() const;
  std::string serverCertificatePem() const;
  std::size_t chainLength() const;
  std::string protocol() const;
  /// The last ticket that came; read something first.
  std::shared_ptr<ssl_session_st> session() const;

  bool send(std::string_view bytes);
  /// Reads one response; nothing if the connection ends before it is complete. `headOnly`: it has no body, whatever its
  /// length.
  std::optional<Answer> receive(bool headOnly = false);
  std::optional<Answer> request(std::string_view bytes);
  /// Reads what comes until the text has been seen or the connection ends; gives all that was read.
  std::string readUntil(std::string_view text);
  /// Whether the connection ends within the time, apart from bytes that come before.
  bool endsWithin(Duration time);
  /// Whether it ends at all: what a test asks that is not about how long it takes.
  bool ends() { return endsWithin(Duration::seconds(30)); }
  /// Ends it rudely.
  void drop();
  int descriptor() const;

 private:
  bool fill();
  struct State;
  std::unique_ptr<State> m_state;
};

/// "GET path HTTP/1.1" and what else is needed.
std::string get(std::string_view path, std::string_view moreHeaders = {});
std::string post(std::string_view path, std::string_view body, std::string_view moreHeaders = {});

/// Waits, at most half a minute, until it holds.
bool eventually(const std::function<bool()>& condition);

/// Resident memory of this process. 0 under a sanitizer, which keeps what was freed.
std::size_t residentBytes();

}  // namespace hearth::test
