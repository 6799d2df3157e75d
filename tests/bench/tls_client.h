// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hearth::bench {

/// Who the client is and whom it trusts; shared by all its connections.
class TlsIdentity {
 public:
  /// Empty certificate: a client without one.
  TlsIdentity(const std::string& authorityPem, const std::string& certificatePem, const std::string& privateKeyPem);
  ~TlsIdentity();
  TlsIdentity(TlsIdentity&&) noexcept;
  void* context() const { return m_context; }

 private:
  void* m_context = nullptr;
};

struct HttpReply {
  unsigned status = 0;
  std::string body;
};
/// As long as the connection is not used again.
struct HttpReplyView {
  unsigned status = 0;
  std::string_view body;
};

/// A kept-alive HTTP/1.1 connection over TLS with blocking calls, as cheap as a load generator can be: send() and
/// receive() are apart, so that one thread keeps many connections busy. Ends the benchmark with a message on any
/// failure.
class TlsConnection {
 public:
  /// `verify`: the server must show a certificate of the identity's authority for this name.
  TlsConnection(const TlsIdentity& identity, std::uint16_t port, const std::string& serverName, bool verify = true);
  ~TlsConnection();
  TlsConnection(TlsConnection&&) noexcept;

  void send(std::string_view method, std::string_view path, std::string_view headers, std::string_view body);
  /// The head of a request whose body follows by sendBytes().
  void sendBytes(std::string_view bytes);
  HttpReply receive();
  HttpReplyView receiveView();
  int descriptor() const { return m_socket; }
  HttpReply call(std::string_view method, std::string_view path, std::string_view headers, std::string_view body);

 private:
  void* m_ssl = nullptr;
  int m_socket = -1;
  std::string m_out;
  std::string m_in;
  std::size_t m_filled = 0;  ///< of m_in
};

/// Says why and ends the program with status 1.
[[noreturn]] void giveUp(const std::string& why);

}  // namespace hearth::bench
