// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/internal/issue.h"

#include <algorithm>
#include <ctime>

namespace hearth::certs {
namespace {

constexpr std::size_t kCommonNameCharacters = 64;  // ub-common-name of X.509
constexpr std::size_t kHostNameBytes = 253;
constexpr int kSerialBits = 127;

using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>;
using Ia5Ptr = std::unique_ptr<ASN1_IA5STRING, Freed<ASN1_IA5STRING_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;

bool hostNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '*';
}

/// An address becomes an iPAddress, anything else a dNSName.
GeneralNamePtr generalName(const std::string& text) {
  GeneralNamePtr name(GENERAL_NAME_new());
  if (!name) return nullptr;
  if (OctetsPtr address{a2i_IPADDRESS(text.c_str())}; address) {
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address.release());
    return name;
  }
  ERR_clear_error();
  if (text.empty() || text.size() > kHostNameBytes || !std::all_of(text.begin(), text.end(), hostNameCharacter)) {
    return nullptr;
  }
  Ia5Ptr dns(ASN1_IA5STRING_new());
  if (!dns || ASN1_STRING_set(dns.get(), text.data(), static_cast<int>(text.size())) != 1) return nullptr;
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, dns.release());
  return name;
}

Result<void> addNames(X509* certificate, const std::vector<std::string>& names) {
  GeneralNamesPtr all(GENERAL_NAMES_new());
  for (const std::string& text : names) {
    GeneralNamePtr name = generalName(text);
    if (!name) {
      return fail(ErrorCode::kInvalid, "'" + text + "' is neither a host name nor an address",
                  "Give names without scheme and port, such as grid.example.org or 192.0.2.7.");
    }
    if (!all || sk_GENERAL_NAME_push(all.get(), name.get()) <= 0) return fail(ErrorCode::kExhausted, "out of memory");
    static_cast<void>(name.release());  // owned by `all` now
  }
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 0, X509V3_ADD_DEFAULT) != 1) {
    return openSslFailed(ErrorCode::kExhausted, "cannot add the server's names");
  }
  return {};
}

Result<void> addExtension(X509* certificate, const Issuer& issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer.certificate == nullptr ? certificate : issuer.certificate, certificate, nullptr,
                 nullptr, 0);
  ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
    return openSslFailed(ErrorCode::kExhausted, std::string("cannot add the extension ") + OBJ_nid2sn(nid));
  }
  return {};
}

Result<void> addExtensions(X509* certificate, const Draft& draft, const Issuer& issuer) {
  const bool authority = draft.usage == Usage::kAuthority;
  HEARTH_TRY(addExtension(certificate, issuer, NID_basic_constraints,
                          authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE"));
  HEARTH_TRY(addExtension(certificate, issuer, NID_key_usage,
                          authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature"));
  if (!authority) {
    HEARTH_TRY(addExtension(certificate, issuer, NID_ext_key_usage,
                            draft.usage == Usage::kServer ? "serverAuth" : "clientAuth"));
  }
  HEARTH_TRY(addExtension(certificate, issuer, NID_subject_key_identifier, "hash"));
  HEARTH_TRY(addExtension(certificate, issuer, NID_authority_key_identifier, "keyid"));
  if (!draft.names.empty()) HEARTH_TRY(addNames(certificate, draft.names));
  return {};
}

bool setTime(ASN1_TIME* time, Instant at) {
  return ASN1_TIME_set(time, static_cast<std::time_t>(at.inUnixSeconds())) != nullptr;
}

bool setSerial(X509* certificate) {
  BignumPtr number(BN_new());
  return number && BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

}  // namespace

Result<std::string> issue(const Draft& draft, const Issuer& issuer) {
  Instant until = draft.valid.until;
  if (issuer.certificate != nullptr) until = std::min(until, instantOf(X509_get0_notAfter(issuer.certificate)));
  if (until <= draft.valid.from) {
    return fail(ErrorCode::kInvalid, "the certificate would end before it begins",
                "Check the machine's clock and whether the project's authority has expired.");
  }
  X509Ptr certificate(X509_new());
  X509_NAME* by = issuer.certificate == nullptr ? draft.subject : X509_get_subject_name(issuer.certificate);
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 || !setSerial(certificate.get()) ||
      X509_set_subject_name(certificate.get(), draft.subject) != 1 ||
      X509_set_issuer_name(certificate.get(), by) != 1 || X509_set_pubkey(certificate.get(), draft.key) != 1 ||
      !setTime(X509_getm_notBefore(certificate.get()), draft.valid.from) ||
      !setTime(X509_getm_notAfter(certificate.get()), until)) {
    return openSslFailed(ErrorCode::kExhausted, "cannot make a certificate");
  }
  HEARTH_TRY(addExtensions(certificate.get(), draft, issuer));
  if (X509_sign(certificate.get(), issuer.key, sha256Method()) <= 0) {
    return openSslFailed(ErrorCode::kExhausted, "cannot sign the certificate");
  }
  return certificatePem(certificate.get());
}

Result<NamePtr> distinguishedName(std::string_view commonName) {
  std::size_t end = 0;
  std::size_t characters = 0;
  for (; end < commonName.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(commonName[end]) & 0xC0U) != 0x80U;
    if (starts && ++characters > kCommonNameCharacters) break;
  }
  const std::string text(commonName.substr(0, end));
  NamePtr name(X509_NAME_new());
  if (!name || X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(text.data()),
                                          static_cast<int>(text.size()), -1, 0) != 1) {
    return openSslFailed(ErrorCode::kInvalid, "the name cannot stand in a certificate",
                         "Use one to sixty-four characters of UTF-8.");
  }
  return name;
}

std::string commonName(X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) {
    ERR_clear_error();
    return {};
  }
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return text;
}

Result<Digest> certificateDigest(X509* certificate) {
  Digest digest;
  if (X509_digest(certificate, sha256Method(), digest.bytes.data(), nullptr) != 1) {
    return openSslFailed(ErrorCode::kExhausted, "cannot compute the certificate's fingerprint");
  }
  return digest;
}

Instant instantOf(const ASN1_TIME* time) {
  const TimePtr epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) {
    ERR_clear_error();
    return {};
  }
  return Instant::ofUnixSeconds(0) + Duration::days(days) + Duration::seconds(seconds);
}

}  // namespace hearth::certs
