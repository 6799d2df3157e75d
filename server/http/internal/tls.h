// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/http/http_server.h"
#include "server/http/message.h"

namespace hearth::server {

/// What to do after a step of TLS.
enum class TlsStep { kDone, kWantRead, kWantWrite, kClosed };

/// TLS on one non-blocking socket, whose descriptor it borrows. One thread.
class TlsSession {
 public:
  struct Moved {
    TlsStep step = TlsStep::kClosed;
    std::size_t count = 0;
  };

  TlsStep handshake();
  Moved read(char* data, std::size_t size);
  /// What did not go through is to be given again, the same bytes.
  Moved write(const char* data, std::size_t size);
  /// Whether bytes that came already are still to be read.
  bool hasPending() const;
  /// Tells the other side that this is the end, if that can be done without waiting.
  void close();

  /// Who is there; after the handshake.
  Peer peer(std::string address) const;
  /// Why the handshake failed.
  std::string failure() const;

  ~TlsSession();

 private:
  friend class TlsContexts;
  struct State;
  explicit TlsSession(std::unique_ptr<State> state);
  TlsStep stepOf(int result);
  std::unique_ptr<State> m_state;
};

/// The two faces of the port: the private certificate, with a wish for the client's, for whoever asks for
/// certs::kAgentServerName; the public one for everybody else. Immutable once made; any thread may open sessions. Must
/// outlive them.
class TlsContexts {
 public:
  static Result<TlsContexts> make(const HttpServerOptions& options);
  TlsContexts(TlsContexts&&) noexcept;
  ~TlsContexts();

  Result<std::unique_ptr<TlsSession>> open(int descriptor) const;
  /// From now on; any thread.
  void useTicketKeys(TicketKeys keys) const;

 private:
  struct State;
  explicit TlsContexts(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::server
