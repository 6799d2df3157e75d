// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/transfer/https_client.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <mutex>

#include <curl/curl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/limits.h"
#include "certs/authority.h"

namespace hearth::agent {
namespace {

constexpr long kConnectSeconds = 20;
constexpr long kStallSeconds = 60;
constexpr long kIdleSeconds = 300;  // a kept connection is not used again after so long without a request

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// What the callbacks of one transfer share.
struct Transfer {
  const HttpRequest& request;
  CURL* curl;
  HttpReply reply;
  std::optional<Error> refused;  // by the sink, or our own bound
  std::unique_ptr<std::FILE, CloseFile> source;
  std::uint64_t sourceLeft = 0;

  unsigned status() const {
    long code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return static_cast<unsigned>(code);
  }
};

std::size_t onBody(char* bytes, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const unsigned status = transfer.status();
  if (transfer.request.sink && (status == 200 || status == 206)) {
    const auto taken = transfer.request.sink(status, std::as_bytes(std::span(bytes, size)));
    if (taken) return size;
    transfer.refused = taken.error();
    return 0;
  }
  if (transfer.reply.body.size() + size > limits::kJsonBodyBytes) {
    transfer.refused = Error{ErrorCode::kTooLarge, "the server's reply is too large", ""};
    return 0;
  }
  transfer.reply.body.append(bytes, size);
  return size;
}

std::size_t onSource(char* bytes, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(size, transfer.sourceLeft));
  const std::size_t got = std::fread(bytes, 1, most, transfer.source.get());
  if (got < most) {
    transfer.refused = Error{ErrorCode::kNotFound, transfer.request.file->file.string() + " became shorter", ""};
    return CURL_READFUNC_ABORT;
  }
  transfer.sourceLeft -= got;
  return got;
}

int onSourceSeek(void* context, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (origin != SEEK_SET || !transfer.request.file) return CURL_SEEKFUNC_CANTSEEK;
  const FilePart& part = *transfer.request.file;
  if (fseeko(transfer.source.get(), static_cast<off_t>(part.offset) + offset, SEEK_SET) != 0) return CURL_SEEKFUNC_FAIL;
  transfer.sourceLeft = part.length - static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int onProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<Transfer*>(context);
  return transfer.request.cancelled && transfer.request.cancelled() ? 1 : 0;
}

std::optional<std::uint64_t> headerNumber(CURL* curl, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return std::nullopt;
  const std::string_view text = header->value;
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string pemOf(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  std::string text;
  if (memory != nullptr && PEM_write_bio_X509(memory, certificate) == 1) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory, &bytes);
    text.assign(bytes, static_cast<std::size_t>(size));
  }
  BIO_free(memory);
  return text;
}

/// Verifies the server's chain against the one certificate in it that has the pinned fingerprint. Runs during the
/// handshake, so nothing of ours is sent to a server that fails.
int verifyAgainstPin(X509_STORE_CTX* context, void* pin) {
  const auto& wanted = *static_cast<const Digest*>(pin);
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* certificate = sk_X509_value(chain, i);
    const auto found = certs::fingerprint(pemOf(certificate));
    if (!found || *found != wanted) continue;
    STACK_OF(X509)* trusted = sk_X509_new_null();
    if (trusted == nullptr || sk_X509_push(trusted, certificate) == 0) {
      sk_X509_free(trusted);
      return 0;
    }
    X509_STORE_CTX_set0_trusted_stack(context, trusted);
    const int verified = X509_verify_cert(context);
    // The context looks at it no more; the certificates are the chain's.
    X509_STORE_CTX_set0_trusted_stack(context, nullptr);
    sk_X509_free(trusted);
    return verified;
  }
  X509_STORE_CTX_set_error(context, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
  return 0;
}

CURLcode installPin(CURL*, void* context, void* pin) {
  SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(context), verifyAgainstPin, pin);
  return CURLE_OK;
}

void setBlob(CURL* curl, CURLoption option, const std::string& text) {
  curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};  // copied, never written
  curl_easy_setopt(curl, option, &blob);
}

void startCurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct HttpsClient::State {
  Endpoint server;
  TlsIdentity identity;
  std::string proxy;
  CURL* curl = nullptr;
  HeaderList connectTo;
  std::string origin;  // of every URL
  char message[CURL_ERROR_SIZE] = {};

  ~State() { curl_easy_cleanup(curl); }

  void configure() {
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connectTo.get());
    curl_easy_setopt(curl, CURLOPT_PROXY, proxy.c_str());  // set even when empty: libcurl must not look for itself
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, kIdleSeconds);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(curl, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (identity.authority) {
      curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, installPin);
      curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &*identity.authority);
    } else {
      setBlob(curl, CURLOPT_CAINFO_BLOB, identity.authorityPem);
    }
    if (!identity.certificatePem.empty()) {
      setBlob(curl, CURLOPT_SSLCERT_BLOB, identity.certificatePem);
      setBlob(curl, CURLOPT_SSLKEY_BLOB, identity.privateKeyPem);
      curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "PEM");
      curl_easy_setopt(curl, CURLOPT_SSLKEYTYPE, "PEM");
    }
  }

  std::string address() const { return formatHost(server) + ":" + server.port; }

  /// What a failure of libcurl means for people.
  Error explain(CURLcode code) const {
    const std::string detail = message[0] != '\0' ? message : curl_easy_strerror(code);
    switch (code) {
      case CURLE_PEER_FAILED_VERIFICATION:
        if (identity.authority) {
          return {ErrorCode::kIntegrity,
                  address() + " is not the project of the join link: its certificate does not lead to the authority " +
                      "that the link names",
                  "Ask the project for a new join link. The token was not sent."};
        }
        return {ErrorCode::kUnauthorized, address() + " is not the project's server: " + detail,
                "Ask the project whether its certificate authority changed; then join again."};
      case CURLE_SSL_CERTPROBLEM:
        return {ErrorCode::kInvalid, "this host's certificate or key cannot be used: " + detail, "Join again."};
      case CURLE_OPERATION_TIMEDOUT:
        return {ErrorCode::kTimeout, address() + " does not answer in time: " + detail,
                "Check the network; it is tried again by itself."};
      case CURLE_ABORTED_BY_CALLBACK:
        return {ErrorCode::kUnavailable, "the transfer was given up", ""};
      default:
        return {ErrorCode::kUnavailable, "cannot reach " + address() + ": " + detail,
                proxy.empty() ? "Check the address, the network, and whether the server runs."
                              : "Check the address, the network, and the proxy " + withoutPassword(proxy) + "."};
    }
  }

  static std::string withoutPassword(const std::string& url) {
    const std::size_t at = url.rfind('@');
    if (at == std::string::npos) return url;
    const std::size_t scheme = url.find("://");
    return (scheme == std::string::npos ? "" : url.substr(0, scheme + 3)) + url.substr(at + 1);
  }
};

HttpsClient::HttpsClient(Endpoint server, TlsIdentity identity, std::string proxy)
    : m_state(std::make_unique<State>()) {
  startCurl();
  State& state = *m_state;
  state.server = std::move(server);
  state.identity = std::move(identity);
  state.proxy = std::move(proxy);
  const std::string name(certs::kAgentServerName);
  state.origin = "https://" + name + ":" + state.server.port;
  const std::string map = name + ":" + state.server.port + ":" + state.address();
  state.connectTo.reset(curl_slist_append(nullptr, map.c_str()));
  state.curl = curl_easy_init();
}

HttpsClient::~HttpsClient() = default;

Result<HttpReply> HttpsClient::perform(const HttpRequest& request) {
  CURL* curl = m_state->curl;
  if (curl == nullptr || !m_state->connectTo) return fail(ErrorCode::kExhausted, "out of memory for a connection");
  curl_easy_reset(curl);  // keeps connections and sessions
  m_state->message[0] = '\0';
  m_state->configure();

  Transfer transfer{request, curl, {}, {}, {}, 0};
  HeaderList headers(curl_slist_append(nullptr, "Expect:"));
  for (const std::string& header : request.headers) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  }
  const std::string url = m_state->origin + request.path;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, onBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, onProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.longest.inMilliseconds()));
  if (request.file) {
    const FilePart& part = *request.file;
    transfer.source.reset(std::fopen(part.file.c_str(), "rbe"));
    if (!transfer.source || fseeko(transfer.source.get(), static_cast<off_t>(part.offset), SEEK_SET) != 0) {
      return fail(ErrorCode::kNotFound, "cannot read " + part.file.string());
    }
    transfer.sourceLeft = part.length;
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, onSource);
    curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, onSourceSeek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(part.length));
  } else if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }

  const CURLcode code = curl_easy_perform(curl);
  transfer.reply.status = transfer.status();
  if (transfer.refused) return fail(std::move(*transfer.refused));
  // A server that refuses an upload may answer and close before it has read it all.
  const bool answered = transfer.reply.status >= 400 && request.file;
  if (code != CURLE_OK && !answered) return fail(m_state->explain(code));
  if (const auto seconds = headerNumber(curl, "retry-after")) {
    transfer.reply.retryAfter = Duration::seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(*seconds, 86'400)));
  }
  transfer.reply.uploadOffset = headerNumber(curl, "upload-offset");
  return std::move(transfer.reply);
}

}  // namespace hearth::agent
