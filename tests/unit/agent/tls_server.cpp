// SPDX-License-Identifier: GPL-3.0-or-later
#include "unit/agent/tls_server.h"

#include <algorithm>
#include <stdexcept>

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hearth::agent::test {
namespace {

int listenOnLoopback(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<struct sockaddr*>(&address);
  if (::bind(listener, generic, size) != 0 || ::listen(listener, 64) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port = ntohs(address.sin_port);
  return listener;
}

X509* readCertificate(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Reads one request; false at the end of the connection.
bool readRequest(SSL* ssl, std::string& buffer, SeenRequest& request) {
  char piece[16384];
  const auto more = [&] {
    const int got = SSL_read(ssl, piece, sizeof piece);
    if (got > 0) buffer.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  };
  while (buffer.find("\r\n\r\n") == std::string::npos) {
    if (!more()) return false;
  }
  const std::size_t end = buffer.find("\r\n\r\n");
  std::string head = buffer.substr(0, end + 2);
  buffer.erase(0, end + 4);
  request.method = head.substr(0, head.find(' '));
  head.erase(0, request.method.size() + 1);
  request.path = head.substr(0, head.find(' '));
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::size_t stop = head.find("\r\n", at);
    const std::string line = head.substr(at, stop - at);
    const std::size_t colon = line.find(':');
    request.headers[lower(line.substr(0, colon))] = line.substr(line.find_first_not_of(' ', colon + 1));
    at = stop + 2;
  }
  const auto length = request.headers.find("content-length");
  const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
  while (buffer.size() < size) {
    if (!more()) return false;
  }
  request.body = buffer.substr(0, size);
  buffer.erase(0, size);
  return true;
}

}  // namespace

std::string reply(const std::string& status, const std::string& body, const std::string& headers) {
  return status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

struct TlsServer::Tls {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  ~Tls() { SSL_CTX_free(context); }
};

TlsServer::TlsServer(Options options, Answer answer) : m_tls(std::make_unique<Tls>()), m_answer(std::move(answer)) {
  ::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* context = m_tls->context;
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  X509* certificate = readCertificate(options.identity.certificatePem);
  SSL_CTX_use_certificate(context, certificate);
  X509_free(certificate);
  BIO* bio =
      BIO_new_mem_buf(options.identity.privateKeyPem.data(), static_cast<int>(options.identity.privateKeyPem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  BIO_free(bio);
  if (!options.authorityPem.empty()) SSL_CTX_add0_chain_cert(context, readCertificate(options.authorityPem));
  const unsigned char scope[] = "test";
  SSL_CTX_set_session_id_context(context, scope, sizeof scope);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  m_listener = listenOnLoopback(m_port);
  m_accepting = std::thread([this] { accept(); });
}

TlsServer::~TlsServer() {
  m_ending = true;
  ::shutdown(m_listener, SHUT_RDWR);
  m_accepting.join();
  ::close(m_listener);
  {
    const std::lock_guard lock(m_mutex);
    for (const int socket : m_sockets) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : m_threads) thread.join();
  for (const int socket : m_sockets) ::close(socket);
}

std::vector<SeenRequest> TlsServer::seen() const {
  const std::lock_guard lock(m_mutex);
  return m_seen;
}

void TlsServer::cutAll() {
  const std::lock_guard lock(m_mutex);
  for (const int socket : m_sockets) ::shutdown(socket, SHUT_RDWR);
}

void TlsServer::accept() {
  while (!m_ending) {
    const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++m_connections;
    const std::lock_guard lock(m_mutex);
    m_sockets.push_back(socket);
    m_threads.emplace_back([this, socket] { serve(socket); });
  }
}

void TlsServer::serve(int socket) {
  SSL* ssl = SSL_new(m_tls->context);
  SSL_set_fd(ssl, socket);
  std::string buffer;
  if (SSL_accept(ssl) == 1) {
    for (;;) {
      SeenRequest request;
      if (!readRequest(ssl, buffer, request)) break;
      const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
      request.serverName = name == nullptr ? "" : name;
      X509* peer = SSL_get1_peer_certificate(ssl);
      request.certificate = peer != nullptr;
      X509_free(peer);
      request.resumed = SSL_session_reused(ssl) == 1;
      {
        const std::lock_guard lock(m_mutex);
        m_seen.push_back(request);
      }
      const std::string out = "HTTP/1.1 " + m_answer(request);
      if (SSL_write(ssl, out.data(), static_cast<int>(out.size())) <= 0) break;
      if (out.find("Connection: close") != std::string::npos) break;
    }
  }
  SSL_free(ssl);
  ::shutdown(socket, SHUT_RDWR);
}

ConnectProxy::ConnectProxy(std::uint16_t target) : m_target(target) {
  m_listener = listenOnLoopback(m_port);
  m_thread = std::thread([this] { serve(); });
}

ConnectProxy::~ConnectProxy() {
  ::shutdown(m_listener, SHUT_RDWR);
  m_thread.join();
  ::close(m_listener);
}

std::vector<std::string> ConnectProxy::asked() const {
  const std::lock_guard lock(m_mutex);
  return m_asked;
}

/// One tunnel after the other: enough for a test.
void ConnectProxy::serve() {
  for (;;) {
    const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    std::string head;
    char piece[4096];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(client, piece, sizeof piece, 0);
      if (got <= 0) break;
      head.append(piece, static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard lock(m_mutex);
      m_asked.push_back(head.substr(0, head.find("\r\n")));
    }
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(m_target);
    if (::connect(server, reinterpret_cast<struct sockaddr*>(&address), sizeof address) == 0) {
      const std::string yes = "HTTP/1.1 200 tunnel\r\n\r\n";
      (void)::send(client, yes.data(), yes.size(), MSG_NOSIGNAL);
      struct pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      for (bool open = true; open && ::poll(both, 2, 10'000) > 0;) {
        for (int side = 0; side < 2; ++side) {
          if (both[side].revents == 0) continue;
          const ssize_t got = ::recv(both[side].fd, piece, sizeof piece, 0);
          if (got <= 0) open = false;
          if (got > 0) (void)::send(both[1 - side].fd, piece, static_cast<std::size_t>(got), MSG_NOSIGNAL);
        }
      }
    }
    ::close(server);
    ::close(client);
  }
}

}  // namespace hearth::agent::test
