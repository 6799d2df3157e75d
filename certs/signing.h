// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "model/package.h"

namespace hearth::certs {

/// An Ed25519 key that signs packages or approves other keys. A plain value; it never leaves the machine of its owner.
struct SigningKey {
  std::string privateKeyPem;
  PublicKeyText publicKey;
};
Result<SigningKey> newSigningKey();
/// From the PEM of the private key.
Result<SigningKey> openSigningKey(std::string_view privateKeyPem);
/// Reads a key file; refuses one that other users can read, saying how to mend it.
Result<SigningKey> readSigningKeyFile(const std::filesystem::path& file);
/// Writes it with mode 0600; refuses to overwrite.
Result<void> writeSigningKeyFile(const std::filesystem::path& file, const SigningKey& key);
/// SHA-256 of the raw public key, as join links carry it for the project's root.
Result<Digest> keyFingerprint(const PublicKeyText& key);

Result<SignatureText> signPackage(const SigningKey& key, const Digest& package);
/// Fills in signer and signature of an approval whose other members are set.
Result<KeyApproval> approveKey(const SigningKey& signer, KeyApproval approval);

/// Whether root's word leads to this package: every approval in its time, each signed by root or by a release key
/// approved before it, the package by the last key. The error names the step that fails.
Result<void> verifyPackage(const Digest& package, const PackageSignature& signature, const PublicKeyText& root,
                           Instant now);

/// The same for a chain of approvals alone, root first: of a release key, of an account's key, or both.
Result<void> verifyApprovals(std::span<const KeyApproval> approvals, const PublicKeyText& root, Instant now);

}  // namespace hearth::certs
