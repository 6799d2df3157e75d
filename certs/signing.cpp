// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/signing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/limits.h"
#include "certs/internal/openssl.h"
#include "certs/internal/private_file.h"
#include "certs/sha256.h"

namespace hearth::certs {
namespace {

constexpr std::size_t kPublicKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
/// root -> release key -> account's key: no honest chain is longer.
constexpr std::size_t kApprovalsOfPackage = 2;

std::string hexOf(const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(count * 2);
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

/// Exactly N bytes in lower-case hexadecimal, so that one key has one text.
template <std::size_t N>
std::optional<std::array<unsigned char, N>> bytesOf(std::string_view hex) {
  std::array<unsigned char, N> bytes{};
  if (hex.size() != 2 * N) return std::nullopt;
  if (std::any_of(hex.begin(), hex.end(), [](char c) { return c >= 'A' && c <= 'F'; })) return std::nullopt;
  for (std::size_t i = 0; i < N; ++i) {
    const char* at = hex.data() + 2 * i;
    const auto parsed = std::from_chars(at, at + 2, bytes[i], 16);
    if (parsed.ec != std::errc{} || parsed.ptr != at + 2) return std::nullopt;
  }
  return bytes;
}

Result<PublicKeyText> publicKeyOf(EVP_PKEY* key) {
  std::array<unsigned char, kPublicKeyBytes> raw{};
  std::size_t size = raw.size();
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 || EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 ||
      size != raw.size()) {
    return openSslFailed(ErrorCode::kInvalid, "not an Ed25519 key", "Make one with `hearth key new`.");
  }
  return hexOf(raw.data(), raw.size());
}

Result<SignatureText> sign(const SigningKey& signer, std::string_view statement) {
  auto key = readPrivateKey(signer.privateKeyPem);
  if (!key) return fail(std::move(key).error());
  auto text = publicKeyOf(key->get());
  if (!text) return fail(std::move(text).error());
  if (*text != signer.publicKey)
    return fail(ErrorCode::kInvalid, "the two halves of the signing key do not belong together");
  std::array<unsigned char, kSignatureBytes> signature{};
  std::size_t size = signature.size();
  DigestContextPtr context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key->get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<const unsigned char*>(statement.data()),
                     statement.size()) != 1 ||
      size != signature.size()) {
    return openSslFailed(ErrorCode::kExhausted, "cannot sign");
  }
  return hexOf(signature.data(), signature.size());
}

bool holds(const PublicKeyText& signer, const SignatureText& signature, std::string_view statement) {
  const auto raw = bytesOf<kPublicKeyBytes>(signer);
  const auto bytes = bytesOf<kSignatureBytes>(signature);
  if (!raw || !bytes) return false;
  PkeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw->data(), raw->size()));
  DigestContextPtr context(EVP_MD_CTX_new());
  const bool good = key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                    EVP_DigestVerify(context.get(), bytes->data(), bytes->size(),
                                     reinterpret_cast<const unsigned char*>(statement.data()), statement.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

/// What is signed starts with its purpose, so that a signature for one thing never passes for another.
std::string statementOf(const Digest& package) { return "hearth package 1\n" + package.hex() + "\n"; }

std::string statementOf(const KeyApproval& approval) {
  const bool release = approval.role == KeyApproval::Role::kRelease;
  return std::string("hearth key approval 1\nrole ") + (release ? "release" : "account") + "\nkey " + approval.key +
         "\naccount " + std::to_string(approval.account.size()) + " " + approval.account + "\nexpires " +
         std::to_string(approval.expires.micros) + "\nsigner " + approval.signer + "\n";
}

Result<void> wellFormed(const KeyApproval& approval) {
  if (!bytesOf<kPublicKeyBytes>(approval.key)) {
    return fail(ErrorCode::kInvalid, "the approved key is not 64 lower-case hexadecimal digits");
  }
  const bool release = approval.role == KeyApproval::Role::kRelease;
  if (release != approval.account.empty()) {
    return fail(ErrorCode::kInvalid,
                release ? "a release key belongs to no account" : "an account's key needs the account's name");
  }
  if (approval.account.size() > limits::kNameBytes) return fail(ErrorCode::kTooLarge, "the account's name is too long");
  return {};
}

/// One step of the chain; `before` is the approval that precedes it, if any.
Result<void> verifyApproval(const KeyApproval& approval, const KeyApproval* before, const PublicKeyText& root,
                            Instant now) {
  HEARTH_TRY(wellFormed(approval));
  const bool byRelease = before != nullptr && before->role == KeyApproval::Role::kRelease &&
                         before->key == approval.signer && approval.role == KeyApproval::Role::kAccount;
  if (approval.signer != root && !byRelease) {
    return fail(
        ErrorCode::kIntegrity, "its signer may not approve it",
        "Only the project's root key approves release keys, and only root or a release key approves accounts' keys.");
  }
  if (!holds(approval.signer, approval.signature, statementOf(approval))) {
    return fail(ErrorCode::kIntegrity, "its signature does not hold");
  }
  if (now >= approval.expires) {
    return fail(ErrorCode::kIntegrity, "it has expired", "Ask the project's administrator to approve the key again.");
  }
  return {};
}

}  // namespace

Result<SigningKey> newSigningKey() {
  PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return openSslFailed(ErrorCode::kExhausted, "cannot make a signing key");
  auto pem = privateKeyPem(key.get());
  if (!pem) return fail(std::move(pem).error());
  auto text = publicKeyOf(key.get());
  if (!text) return fail(std::move(text).error());
  return SigningKey{std::move(*pem), std::move(*text)};
}

Result<SigningKey> openSigningKey(std::string_view privateKeyPem) {
  auto key = readPrivateKey(privateKeyPem);
  if (!key) return fail(std::move(key).error());
  auto text = publicKeyOf(key->get());
  if (!text) return fail(std::move(text).error());
  return SigningKey{std::string(privateKeyPem), std::move(*text)};
}

Result<SigningKey> readSigningKeyFile(const std::filesystem::path& file) {
  auto text = readPrivateFile(file);
  if (!text) return fail(std::move(text).error());
  auto key = openSigningKey(*text);
  if (!key) return fail(std::move(key).error().within(file.string()));
  return key;
}

Result<void> writeSigningKeyFile(const std::filesystem::path& file, const SigningKey& key) {
  return writePrivateFile(file, key.privateKeyPem);
}

Result<Digest> keyFingerprint(const PublicKeyText& key) {
  const auto raw = bytesOf<kPublicKeyBytes>(key);
  if (!raw) return fail(ErrorCode::kInvalid, "a public key is 64 lower-case hexadecimal digits");
  return sha256(std::string_view(reinterpret_cast<const char*>(raw->data()), raw->size()));
}

Result<SignatureText> signPackage(const SigningKey& key, const Digest& package) {
  return sign(key, statementOf(package));
}

Result<KeyApproval> approveKey(const SigningKey& signer, KeyApproval approval) {
  HEARTH_TRY(wellFormed(approval));
  approval.signer = signer.publicKey;
  auto signature = sign(signer, statementOf(approval));
  if (!signature) return fail(std::move(signature).error());
  approval.signature = std::move(*signature);
  return approval;
}

Result<void> verifyApprovals(std::span<const KeyApproval> approvals, const PublicKeyText& root, Instant now) {
  if (approvals.size() > kApprovalsOfPackage) {
    return fail(ErrorCode::kIntegrity, "there are more approvals than a chain can have");
  }
  const KeyApproval* before = nullptr;
  for (std::size_t i = 0; i < approvals.size(); ++i) {
    if (auto step = verifyApproval(approvals[i], before, root, now); !step) {
      return fail(std::move(step).error().within("approval " + std::to_string(i + 1) + " of the signing key"));
    }
    before = &approvals[i];
  }
  return {};
}

Result<void> verifyPackage(const Digest& package, const PackageSignature& signature, const PublicKeyText& root,
                           Instant now) {
  HEARTH_TRY(verifyApprovals(signature.approvals, root, now));
  const PublicKeyText& last = signature.approvals.empty() ? root : signature.approvals.back().key;
  if (signature.signer != last) {
    return fail(ErrorCode::kIntegrity, "the package is signed by a key that nobody approved",
                "Ask the project's administrator to approve the signing key.");
  }
  if (!holds(signature.signer, signature.signature, statementOf(package))) {
    return fail(ErrorCode::kIntegrity, "the package's signature does not hold", "Fetch or publish the package again.");
  }
  return {};
}

}  // namespace hearth::certs
