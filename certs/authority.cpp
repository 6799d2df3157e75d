// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/authority.h"

#include <algorithm>
#include <charconv>

#include "certs/internal/issue.h"
#include "certs/internal/openssl.h"
#include "certs/sha256.h"

namespace hearth::certs {
namespace {

constexpr std::string_view kHostPrefix = "host-";
constexpr Duration kAuthorityLife = Duration::days(20 * 365);
/// Clocks of volunteers' machines are late by hours; those of a project's servers by seconds.
constexpr Duration kServerLead = Duration::days(1);
constexpr Duration kHostLead = Duration::minutes(5);
constexpr std::size_t kServerNames = 64;

Result<PkeyPtr> newKey() {
  PkeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return openSslFailed(ErrorCode::kExhausted, "cannot make a key");
  return key;
}

bool isP256(EVP_PKEY* key) {
  char group[32] = {};
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

}  // namespace

Result<std::string> newPrivateKey() {
  auto key = newKey();
  if (!key) return fail(std::move(key).error());
  return privateKeyPem(key->get());
}

Result<std::string> newSigningRequest(std::string_view privateKeyPem, std::string_view commonName) {
  auto key = readPrivateKey(privateKeyPem);
  if (!key) return fail(std::move(key).error());
  auto name = distinguishedName(commonName);
  if (!name) return fail(std::move(name).error());
  RequestPtr request(X509_REQ_new());
  BioPtr out(BIO_new(BIO_s_mem()));
  if (!request || !out || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_subject_name(request.get(), name->get()) != 1 ||
      X509_REQ_set_pubkey(request.get(), key->get()) != 1 ||
      X509_REQ_sign(request.get(), key->get(), sha256Method()) <= 0 ||
      PEM_write_bio_X509_REQ(out.get(), request.get()) != 1) {
    return openSslFailed(ErrorCode::kInvalid, "cannot make a certificate signing request");
  }
  return bioText(out.get());
}

Result<Digest> keyOfSigningRequest(std::string_view csrPem) {
  auto request = readRequest(csrPem);
  if (!request) return fail(std::move(request).error());
  return publicKeyDigest(X509_REQ_get0_pubkey(request->get()));
}

Result<Digest> keyOfCertificate(std::string_view certificatePem) {
  auto certificate = readCertificate(certificatePem);
  if (!certificate) return fail(std::move(certificate).error());
  return publicKeyDigest(X509_get0_pubkey(certificate->get()));
}

Result<Digest> fingerprint(std::string_view certificatePem) {
  auto certificate = readCertificate(certificatePem);
  if (!certificate) return fail(std::move(certificate).error());
  return certificateDigest(certificate->get());
}

Result<HostCertificate> readHostCertificate(std::string_view der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  X509Ptr certificate(der.size() > kPemBytes ? nullptr : d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  if (!certificate || next != reinterpret_cast<const unsigned char*>(der.data()) + der.size()) {
    return openSslFailed(ErrorCode::kInvalid, "not a readable certificate");
  }
  const std::string name = commonName(certificate.get());
  HostCertificate host;
  if (name.starts_with(kHostPrefix)) {
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + kHostPrefix.size(), end, host.host.value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) host.host = {};
  }
  if (!host.host) {
    return fail(ErrorCode::kInvalid, "the certificate is not that of a host",
                "Enrol the agent with `hearth-agent join LINK`.");
  }
  auto key = publicKeyDigest(X509_get0_pubkey(certificate.get()));
  if (!key) return fail(std::move(key).error());
  host.key = *key;
  host.notBefore = instantOf(X509_get0_notBefore(certificate.get()));
  host.notAfter = instantOf(X509_get0_notAfter(certificate.get()));
  return host;
}

/// The authority's certificate and key, parsed once.
struct Authority::State {
  Identity identity;
  X509Ptr certificate;
  PkeyPtr key;
  Digest digest;

  Issuer issuer() const { return {certificate.get(), key.get()}; }
};

Authority::Authority(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Authority::Authority(Authority&&) noexcept = default;
Authority& Authority::operator=(Authority&&) noexcept = default;
Authority::~Authority() = default;

Result<Authority> Authority::create(std::string_view projectName, Instant now) {
  auto key = newKey();
  if (!key) return fail(std::move(key).error());
  auto name = distinguishedName(projectName);
  if (!name) return fail(std::move(name).error());
  Draft draft{name->get(), key->get(), {now - kServerLead, now + kAuthorityLife}, Usage::kAuthority, {}};
  auto certificate = issue(draft, Issuer{nullptr, key->get()});
  if (!certificate) return fail(std::move(certificate).error());
  auto keyText = privateKeyPem(key->get());
  if (!keyText) return fail(std::move(keyText).error());
  return open(Identity{std::move(*certificate), std::move(*keyText)});
}

Result<Authority> Authority::open(Identity identity) {
  auto state = std::make_unique<State>();
  auto certificate = readCertificate(identity.certificatePem);
  if (!certificate) return fail(std::move(certificate).error().within("the project's authority"));
  auto key = readPrivateKey(identity.privateKeyPem);
  if (!key) return fail(std::move(key).error().within("the project's authority"));
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return openSslFailed(ErrorCode::kInvalid, "the private key is not that of the authority's certificate",
                         "Restore both files from the same backup.");
  }
  if (X509_check_ca(certificate->get()) == 0) {
    return fail(ErrorCode::kInvalid, "the certificate is not that of a certificate authority");
  }
  auto digest = certificateDigest(certificate->get());
  if (!digest) return fail(std::move(digest).error());
  state->identity = std::move(identity);
  state->certificate = std::move(*certificate);
  state->key = std::move(*key);
  state->digest = *digest;
  return Authority(std::move(state));
}

const Identity& Authority::identity() const { return m_state->identity; }
Digest Authority::certificateFingerprint() const { return m_state->digest; }

Result<Identity> Authority::issueServer(const std::vector<std::string>& names, Instant now, Duration validity) const {
  if (names.size() > kServerNames) return fail(ErrorCode::kTooLarge, "a server certificate takes at most 64 names");
  auto key = newKey();
  if (!key) return fail(std::move(key).error());
  auto name = distinguishedName(kAgentServerName);
  if (!name) return fail(std::move(name).error());
  Draft draft{name->get(), key->get(), {now - kServerLead, now + validity}, Usage::kServer, {}};
  draft.names.emplace_back(kAgentServerName);
  for (const std::string& each : names) {
    if (std::find(draft.names.begin(), draft.names.end(), each) == draft.names.end()) draft.names.push_back(each);
  }
  auto certificate = issue(draft, m_state->issuer());
  if (!certificate) return fail(std::move(certificate).error());
  auto keyText = privateKeyPem(key->get());
  if (!keyText) return fail(std::move(keyText).error());
  return Identity{std::move(*certificate), std::move(*keyText)};
}

Result<std::string> Authority::issueHost(std::string_view csrPem, HostId host, Instant now, Duration validity) const {
  if (!host) return fail(ErrorCode::kInvalid, "a host certificate needs the number of the host");
  auto request = readRequest(csrPem);
  if (!request) return fail(std::move(request).error());
  EVP_PKEY* key = X509_REQ_get0_pubkey(request->get());
  if (!isP256(key)) {
    return fail(ErrorCode::kInvalid, "the key of the signing request is not an EC P-256 key",
                "Update the agent and join again.");
  }
  auto name = distinguishedName(std::string(kHostPrefix) + std::to_string(host.value));
  if (!name) return fail(std::move(name).error());
  return issue(Draft{name->get(), key, {now - kHostLead, now + validity}, Usage::kHost, {}}, m_state->issuer());
}

}  // namespace hearth::certs
