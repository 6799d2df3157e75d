// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "server/http/router.h"
#include "server/http/ticket_keys.h"

namespace hearth::server {

struct HttpServerOptions {
  std::string address = "0.0.0.0";
  std::uint16_t port = 8443;  ///< 0: any free one
  unsigned threads = 2;
  std::string authorityPem;  ///< the project's CA: signs agents' certificates and the private one
  std::string privateCertificatePem, privateKeyPem;  ///< shown to agents, and to people until there is a public one
  std::string publicCertificatePem, publicKeyPem;    ///< shown to people; empty: the private one
  TicketKeys ticketKeys;              ///< empty: one of the process's own, so that no session outlives it
  std::size_t connections = 20'000;   ///< further ones are closed before the handshake
  std::size_t handshakesAtOnce = 64;  ///< begun and not over; further clients wait, which costs little
  Duration idleTimeout = Duration::minutes(10);
  Duration requestTimeout = Duration::seconds(60);  ///< for the head and for each 16 KiB of a body
  Duration eventComment = Duration::seconds(15);    ///< a stream of events that is silent for so long gets a comment
};

/// HTTPS/1.1 with TLS 1.3 on one port for people and agents, told apart by server name (docs/adr). Handlers run on its
/// threads and must not block for long.
class HttpServer {
 public:
  /// `router` must outlive the server.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, const Router& router);
  virtual ~HttpServer() = default;

  virtual std::uint16_t port() const = 0;
  virtual std::size_t openConnections() const = 0;
  /// Seals sessions by other keys from now on. Any thread.
  virtual void useTicketKeys(TicketKeys keys) = 0;
  /// Stops accepting, lets requests under way finish for at most `grace`, closes the rest, joins the threads.
  virtual void drain(Duration grace) = 0;
};

}  // namespace hearth::server
