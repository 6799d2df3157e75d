// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli_support.h"

namespace hearth::test {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Tls = std::unique_ptr<SSL, Freed<SSL_free>>;

Bio bioOf(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

void use(SSL_CTX* context, const certs::Identity& leaf, const std::string& authority) {
  const Certificate certificate(PEM_read_bio_X509(bioOf(leaf.certificatePem).get(), nullptr, nullptr, nullptr));
  const Key key(PEM_read_bio_PrivateKey(bioOf(leaf.privateKeyPem).get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context, certificate.get());
  SSL_CTX_use_PrivateKey(context, key.get());
  SSL_CTX_add_extra_chain_cert(context, PEM_read_bio_X509(bioOf(authority).get(), nullptr, nullptr, nullptr));
}

/// Reads until `text` holds what `isEnough` wants; false when the other side is gone.
template <typename Enough>
bool readUntil(SSL* tls, std::string& text, Enough isEnough) {
  char buffer[16384];
  while (!isEnough()) {
    const int got = SSL_read(tls, buffer, sizeof buffer);
    if (got <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return true;
}

bool readRequest(SSL* tls, std::string& pending, Asked& asked) {
  if (!readUntil(tls, pending, [&] { return pending.find("\r\n\r\n") != std::string::npos; })) return false;
  const std::size_t head = pending.find("\r\n\r\n");
  asked.method = pending.substr(0, pending.find(' '));
  asked.path =
      pending.substr(asked.method.size() + 1, pending.find(' ', asked.method.size() + 1) - asked.method.size() - 1);
  for (std::size_t line = pending.find("\r\n") + 2; line < head;) {
    const std::size_t end = pending.find("\r\n", line);
    const std::size_t colon = pending.find(':', line);
    std::string name = pending.substr(line, colon - line);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    asked.headers[name] = pending.substr(colon + 2, end - colon - 2);
    line = end + 2;
  }
  const std::size_t length =
      asked.headers.count("content-length") != 0 ? std::stoul(asked.headers["content-length"]) : 0;
  if (!readUntil(tls, pending, [&] { return pending.size() >= head + 4 + length; })) return false;
  asked.body = pending.substr(head + 4, length);
  pending.erase(0, head + 4 + length);
  return true;
}

/// False when the connection is to be closed.
bool writeAnswer(SSL* tls, const Asked& asked, const Answer& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) +
                     " Said\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n";
  for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
  text += "\r\n";
  if (asked.method != "HEAD") text += answer.body.substr(0, answer.breaksAfter);
  SSL_write(tls, text.data(), static_cast<int>(text.size()));
  return answer.breaksAfter >= answer.body.size();
}

}  // namespace

struct SmallServer::State {
  std::function<Answer(const Asked&)> handler;
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context{SSL_CTX_new(TLS_server_method())};
  Digest authority;
  std::string authorityPem;
  Digest leaf;
  int listener = -1;
  std::uint16_t port = 0;
  std::atomic<bool> isOver{false};
  mutable std::mutex mutex;
  std::vector<Asked> asked;
  std::set<int> open;  ///< sockets that are served
  std::vector<std::thread> connections;
  std::thread acceptor;

  void serve(int socket) {
    const Tls tls(SSL_new(context.get()));
    SSL_set_fd(tls.get(), socket);
    std::string pending;
    for (bool goesOn = SSL_accept(tls.get()) == 1; goesOn && !isOver;) {
      Asked request;
      if (!readRequest(tls.get(), pending, request)) break;
      {
        const std::lock_guard lock(mutex);
        asked.push_back(request);
      }
      goesOn = writeAnswer(tls.get(), request, handler(request));
    }
    const std::lock_guard lock(mutex);
    open.erase(socket);
    ::close(socket);
  }

  void acceptAll() {
    while (!isOver) {
      pollfd ready{listener, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const timeval patience{30, 0};
      ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      {
        const std::lock_guard lock(mutex);
        open.insert(socket);
      }
      connections.emplace_back([this, socket] { serve(socket); });
    }
  }
};

SmallServer::SmallServer(std::function<Answer(const Asked&)> handler, const std::string& borrowed)
    : m_state(std::make_unique<State>()) {
  std::signal(SIGPIPE, SIG_IGN);
  State& state = *m_state;
  state.handler = std::move(handler);
  auto authority = certs::Authority::create("Test", cli::currentTime());
  if (!authority) throw std::runtime_error(authority.error().message);
  auto leaf = authority->issueServer({"grid.example"}, cli::currentTime(), Duration::days(1));
  if (!leaf) throw std::runtime_error(leaf.error().message);
  use(state.context.get(), *leaf, authority->identity().certificatePem);
  if (!borrowed.empty()) {
    SSL_CTX_add_extra_chain_cert(state.context.get(),
                                 PEM_read_bio_X509(bioOf(borrowed).get(), nullptr, nullptr, nullptr));
  }
  state.authorityPem = authority->identity().certificatePem;
  state.authority = authority->certificateFingerprint();
  state.leaf = certs::fingerprint(leaf->certificatePem).value();
  state.listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(state.listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(state.listener, 16) != 0 ||
      ::getsockname(state.listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error(std::strerror(errno));
  }
  state.port = ntohs(address.sin_port);
  state.acceptor = std::thread([&state] { state.acceptAll(); });
}

SmallServer::~SmallServer() {
  m_state->isOver = true;
  m_state->acceptor.join();
  {
    const std::lock_guard lock(m_state->mutex);
    for (const int socket : m_state->open) ::shutdown(socket, SHUT_RDWR);  // kept alive, but nobody will call
  }
  for (std::thread& connection : m_state->connections) connection.join();
  ::close(m_state->listener);
}

std::string SmallServer::address() const { return "https://127.0.0.1:" + std::to_string(m_state->port); }
Digest SmallServer::authorityFingerprint() const { return m_state->authority; }
const std::string& SmallServer::authorityPem() const { return m_state->authorityPem; }
Digest SmallServer::leafFingerprint() const { return m_state->leaf; }
std::vector<Asked> SmallServer::asked() const {
  const std::lock_guard lock(m_state->mutex);
  return m_state->asked;
}

}  // namespace hearth::test
