// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "certs/authority.h"

namespace hearth::agent::test {

/// A request as the test's server saw it.
struct SeenRequest {
  std::string method, path, body;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string serverName;                      ///< that the client asked for
  bool certificate = false;                    ///< the client showed one
  bool resumed = false;                        ///< on a session of an earlier connection
};

/// What it answers: everything after "HTTP/1.1 ".
using Answer = std::function<std::string(const SeenRequest&)>;
std::string reply(const std::string& status, const std::string& body, const std::string& headers = {});

/// A small HTTPS server on loopback, TLS 1.3, a thread for each connection.
class TlsServer {
 public:
  struct Options {
    certs::Identity identity;  ///< shown to clients
    std::string authorityPem;  ///< sent behind it; empty: the chain ends with the identity
  };
  TlsServer(Options options, Answer answer);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const { return m_port; }
  std::string address() const { return "127.0.0.1:" + std::to_string(m_port); }
  std::vector<SeenRequest> seen() const;
  int connections() const { return m_connections; }
  /// As if it had died: every connection ends without a word.
  void cutAll();

 private:
  void accept();
  void serve(int socket);

  struct Tls;
  std::unique_ptr<Tls> m_tls;
  Answer m_answer;
  int m_listener = -1;
  std::uint16_t m_port = 0;
  std::atomic<int> m_connections = 0;
  std::atomic<bool> m_ending = false;
  mutable std::mutex m_mutex;  ///< guards what follows
  std::vector<SeenRequest> m_seen;
  std::vector<int> m_sockets;
  std::vector<std::thread> m_threads;
  std::thread m_accepting;
};

/// An HTTP proxy that knows CONNECT only and leads every tunnel to one port.
class ConnectProxy {
 public:
  explicit ConnectProxy(std::uint16_t target);
  ~ConnectProxy();
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
  std::vector<std::string> asked() const;  ///< request lines

 private:
  void serve();
  std::uint16_t m_target;
  int m_listener = -1;
  std::uint16_t m_port = 0;
  mutable std::mutex m_mutex;
  std::vector<std::string> m_asked;
  std::thread m_thread;
};

}  // namespace hearth::agent::test
