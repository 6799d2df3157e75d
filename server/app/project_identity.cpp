// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/project_identity.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <memory>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/join_link.h"
#include "certs/signing.h"
#include "server/blob/posix_file.h"

namespace hearth::server {
namespace {

constexpr unsigned kSecret = 0600;
constexpr unsigned kPublic = 0644;

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Certificate parseCertificate(const std::string& pem) {
  BIO* text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Certificate certificate(text == nullptr ? nullptr : PEM_read_bio_X509(text, nullptr, nullptr, nullptr));
  BIO_free(text);
  ERR_clear_error();
  return certificate;
}

Instant endOf(const X509* certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return Instant::ofUnixSeconds(::timegm(&time));
}

bool covers(X509* certificate, const std::string& name) {
  const bool found = X509_check_ip_asc(certificate, name.c_str(), 0) == 1 ||
                     X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
  ERR_clear_error();
  return found;
}

/// Whether it is there, of this authority, not about to expire, and good for these names.
bool isGood(const certs::Identity& server, const certs::Authority& authority, const std::vector<std::string>& names,
            Instant now) {
  const Certificate certificate = parseCertificate(server.certificatePem);
  const Certificate issuer = parseCertificate(authority.identity().certificatePem);
  if (!certificate || !issuer || server.privateKeyPem.empty()) return false;
  const bool signedByUs = X509_verify(certificate.get(), X509_get0_pubkey(issuer.get())) == 1;
  ERR_clear_error();
  return signedByUs && endOf(certificate.get()) > now + kServerCertificateRenewal &&
         std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return covers(certificate.get(), name); });
}

Result<certs::Authority> openAuthority(const DataFolder& folder) {
  auto certificate = readTextFile(folder.authorityCertificate());
  auto key = readTextFile(folder.authorityKey());
  for (const auto* part : {&certificate, &key}) {
    if (*part) continue;
    return fail(ErrorCode::kIo, "the project's certificate authority is not complete: " + part->error().message,
                "Restore the folder certs/ from a backup: without it no agent trusts this server.");
  }
  return certs::Authority::open({std::move(*certificate), std::move(*key)});
}

Result<certs::Authority> makeAuthority(const DataFolder& folder, const Config& config, Instant now) {
  std::error_code ignored;
  // The certificate is written last, so it stands for the whole.
  if (std::filesystem::exists(folder.authorityCertificate(), ignored)) return openAuthority(folder);
  auto authority = certs::Authority::create(config.project, now);
  if (!authority) return authority;
  HEARTH_TRY(writeFileDurably(folder.authorityKey(), authority->identity().privateKeyPem, kSecret));
  HEARTH_TRY(writeFileDurably(folder.authorityCertificate(), authority->identity().certificatePem, kPublic));
  return authority;
}

Result<certs::Identity> serverCertificate(const DataFolder& folder, const certs::Authority& authority,
                                          const Config& config, Instant now) {
  const std::vector<std::string> names = serverNames(config);
  certs::Identity present{readTextFile(folder.serverCertificate()).value_or(""),
                          readTextFile(folder.serverKey()).value_or("")};
  if (isGood(present, authority, names, now)) return present;
  auto made = authority.issueServer(names, now, kServerCertificateLife);
  if (!made) return made;
  // An interrupted exchange leaves a pair that does not fit: it is taken out of the way first.
  ::unlink(folder.serverCertificate().c_str());
  HEARTH_TRY(writeFileDurably(folder.serverKey(), made->privateKeyPem, kSecret));
  HEARTH_TRY(writeFileDurably(folder.serverCertificate(), made->certificatePem, kPublic));
  return made;
}

Result<PublicKeyText> readRootKey(const DataFolder& folder) {
  auto text = readTextFile(folder.rootPublicKey(), 1024);
  if (!text) {
    return fail(ErrorCode::kIo, "the project's public root key cannot be read: " + text.error().message,
                "Restore keys/root.pub from a backup; with the private root key it can be made again by hearthd init.");
  }
  while (!text->empty() && text->back() == '\n') text->pop_back();
  HEARTH_TRY(certs::keyFingerprint(*text));
  return text;
}

Result<PublicKeyText> makeRootKey(const DataFolder& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder.rootPublicKey(), ignored)) return readRootKey(folder);
  const bool isThere = std::filesystem::exists(folder.rootKey(), ignored);
  auto key = isThere ? certs::readSigningKeyFile(folder.rootKey()) : certs::newSigningKey();
  if (!key) return fail(std::move(key).error());
  if (!isThere) HEARTH_TRY(certs::writeSigningKeyFile(folder.rootKey(), *key));
  HEARTH_TRY(writeFileDurably(folder.rootPublicKey(), key->publicKey + "\n", kPublic));
  return key->publicKey;
}

Result<void> makeSecretFolder(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(systemError(errno, "making the folder " + path.string()));
}

std::string machineName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  const std::string text(name.data());
  const bool isPlain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return isPlain ? text : std::string();
}

bool isEveryAddress(const std::string& address) { return address.empty() || address == "0.0.0.0" || address == "::"; }

}  // namespace

Result<ProjectIdentity> makeIdentity(const DataFolder& folder, const Config& config, Instant now) {
  HEARTH_TRY(makeSecretFolder(folder.authorityCertificate().parent_path()));
  HEARTH_TRY(makeSecretFolder(folder.rootKey().parent_path()));
  auto authority = makeAuthority(folder, config, now);
  if (!authority) return fail(std::move(authority).error());
  auto server = serverCertificate(folder, *authority, config, now);
  if (!server) return fail(std::move(server).error());
  auto rootKey = makeRootKey(folder);
  if (!rootKey) return fail(std::move(rootKey).error());
  return ProjectIdentity{std::move(*authority), std::move(*server), std::move(*rootKey)};
}

Result<ProjectIdentity> openIdentity(const DataFolder& folder, const Config& config, Instant now) {
  auto authority = openAuthority(folder);
  if (!authority) return fail(std::move(authority).error());
  auto server = serverCertificate(folder, *authority, config, now);
  if (!server) return fail(std::move(server).error());
  auto rootKey = readRootKey(folder);
  if (!rootKey) return fail(std::move(rootKey).error());
  return ProjectIdentity{std::move(*authority), std::move(*server), std::move(*rootKey)};
}

Result<ProjectIdentity> readIdentity(const DataFolder& folder) {
  auto authority = openAuthority(folder);
  if (!authority) return fail(std::move(authority).error());
  auto certificate = readTextFile(folder.serverCertificate());
  if (!certificate) return fail(std::move(certificate).error());
  auto rootKey = readRootKey(folder);
  if (!rootKey) return fail(std::move(rootKey).error());
  return ProjectIdentity{std::move(*authority), {std::move(*certificate), ""}, std::move(*rootKey)};
}

Result<Instant> expiryOf(const std::string& certificatePem) {
  const Certificate certificate = parseCertificate(certificatePem);
  if (!certificate) return fail(ErrorCode::kInvalid, "this is no certificate in PEM");
  return endOf(certificate.get());
}

std::vector<std::string> serverNames(const Config& config) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  const auto add = [&names](const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  add(machineName());
  if (!isEveryAddress(config.address)) add(config.address);
  for (const std::string& name : config.publicNames) add(name);
  return names;
}

std::string publicAddress(const Config& config, std::uint16_t port) {
  std::string host = config.publicNames.empty() ? std::string() : config.publicNames.front();
  if (host.empty() && !isEveryAddress(config.address)) host = config.address;
  if (host.empty()) host = machineName();
  if (host.empty()) host = "localhost";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host + ":" + std::to_string(config.publicPort != 0 ? config.publicPort : port);
}

Result<std::string> joinLink(const Config& config, const ProjectIdentity& identity, const std::string& secret) {
  const auto root = certs::keyFingerprint(identity.rootKey);
  if (!root) return fail(root.error());
  return certs::formatJoinLink(
      {publicAddress(config, config.port), secret, identity.authority.certificateFingerprint(), *root});
}

}  // namespace hearth::server
