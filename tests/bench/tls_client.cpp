// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/tls_client.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hearth::bench {
namespace {

SSL* sslOf(void* pointer) { return static_cast<SSL*>(pointer); }

template <typename T, typename Read, typename Free>
std::unique_ptr<T, Free> fromPem(const std::string& pem, Read read, Free release) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  return {read(bio.get(), nullptr, nullptr, nullptr), release};
}

/// Value of a header in a response's head, both as they came; the benchmark's server writes it in one of two cases.
std::size_t contentLength(std::string_view head) {
  for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    const std::size_t at = head.find(name);
    if (at != std::string_view::npos) return std::strtoull(head.data() + at + name.size(), nullptr, 10);
  }
  return 0;
}

}  // namespace

void giveUp(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

TlsIdentity::TlsIdentity(const std::string& authorityPem, const std::string& certificatePem,
                         const std::string& privateKeyPem) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  m_context = context;
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_read_ahead(context, 1);  // a record in one read, not in two
  if (!authorityPem.empty()) {
    const auto authority = fromPem<X509>(authorityPem, PEM_read_bio_X509, X509_free);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
  }
  if (certificatePem.empty()) return;
  const auto certificate = fromPem<X509>(certificatePem, PEM_read_bio_X509, X509_free);
  const auto key = fromPem<EVP_PKEY>(privateKeyPem, PEM_read_bio_PrivateKey, EVP_PKEY_free);
  if (SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    giveUp("the client certificate cannot be used");
  }
}
TlsIdentity::~TlsIdentity() { SSL_CTX_free(static_cast<SSL_CTX*>(m_context)); }
TlsIdentity::TlsIdentity(TlsIdentity&& other) noexcept : m_context(std::exchange(other.m_context, nullptr)) {}

TlsConnection::TlsConnection(const TlsIdentity& identity, std::uint16_t port, const std::string& serverName,
                             bool verify) {
  m_socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    giveUp("cannot connect to the server");
  const int on = 1;
  ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL* ssl = SSL_new(static_cast<SSL_CTX*>(identity.context()));
  m_ssl = ssl;
  SSL_set_fd(ssl, m_socket);
  // What the macro SSL_set_tlsext_host_name does, without its C cast.
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(serverName.c_str()));
  if (verify) {
    SSL_set1_host(ssl, serverName.c_str());
    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  }
  if (SSL_connect(ssl) != 1) giveUp(std::string("TLS handshake failed: ") + ERR_error_string(ERR_get_error(), nullptr));
}
TlsConnection::~TlsConnection() {
  if (m_ssl == nullptr) return;
  SSL_free(sslOf(m_ssl));
  ::close(m_socket);
}
TlsConnection::TlsConnection(TlsConnection&& other) noexcept
    : m_ssl(std::exchange(other.m_ssl, nullptr)),
      m_socket(std::exchange(other.m_socket, -1)),
      m_out(std::move(other.m_out)),
      m_in(std::move(other.m_in)) {}

void TlsConnection::send(std::string_view method, std::string_view path, std::string_view headers,
                         std::string_view body) {
  m_out.clear();
  m_out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: bench\r\n").append(headers);
  if (headers.find("Content-Length:") == std::string_view::npos) {
    m_out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  m_out.append("\r\n").append(body);
  sendBytes(m_out);
}

void TlsConnection::sendBytes(std::string_view bytes) {
  std::size_t written = 0;
  if (SSL_write_ex(sslOf(m_ssl), bytes.data(), bytes.size(), &written) != 1) giveUp("the server closed the connection");
}

HttpReplyView TlsConnection::receiveView() {
  constexpr std::size_t kRoom = 16 * 1024;  // of a record
  m_filled = 0;                             // one reply to one request: nothing is left of the last
  std::size_t headEnd = std::string::npos;
  std::size_t needed = 0;
  while (headEnd == std::string::npos || m_filled < needed) {
    if (m_in.size() < m_filled + kRoom) m_in.resize(std::max(m_filled + kRoom, needed));
    std::size_t got = 0;
    if (SSL_read_ex(sslOf(m_ssl), m_in.data() + m_filled, m_in.size() - m_filled, &got) != 1)
      giveUp("the server closed the connection before it answered");
    m_filled += got;
    if (headEnd != std::string::npos) continue;
    headEnd = std::string_view(m_in.data(), m_filled).find("\r\n\r\n");
    if (headEnd == std::string::npos) continue;
    needed = headEnd + 4 + contentLength(std::string_view(m_in.data(), headEnd + 2));
  }
  if (m_filled > needed) giveUp("the server answered more than it was asked");
  return {static_cast<unsigned>(std::strtoul(m_in.c_str() + 9, nullptr, 10)),
          std::string_view(m_in).substr(headEnd + 4, needed - headEnd - 4)};
}

HttpReply TlsConnection::receive() {
  const HttpReplyView reply = receiveView();
  return {reply.status, std::string(reply.body)};
}

HttpReply TlsConnection::call(std::string_view method, std::string_view path, std::string_view headers,
                              std::string_view body) {
  send(method, path, headers, body);
  return receive();
}

}  // namespace hearth::bench
