// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace hearth::certs {

/// The TLS name (SNI and subject alternative name) under which agents reach every server, whatever its address: the
/// server shows its private certificate to whoever asks for this name, and the agent accepts nothing else. `.invalid`
/// never resolves (RFC 2606).
inline constexpr std::string_view kAgentServerName = "agents.hearth.invalid";

/// An EC P-256 key pair with what is signed for it. PEM texts. The private key is PKCS#8.
struct Identity {
  std::string certificatePem;
  std::string privateKeyPem;
};

/// A new EC P-256 private key, PEM.
Result<std::string> newPrivateKey();
/// A certificate signing request for a key. `commonName` is informative: the authority sets the subject itself.
Result<std::string> newSigningRequest(std::string_view privateKeyPem, std::string_view commonName);
/// SHA-256 of the SubjectPublicKeyInfo in a CSR whose own signature holds.
Result<Digest> keyOfSigningRequest(std::string_view csrPem);
Result<Digest> keyOfCertificate(std::string_view certificatePem);
/// SHA-256 of the DER certificate: what a join link and the command line pin.
Result<Digest> fingerprint(std::string_view certificatePem);

/// What a host's certificate says.
struct HostCertificate {
  HostId host;
  Digest key;
  Instant notBefore;
  Instant notAfter;
};
/// Reads a host certificate (DER as TLS hands it over). Says nothing about who signed it.
Result<HostCertificate> readHostCertificate(std::string_view der);

/// The private certificate authority of a project. Immutable after it is opened; any thread may call.
class Authority {
 public:
  /// Makes a new authority: EC P-256, valid for 20 years.
  static Result<Authority> create(std::string_view projectName, Instant now);
  static Result<Authority> open(Identity identity);
  Authority(Authority&&) noexcept;
  Authority& operator=(Authority&&) noexcept;
  ~Authority();

  const Identity& identity() const;
  Digest certificateFingerprint() const;

  /// A certificate for the server's private name and the host names or addresses given, with a key of its own.
  Result<Identity> issueServer(const std::vector<std::string>& names, Instant now, Duration validity) const;
  /// A client certificate for a host: subject CN "host-<id>", the CSR's key, usage clientAuth.
  Result<std::string> issueHost(std::string_view csrPem, HostId host, Instant now, Duration validity) const;

 private:
  struct State;
  explicit Authority(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

}  // namespace hearth::certs
