// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/http_support.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace hearth::test {
namespace {

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;

BioPtr readBio(const std::string& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

certs::Identity newHost(const certs::Authority& authority, Instant now, Duration validity) {
  const std::string key = certs::newPrivateKey().value();
  const std::string request = certs::newSigningRequest(key, "test").value();
  return {authority.issueHost(request, HostId{7}, now, validity).value(), key};
}

constexpr int kWaitSeconds = 30;

}  // namespace

Instant wallClock() {
  return Instant{
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

const Project& project() {
  static const Project made = [] {
    const Instant now = wallClock();
    auto authority = certs::Authority::create("Test project", now).value();
    auto other = certs::Authority::create("Test project", now).value();
    auto server = authority.issueServer({"localhost", "127.0.0.1"}, now, Duration::days(30)).value();
    auto face = other.issueServer({"localhost", "127.0.0.1"}, now, Duration::days(30)).value();
    auto host = newHost(authority, now, Duration::days(30));
    auto expired = newHost(authority, now - Duration::days(31), Duration::days(30));
    auto stranger = newHost(other, now, Duration::days(30));
    auto future = newHost(authority, now + Duration::days(1), Duration::days(30));
    return Project{std::move(authority), std::move(server),  std::move(face),     std::move(other),
                   std::move(host),      std::move(expired), std::move(stranger), std::move(future)};
  }();
  return made;
}

server::HttpServerOptions serverOptions() {
  server::HttpServerOptions options;
  options.address = "127.0.0.1";
  options.port = 0;
  options.authorityPem = project().authority.identity().certificatePem;
  options.privateCertificatePem = project().server.certificatePem;
  options.privateKeyPem = project().server.privateKeyPem;
  return options;
}

std::unique_ptr<server::HttpServer> startServer(const server::Router& router, server::HttpServerOptions options) {
  auto server = server::HttpServer::start(std::move(options), router);
  if (!server) FAIL(server.error().message);
  return std::move(*server);
}

struct TlsClient::State {
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<SSL, Freed<SSL_free>> ssl;
  int descriptor = -1;
  bool open = false;
  bool asked = false;
  std::shared_ptr<SSL_SESSION> session;
  std::string buffer;
};

namespace {

int keepSession(SSL* ssl, SSL_SESSION* session) {
  auto* kept = static_cast<std::shared_ptr<SSL_SESSION>*>(SSL_get_app_data(ssl));
  *kept = std::shared_ptr<SSL_SESSION>(session, SSL_SESSION_free);
  return 1;
}

void useIdentity(SSL* ssl, const certs::Identity& identity) {
  std::unique_ptr<X509, Freed<X509_free>> certificate(
      PEM_read_bio_X509(readBio(identity.certificatePem).get(), nullptr, nullptr, nullptr));
  std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(readBio(identity.privateKeyPem).get(), nullptr, nullptr, nullptr));
  REQUIRE(SSL_use_certificate(ssl, certificate.get()) == 1);
  REQUIRE(SSL_use_PrivateKey(ssl, key.get()) == 1);
}

void setServerName(SSL* ssl, std::string& name) {
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

int connectTo(std::uint16_t port, int receiveBuffer) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(descriptor >= 0);
  if (receiveBuffer > 0) ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
  const timeval wait{kWaitSeconds, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return descriptor;
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, Options options) : m_state(std::make_unique<State>()) {
  ::signal(SIGPIPE, SIG_IGN);
  State& state = *m_state;
  if (options.tls12) SSL_CTX_set_max_proto_version(state.context.get(), TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(state.context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(state.context.get(), keepSession);
  SSL_CTX_set_options(state.context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_cert_cb(
      state.context.get(),
      [](SSL*, void* asked) {
        *static_cast<bool*>(asked) = true;
        return 1;
      },
      &state.asked);
  state.ssl.reset(SSL_new(state.context.get()));
  SSL_set_app_data(state.ssl.get(), &state.session);
  if (!options.name.empty()) setServerName(state.ssl.get(), options.name);
  if (options.identity != nullptr) useIdentity(state.ssl.get(), *options.identity);
  if (options.session) SSL_set_session(state.ssl.get(), options.session.get());
  if (!options.protocols.empty()) {
    SSL_set_alpn_protos(state.ssl.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                        static_cast<unsigned>(options.protocols.size()));
  }
  state.descriptor = connectTo(port, options.receiveBuffer);
  SSL_set_fd(state.ssl.get(), state.descriptor);
  state.open = SSL_connect(state.ssl.get()) == 1;
  ERR_clear_error();
}

TlsClient::~TlsClient() {
  if (m_state->open) SSL_shutdown(m_state->ssl.get());
  ERR_clear_error();
  drop();
}

void TlsClient::drop() {
  m_state->open = false;
  if (m_state->descriptor >= 0) ::close(m_state->descriptor);
  m_state->descriptor = -1;
}

bool TlsClient::isOpen() const { return m_state->open; }
bool TlsClient::wasAskedForCertificate() const { return m_state->asked; }
bool TlsClient::resumed() const { return SSL_session_reused(m_state->ssl.get()) == 1; }
int TlsClient::descriptor() const { return m_state->descriptor; }
std::shared_ptr<ssl_session_st> TlsClient::session() const { return m_state->session; }

std::string TlsClient::serverCertificatePem() const {
  BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), SSL_get0_peer_certificate(m_state->ssl.get()));
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

std::size_t TlsClient::chainLength() const {
  return static_cast<std::size_t>(sk_X509_num(SSL_get_peer_cert_chain(m_state->ssl.get())));
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(m_state->ssl.get(), &name, &size);
  return std::string(reinterpret_cast<const char*>(name), size);
}

bool TlsClient::send(std::string_view bytes) {
  while (m_state->open && !bytes.empty()) {
    std::size_t count = 0;
    if (SSL_write_ex(m_state->ssl.get(), bytes.data(), bytes.size(), &count) != 1) break;
    bytes.remove_prefix(count);
  }
  ERR_clear_error();
  return bytes.empty();
}

bool TlsClient::fill() {
  if (m_state->descriptor < 0) return false;
  char piece[16384];
  std::size_t count = 0;
  const bool got = SSL_read_ex(m_state->ssl.get(), piece, sizeof piece, &count) == 1;
  ERR_clear_error();
  m_state->buffer.append(piece, count);
  return got;
}

std::string TlsClient::readUntil(std::string_view text) {
  while (m_state->buffer.find(text) == std::string::npos && fill()) {
  }
  std::string all;
  all.swap(m_state->buffer);
  return all;
}

std::optional<Answer> TlsClient::receive(bool headOnly) {
  std::string& buffer = m_state->buffer;
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  Answer answer;
  answer.head = buffer.substr(0, end + 2);
  buffer.erase(0, end + 4);
  answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
  for (std::size_t at = answer.head.find("\r\n") + 2; at < answer.head.size();) {
    const std::size_t lineEnd = answer.head.find("\r\n", at);
    const std::string line = answer.head.substr(at, lineEnd - at);
    const std::size_t colon = line.find(": ");
    answer.headers[line.substr(0, colon)] = line.substr(colon + 2);
    at = lineEnd + 2;
  }
  if (headOnly || answer.headers.count("content-length") == 0) return answer;
  const std::size_t length = std::stoul(answer.headers["content-length"]);
  while (buffer.size() < length) {
    if (!fill()) return std::nullopt;
  }
  answer.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return answer;
}

std::optional<Answer> TlsClient::request(std::string_view bytes) {
  send(bytes);
  return receive();
}

bool TlsClient::endsWithin(Duration time) {
  const timeval wait{time.micros / 1'000'000, time.micros % 1'000'000};
  ::setsockopt(m_state->descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  const auto start = std::chrono::steady_clock::now();
  while (fill()) {
  }
  return std::chrono::steady_clock::now() - start < std::chrono::microseconds(time.micros);
}

std::string get(std::string_view path, std::string_view moreHeaders) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(moreHeaders) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view moreHeaders) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(moreHeaders) + "\r\n" + std::string(body);
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kWaitSeconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::size_t residentBytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
#endif
}

}  // namespace hearth::test
