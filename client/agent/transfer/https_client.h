// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/transfer/proxy.h"
#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"

namespace hearth::agent {

/// Whom to trust and who we are. PEM texts.
struct TlsIdentity {
  std::string authorityPem;                   ///< the project's CA; empty: `authority` pins it
  std::optional<Digest> authority;            ///< fingerprint that the top of the server's chain must have (join)
  std::string certificatePem, privateKeyPem;  ///< empty: none is shown
};

/// A piece of a file as the body of a request.
struct FilePart {
  std::filesystem::path file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct HttpRequest {
  std::string method = "GET";
  std::string path;
  std::vector<std::string> headers;
  std::string body;
  std::optional<FilePart> file;  ///< instead of body
  /// Takes the body of a 200 or 206 reply as it comes, after being told the status; an error ends the transfer. Empty:
  /// it is kept in HttpReply::body, up to limits::kJsonBodyBytes.
  std::function<Result<void>(unsigned status, std::span<const std::byte>)> sink;
  Duration longest = Duration::minutes(2);  ///< for all of it; 0: as long as it moves
  std::function<bool()> cancelled;          ///< asked about once a second and with each piece; empty: never
};

struct HttpReply {
  unsigned status = 0;
  std::string body;
  std::optional<Duration> retryAfter;
  std::optional<std::uint64_t> uploadOffset;
};

/// Talks to one server over TLS 1.3, keeping its connection. The server is asked for as certs::kAgentServerName,
/// whatever its address, and only the project's CA is trusted. Honours the usual proxy variables. One thread at a time.
class HttpsClient {
 public:
  HttpsClient(Endpoint server, TlsIdentity identity, std::string proxy);
  ~HttpsClient();
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  /// An error where no reply came (kUnavailable: could not connect or lost; kTimeout; kUnauthorized: not the project's
  /// server; kIntegrity: not the join link's); a reply of any status otherwise.
  Result<HttpReply> perform(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::agent
