// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/tls.h"

#include <algorithm>
#include <string_view>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "certs/authority.h"
#include "certs/sha256.h"
#include "server/http/internal/socket_bio.h"
#include "server/http/internal/ticket_seal.h"

namespace hearth::server {
namespace {

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// An agent away for less can resume its session, at half the price of a handshake.
constexpr long kTicketSeconds = 24L * 60 * 60;

std::string lastReason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown" : reason;
}

std::string failureOf(const SSL* ssl) {
  std::string reason = lastReason();
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    reason += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
  }
  return reason;
}

tl::unexpected<Error> tlsFailed(const std::string& what, std::string hint = {}) {
  return fail(ErrorCode::kInvalid, what + ": " + lastReason(), std::move(hint));
}

BioPtr readBio(const std::string& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

int noPassword(char*, int, int, void*) { return -1; }

/// An expired certificate passes, flagged in Peer: its host may still renew it. Everything else that is wrong ends the
/// handshake.
int acceptExpired(int good, X509_STORE_CTX* context) {
  if (good == 1) return 1;
  if (X509_STORE_CTX_get_error(context) != X509_V_ERR_CERT_HAS_EXPIRED ||
      X509_STORE_CTX_get_error_depth(context) != 0) {
    return 0;
  }
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

int chooseProtocol(SSL*, const unsigned char** out, unsigned char* outSize, const unsigned char* offered,
                   unsigned int size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, outSize, kHttp11, sizeof kHttp11 - 1, offered, size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// The host name of a server_name extension: a list's length, a name's type, its length, the name (RFC 6066).
std::string_view serverName(SSL* ssl) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1 || size < 5 || data[2] != 0) return {};
  const std::size_t length = static_cast<std::size_t>(data[3]) << 8U | data[4];
  if (length > size - 5) return {};
  return {reinterpret_cast<const char*>(data) + 5, length};
}

bool isAgentName(std::string_view name) {
  return std::equal(
      name.begin(), name.end(), certs::kAgentServerName.begin(), certs::kAgentServerName.end(),
      [](char given, char known) { return (given >= 'A' && given <= 'Z' ? given + 32 : given) == known; });
}

/// Runs before a session ticket is looked at, so that a person's session is never resumed as an agent's or the other
/// way round. Exchanging the context does not exchange what the session asks of its client: that is said here.
int chooseFace(SSL* ssl, int*, void* agents) {
  if (!isAgentName(serverName(ssl))) return SSL_CLIENT_HELLO_SUCCESS;
  if (SSL_set_SSL_CTX(ssl, static_cast<SSL_CTX*>(agents)) == nullptr) return SSL_CLIENT_HELLO_ERROR;
  SSL_set_verify(ssl, SSL_VERIFY_PEER, acceptExpired);
  return SSL_CLIENT_HELLO_SUCCESS;
}

Result<void> useCertificate(SSL_CTX* context, const std::string& certificates, const std::string& key) {
  const BioPtr chain = readBio(certificates);
  const X509Ptr leaf(PEM_read_bio_X509(chain.get(), nullptr, noPassword, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return tlsFailed("the server's certificate cannot be used", "Give certificates in PEM, the server's own first.");
  }
  while (const X509Ptr next{PEM_read_bio_X509(chain.get(), nullptr, noPassword, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return tlsFailed("the certificate's chain cannot be used");
  }
  ERR_clear_error();  // the end of the text counts as an error
  const PkeyPtr privateKey(PEM_read_bio_PrivateKey(readBio(key).get(), nullptr, noPassword, nullptr));
  if (!privateKey || SSL_CTX_use_PrivateKey(context, privateKey.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return tlsFailed("the server's private key cannot be used", "Give the unencrypted key of the certificate in PEM.");
  }
  return {};
}

/// A session is resumed for the purpose that it was made for only, and under the authority that its certificate was
/// verified against: tickets outlive the process.
Result<ContextPtr> newContext(const std::string& purpose, const std::string& authorityPem) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  const Digest scope = certs::sha256(purpose + authorityPem);
  static_assert(sizeof scope.bytes <= SSL_MAX_SID_CTX_LENGTH);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_session_id_context(context.get(), scope.bytes.data(), sizeof scope.bytes) != 1) {
    return tlsFailed("TLS 1.3 cannot be set up");
  }
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // the tickets carry the sessions
  SSL_CTX_set_num_tickets(context.get(), 1);
  SSL_CTX_set_timeout(context.get(), kTicketSeconds);
  SSL_CTX_set_alpn_select_cb(context.get(), chooseProtocol, nullptr);
  return context;
}

Result<void> trust(SSL_CTX* context, X509* authority) {
  if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) != 1 ||
      SSL_CTX_add_client_CA(context, authority) != 1 || SSL_CTX_add1_chain_cert(context, authority) != 1) {
    return tlsFailed("the project's authority cannot be used");
  }
  return {};
}

}  // namespace

struct TlsSession::State {
  SslPtr ssl;
  SSL_CTX* agents = nullptr;
  bool broken = false;
  std::string failure;
};

TlsSession::TlsSession(std::unique_ptr<State> state) : m_state(std::move(state)) {}
TlsSession::~TlsSession() = default;

TlsStep TlsSession::stepOf(int result) {
  switch (SSL_get_error(m_state->ssl.get(), result)) {
    case SSL_ERROR_NONE:
      return TlsStep::kDone;
    case SSL_ERROR_WANT_READ:
      return TlsStep::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return TlsStep::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return TlsStep::kClosed;
    default:
      m_state->broken = true;
      if (m_state->failure.empty()) m_state->failure = failureOf(m_state->ssl.get());
      return TlsStep::kClosed;
  }
}

TlsStep TlsSession::handshake() {
  ERR_clear_error();
  return stepOf(SSL_accept(m_state->ssl.get()));
}

TlsSession::Moved TlsSession::read(char* data, std::size_t size) {
  ERR_clear_error();
  Moved moved;
  moved.step = stepOf(SSL_read_ex(m_state->ssl.get(), data, size, &moved.count));
  return moved;
}

TlsSession::Moved TlsSession::write(const char* data, std::size_t size) {
  ERR_clear_error();
  Moved moved;
  moved.step = stepOf(SSL_write_ex(m_state->ssl.get(), data, size, &moved.count));
  return moved;
}

bool TlsSession::hasPending() const { return SSL_has_pending(m_state->ssl.get()) == 1; }

void TlsSession::close() {
  if (m_state->broken || SSL_is_init_finished(m_state->ssl.get()) != 1) return;
  SSL_shutdown(m_state->ssl.get());
  ERR_clear_error();
}

Peer TlsSession::peer(std::string address) const {
  Peer peer;
  peer.address = std::move(address);
  peer.agentName = SSL_get_SSL_CTX(m_state->ssl.get()) == m_state->agents;
  X509* certificate = peer.agentName ? SSL_get0_peer_certificate(m_state->ssl.get()) : nullptr;
  if (certificate == nullptr) return peer;
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size > 0) peer.certificateDer.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  // A resumed session was not verified again, so the clock decides, not the verdict of then.
  peer.certificateExpired = X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0;
  return peer;
}

std::string TlsSession::failure() const { return m_state->failure; }

struct TlsContexts::State {
  explicit State(const TicketKeys& keys) : tickets(keys) {}
  TicketSeal tickets;
  ContextPtr people;
  ContextPtr agents;
};

TlsContexts::TlsContexts(std::unique_ptr<State> state) : m_state(std::move(state)) {}
TlsContexts::TlsContexts(TlsContexts&&) noexcept = default;
TlsContexts::~TlsContexts() = default;

Result<TlsContexts> TlsContexts::make(const HttpServerOptions& options) {
  auto people = newContext("hearth people", options.authorityPem);
  if (!people) return fail(std::move(people).error());
  auto agents = newContext("hearth agents", options.authorityPem);
  if (!agents) return fail(std::move(agents).error());
  const X509Ptr authority(PEM_read_bio_X509(readBio(options.authorityPem).get(), nullptr, noPassword, nullptr));
  if (!authority) return tlsFailed("the project's authority is not a certificate in PEM");
  HEARTH_TRY(useCertificate(agents->get(), options.privateCertificatePem, options.privateKeyPem));
  // The chain shows the authority too: an agent that joins knows only its fingerprint.
  HEARTH_TRY(trust(agents->get(), authority.get()));
  if (options.publicCertificatePem.empty()) {
    HEARTH_TRY(useCertificate(people->get(), options.privateCertificatePem, options.privateKeyPem));
    if (SSL_CTX_add1_chain_cert(people->get(), authority.get()) != 1) return tlsFailed("the chain cannot be used");
  } else {
    HEARTH_TRY(useCertificate(people->get(), options.publicCertificatePem, options.publicKeyPem));
  }
  SSL_CTX_set_client_hello_cb(people->get(), chooseFace, agents->get());
  auto state = std::make_unique<State>(options.ticketKeys);
  state->people = std::move(*people);
  state->agents = std::move(*agents);
  // A session's tickets are asked of the context that it began with, their keys of the one that it ended with.
  state->tickets.install(state->people.get());
  state->tickets.install(state->agents.get());
  return TlsContexts(std::move(state));
}

void TlsContexts::useTicketKeys(TicketKeys keys) const { m_state->tickets.use(std::move(keys)); }

Result<std::unique_ptr<TlsSession>> TlsContexts::open(int descriptor) const {
  auto state = std::make_unique<TlsSession::State>();
  state->ssl.reset(SSL_new(m_state->people.get()));
  BIO* bio = state->ssl ? newSocketBio(descriptor) : nullptr;
  if (bio == nullptr) return fail(ErrorCode::kExhausted, "no memory for another connection");
  SSL_set_bio(state->ssl.get(), bio, bio);
  state->agents = m_state->agents.get();
  return std::unique_ptr<TlsSession>(new TlsSession(std::move(state)));
}

}  // namespace hearth::server
