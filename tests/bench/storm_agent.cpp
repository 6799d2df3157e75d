// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/storm_agent.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent_core/backoff.h"
#include "agent_core/work.h"
#include "bench/tls_client.h"
#include "certs/authority.h"

namespace hearth::bench {
namespace {

constexpr std::uint32_t kSourceAddresses = 8;  // so that no run is short of ports

template <typename T, typename Read>
T* fromPem(const std::string& pem, Read read) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  T* object = read(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return object;
}

sockaddr_in loopback(std::uint32_t last, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last);
  return address;
}

std::string headerOf(const std::string& head, std::string_view name) {
  const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

StormAgent::StormAgent(SSL_CTX* context, HostId host, const std::string& certificatePem,
                       const std::string& privateKeyPem)
    : m_context(context),
      m_certificate(fromPem<X509>(certificatePem, PEM_read_bio_X509)),
      m_key(fromPem<EVP_PKEY>(privateKeyPem, PEM_read_bio_PrivateKey)),
      m_random(host.value) {
  if (m_certificate == nullptr || m_key == nullptr) giveUp("a host's certificate cannot be read");
}

StormAgent::~StormAgent() {
  close();
  forgetSession();
  X509_free(m_certificate);
  EVP_PKEY_free(m_key);
}

void StormAgent::close() {
  // As if it had been ended properly: OpenSSL gives up a session whose connection broke, an agent must not.
  if (m_ssl != nullptr) SSL_set_shutdown(m_ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(std::exchange(m_ssl, nullptr));
  if (m_socket >= 0) ::close(std::exchange(m_socket, -1));
}

void StormAgent::forgetSession() { SSL_SESSION_free(std::exchange(m_session, nullptr)); }

void StormAgent::keepSession(SSL_SESSION* session) {
  forgetSession();
  m_session = session;
}

int StormAgent::connect(std::uint16_t port, Goal goal) {
  close();
  m_goal = goal;
  m_socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (m_socket < 0) giveUp("no more sockets: raise the limit of open files (ulimit -n)");
  const int on = 1;
  ::setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(m_socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in from = loopback(2 + m_random.below(kSourceAddresses), 0);
  const sockaddr_in to = loopback(1, port);
  ::bind(m_socket, reinterpret_cast<const sockaddr*>(&from), sizeof from);
  m_phase = Phase::kHandshake;
  if (::connect(m_socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    m_phase = Phase::kFailed;
  }
  m_ssl = SSL_new(m_context);
  SSL_set_fd(m_ssl, m_socket);
  SSL_set_ex_data(m_ssl, kOwnerSlot, this);
  SSL_use_certificate(m_ssl, m_certificate);
  SSL_use_PrivateKey(m_ssl, m_key);
  const std::string name(certs::kAgentServerName);
  SSL_ctrl(m_ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str()));
  SSL_set1_host(m_ssl, name.c_str());
  SSL_set_connect_state(m_ssl);
  if (m_session != nullptr) SSL_set_session(m_ssl, m_session);
  return m_socket;
}

StormAgent::Wants StormAgent::advance(Seen& seen) {
  ERR_clear_error();
  if (m_phase == Phase::kHandshake) {
    if (const Wants wants = shake(seen); wants != Wants::kNothing || m_phase == Phase::kFailed) return wants;
  }
  if (m_phase == Phase::kTicket) return awaitTicket();
  if (m_phase == Phase::kSending) {
    if (const Wants wants = send(); wants != Wants::kNothing || m_phase == Phase::kFailed) return wants;
  }
  if (m_phase == Phase::kReceiving) return receive(seen);
  return Wants::kNothing;
}

StormAgent::Wants StormAgent::wantsOf(int result) {
  switch (SSL_get_error(m_ssl, result)) {
    case SSL_ERROR_WANT_READ:
      return Wants::kRead;
    case SSL_ERROR_WANT_WRITE:
      return Wants::kWrite;
    default:
      m_phase = Phase::kFailed;
      return Wants::kNothing;
  }
}

StormAgent::Wants StormAgent::shake(Seen& seen) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(m_socket, SOL_SOCKET, SO_ERROR, &error, &size);
  const int result = error == 0 ? SSL_do_handshake(m_ssl) : -1;
  if (result != 1) {
    const Wants wants = error == 0 ? wantsOf(result) : Wants::kNothing;
    if (error != 0) m_phase = Phase::kFailed;
    if (m_phase == Phase::kFailed) ++seen.turnedAway;
    return wants;
  }
  ++seen.handshakes;
  if (SSL_session_reused(m_ssl) == 1) ++seen.resumed;
  m_phase = m_goal == Goal::kHandshake ? Phase::kTicket : Phase::kSending;
  m_out.clear();
  return Wants::kNothing;
}

/// The server sends a ticket when its side of the handshake is over too.
StormAgent::Wants StormAgent::awaitTicket() {
  char scrap = 0;
  const Wants wants = wantsOf(SSL_read(m_ssl, &scrap, 1));
  if (m_session == nullptr) return wants;
  m_phase = Phase::kDone;
  return Wants::kNothing;
}

StormAgent::Wants StormAgent::send() {
  if (m_out.empty()) {
    m_request.free = {1, 64, 64ULL << 30, 1ULL << 40};
    const std::string body = wire::toJson(m_request);
    m_out = "POST /agent/v1/sync HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  std::size_t written = 0;
  const int result = SSL_write_ex(m_ssl, m_out.data(), m_out.size(), &written);
  if (result != 1) return wantsOf(result);
  m_in.clear();
  m_phase = Phase::kReceiving;
  return Wants::kNothing;
}

StormAgent::Wants StormAgent::receive(Seen& seen) {
  char piece[16 * 1024];
  for (;;) {
    const std::size_t headEnd = m_in.find("\r\n\r\n");
    if (headEnd != std::string::npos) {
      const std::string head = m_in.substr(0, headEnd + 2);
      const std::size_t whole = headEnd + 4 + std::strtoull(headerOf(head, "content-length").c_str(), nullptr, 10);
      if (m_in.size() >= whole) {
        take(head, m_in.substr(headEnd + 4, whole - headEnd - 4), seen);
        return Wants::kNothing;
      }
    }
    std::size_t got = 0;
    const int result = SSL_read_ex(m_ssl, piece, sizeof piece, &got);
    if (result != 1) return wantsOf(result);
    m_in.append(piece, got);
  }
}

void StormAgent::take(const std::string& head, const std::string& body, Seen& seen) {
  if (head.compare(9, 3, "200") != 0) {
    ++seen.refused;
    const std::string when = headerOf(head, "retry-after");
    if (when.empty()) ++seen.refusedWithoutWhen;
    m_asked = std::chrono::seconds(std::strtoll(when.c_str(), nullptr, 10));
    m_phase = Phase::kFailed;
    return;
  }
  const auto reply = wire::parseSyncReply(body);
  if (!reply) giveUp("sync reply: " + reply.error().message);
  ++seen.syncs;
  m_failures = 0;
  m_asked = {};
  seen.lost += reply->aborts.size();
  for (const wire::ResultAck& ack : reply->acks) {
    (ack.verdict == wire::AckVerdict::kAccepted ? seen.accepted : seen.lost) += 1;
  }
  m_request.results.clear();
  for (const wire::AssignedAttempt& given : reply->attempts) {
    wire::ReturnedResult result{given.attempt, given.task, given.revision, {}};
    result.report.usage = {Duration::milliseconds(3), Duration::milliseconds(2), 1 << 20};
    m_request.results.push_back(std::move(result));
  }
  m_phase = Phase::kDone;
}

Clock::duration StormAgent::pauseAfterFailure() {
  ++m_failures;
  const Duration pause =
      agent::backOff(m_failures, agent::bounds::kBackOffFirst, agent::bounds::kBackOffLongest, m_random);
  const auto asked = m_asked + std::chrono::duration_cast<Clock::duration>(m_asked * (0.25 * m_random.unit()));
  return std::max<Clock::duration>(std::chrono::microseconds(pause.micros), asked);
}

}  // namespace hearth::bench
