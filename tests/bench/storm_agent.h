// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <openssl/ssl.h>

#include "base/ids.h"
#include "base/random.h"
#include "wire/agent.h"

namespace hearth::bench {

using Clock = std::chrono::steady_clock;

/// What a crowd of agents saw.
struct Seen {
  std::uint64_t handshakes = 0, resumed = 0, syncs = 0;
  std::uint64_t accepted = 0;            ///< results
  std::uint64_t lost = 0;                ///< results that were not accepted, attempts that were called back
  std::uint64_t turnedAway = 0;          ///< connections that ended before the handshake did
  std::uint64_t refused = 0;             ///< answers other than 200
  std::uint64_t refusedWithoutWhen = 0;  ///< those of them without Retry-After
  std::uint64_t timeouts = 0;
};

/// One simulated agent on a non-blocking connection: says at each sync what it holds, and that it is done with what the
/// last one gave. Keeps its TLS session as a real one does. Driven by a Crowd, on one thread.
class StormAgent {
 public:
  static constexpr int kOwnerSlot = 0;  ///< of the SSL's application data: its agent
  enum class Wants { kNothing, kRead, kWrite };
  enum class Goal { kHandshake, kSync };

  StormAgent(SSL_CTX* context, HostId host, const std::string& certificatePem, const std::string& privateKeyPem);
  ~StormAgent();
  StormAgent(const StormAgent&) = delete;
  StormAgent& operator=(const StormAgent&) = delete;

  /// Opens a connection, with its session if it has one. The descriptor is the Crowd's to watch.
  int connect(std::uint16_t port, Goal goal);
  /// Does what can be done now.
  Wants advance(Seen& seen);
  bool isDone() const { return m_phase == Phase::kDone; }
  bool hasFailed() const { return m_phase == Phase::kFailed; }
  bool isConnecting() const { return m_phase < Phase::kSending; }
  int descriptor() const { return m_socket; }

  void close();
  void forgetSession();
  void keepSession(SSL_SESSION* session);
  /// When to try again after a failure, as a real agent decides it.
  Clock::duration pauseAfterFailure();
  std::size_t holding() const { return m_request.results.size(); }

 private:
  enum class Phase { kHandshake, kTicket, kSending, kReceiving, kDone, kFailed };
  Wants shake(Seen& seen);
  Wants awaitTicket();
  Wants send();
  Wants receive(Seen& seen);
  void take(const std::string& head, const std::string& body, Seen& seen);
  Wants wantsOf(int result);

  SSL_CTX* m_context;
  X509* m_certificate;
  EVP_PKEY* m_key;
  SSL* m_ssl = nullptr;
  SSL_SESSION* m_session = nullptr;
  int m_socket = -1;
  Phase m_phase = Phase::kDone;
  Goal m_goal = Goal::kSync;
  std::string m_out, m_in;
  wire::SyncRequest m_request;
  std::uint32_t m_failures = 0;
  Clock::duration m_asked{};
  RandomStream m_random;
};

}  // namespace hearth::bench
