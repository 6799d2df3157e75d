// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/signing.h"

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>

#include "certs/sha256.h"

using namespace hearth;
using namespace hearth::certs;
namespace fs = std::filesystem;

namespace {

const Instant kNow = Instant::ofUnixSeconds(1'790'000'000);
const Instant kLater = kNow + Duration::days(365);
const Digest kPackage = sha256("a package manifest");

SigningKey newKey() {
  auto key = newSigningKey();
  REQUIRE(key);
  return *key;
}

KeyApproval approval(const SigningKey& by, const SigningKey& of, KeyApproval::Role role, Instant expires = kLater) {
  KeyApproval wanted;
  wanted.role = role;
  wanted.key = of.publicKey;
  wanted.account = role == KeyApproval::Role::kAccount ? "marie" : "";
  wanted.expires = expires;
  auto approved = approveKey(by, wanted);
  REQUIRE(approved);
  return *approved;
}

PackageSignature signedBy(const SigningKey& key, std::vector<KeyApproval> approvals) {
  auto signature = signPackage(key, kPackage);
  REQUIRE(signature);
  return {key.publicKey, *signature, std::move(approvals)};
}

constexpr auto kRelease = KeyApproval::Role::kRelease;
constexpr auto kAccount = KeyApproval::Role::kAccount;

/// A root key, a release key and an account's key, and what each is approved by.
struct Chain {
  SigningKey root = newKey();
  SigningKey release = newKey();
  SigningKey account = newKey();
  KeyApproval releaseByRoot = approval(root, release, kRelease);
  KeyApproval accountByRoot = approval(root, account, kAccount);
  KeyApproval accountByRelease = approval(release, account, kAccount);
};

std::string refusal(const Digest& package, const PackageSignature& signature, const PublicKeyText& root, Instant now) {
  const auto verified = verifyPackage(package, signature, root, now);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().code == ErrorCode::kIntegrity);
  return verified.error().message;
}

std::string flipped(std::string hex, std::size_t at) {
  hex[at] = hex[at] == '0' ? '1' : '0';
  return hex;
}

/// A folder of its own, gone at the end.
struct TemporaryFolder {
  fs::path path;
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "hearth-certs-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

TEST_CASE("root's word leads to a package over every allowed chain") {
  const Chain chain;
  CHECK(verifyPackage(kPackage, signedBy(chain.root, {}), chain.root.publicKey, kNow));
  CHECK(verifyPackage(kPackage, signedBy(chain.release, {chain.releaseByRoot}), chain.root.publicKey, kNow));
  CHECK(verifyPackage(kPackage, signedBy(chain.account, {chain.accountByRoot}), chain.root.publicKey, kNow));
  CHECK(verifyPackage(kPackage, signedBy(chain.account, {chain.releaseByRoot, chain.accountByRelease}),
                      chain.root.publicKey, kNow));
}

TEST_CASE("a chain of approvals is checked without a package by the same rules") {
  const Chain chain;
  const auto verified = [&](std::vector<KeyApproval> approvals) {
    return verifyApprovals(approvals, chain.root.publicKey, kNow).has_value();
  };
  CHECK(verified({}));
  CHECK(verified({chain.releaseByRoot}));
  CHECK(verified({chain.accountByRoot}));
  CHECK(verified({chain.releaseByRoot, chain.accountByRelease}));
  CHECK_FALSE(verified({chain.accountByRelease}));
  CHECK_FALSE(verified({chain.releaseByRoot, chain.accountByRelease, chain.accountByRelease}));
}

TEST_CASE("an approval counts only before it expires, and the error says which one") {
  const Chain chain;
  const auto expired = approval(chain.root, chain.account, kAccount, kNow);
  CHECK(refusal(kPackage, signedBy(chain.account, {expired}), chain.root.publicKey, kNow).find("approval 1") !=
        std::string::npos);
  CHECK(verifyPackage(kPackage, signedBy(chain.account, {expired}), chain.root.publicKey,
                      kNow - Duration::microseconds(1)));
  const auto second = approval(chain.release, chain.account, kAccount, kNow);
  const std::string message =
      refusal(kPackage, signedBy(chain.account, {chain.releaseByRoot, second}), chain.root.publicKey, kNow);
  CHECK(message.find("approval 2") != std::string::npos);
  CHECK(message.find("expired") != std::string::npos);
}

TEST_CASE("an account's key approves nothing") {
  const Chain chain;
  const SigningKey friendOfMarie = newKey();
  const auto byAccount = approval(chain.account, friendOfMarie, kAccount);
  refusal(kPackage, signedBy(friendOfMarie, {chain.accountByRoot, byAccount}), chain.root.publicKey, kNow);
  const auto releaseByAccount = approval(chain.account, friendOfMarie, kRelease);
  refusal(kPackage, signedBy(friendOfMarie, {chain.accountByRoot, releaseByAccount}), chain.root.publicKey, kNow);
}

TEST_CASE("a release key approves no release key") {
  const Chain chain;
  const SigningKey next = newKey();
  const auto byRelease = approval(chain.release, next, kRelease);
  refusal(kPackage, signedBy(next, {chain.releaseByRoot, byRelease}), chain.root.publicKey, kNow);
}

TEST_CASE("a key without approval, with another project's root or out of order is refused") {
  const Chain chain;
  refusal(kPackage, signedBy(chain.account, {}), chain.root.publicKey, kNow);
  refusal(kPackage, signedBy(chain.account, {chain.accountByRelease}), chain.root.publicKey, kNow);
  refusal(kPackage, signedBy(chain.account, {chain.accountByRelease, chain.releaseByRoot}), chain.root.publicKey, kNow);
  refusal(kPackage, signedBy(chain.root, {}), newKey().publicKey, kNow);
  refusal(kPackage, signedBy(chain.release, {chain.releaseByRoot, chain.accountByRelease}), chain.root.publicKey, kNow);
}

TEST_CASE("a signature holds for one digest and not with any bit changed") {
  const Chain chain;
  const auto good = signedBy(chain.account, {chain.accountByRoot});
  refusal(sha256("another package"), good, chain.root.publicKey, kNow);
  for (const std::size_t at : {std::size_t{0}, std::size_t{63}, std::size_t{64}, std::size_t{127}}) {
    auto broken = good;
    broken.signature = flipped(good.signature, at);
    refusal(kPackage, broken, chain.root.publicKey, kNow);
    auto brokenApproval = good;
    brokenApproval.approvals[0].signature = flipped(good.approvals[0].signature, at);
    refusal(kPackage, brokenApproval, chain.root.publicKey, kNow);
  }
  auto empty = good;
  empty.signature.clear();
  refusal(kPackage, empty, chain.root.publicKey, kNow);
}

TEST_CASE("no member of an approval can be changed after it was signed") {
  const Chain chain;
  const auto good = signedBy(chain.account, {chain.accountByRoot});
  auto longer = good;
  longer.approvals[0].expires = kLater + Duration::microseconds(1);
  refusal(kPackage, longer, chain.root.publicKey, kNow);
  auto other = good;
  other.approvals[0].account = "pierre";
  refusal(kPackage, other, chain.root.publicKey, kNow);
  auto promoted = good;
  promoted.approvals[0].role = kRelease;
  promoted.approvals[0].account.clear();
  refusal(kPackage, promoted, chain.root.publicKey, kNow);
  const SigningKey thief = newKey();
  auto stolen = signedBy(thief, {chain.accountByRoot});
  stolen.approvals[0].key = thief.publicKey;
  refusal(kPackage, stolen, chain.root.publicKey, kNow);
}

TEST_CASE("an approval without a proper key or account is not signed") {
  const SigningKey root = newKey();
  KeyApproval wanted;
  wanted.expires = kLater;
  wanted.account = "marie";
  wanted.key = "abc";
  CHECK_FALSE(approveKey(root, wanted));
  wanted.key = newKey().publicKey;
  CHECK(approveKey(root, wanted));
  wanted.account.clear();
  CHECK_FALSE(approveKey(root, wanted));
  wanted.account.assign(10'000, 'x');
  CHECK_FALSE(approveKey(root, wanted));
  CHECK_FALSE(signPackage(SigningKey{root.privateKeyPem, newKey().publicKey}, kPackage));
}

TEST_CASE("a signing key survives its file, which only its owner can read") {
  const TemporaryFolder folder;
  const SigningKey key = newKey();
  const fs::path file = folder.path / "key.pem";
  REQUIRE(writeSigningKeyFile(file, key));
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  const auto again = readSigningKeyFile(file);
  REQUIRE(again);
  CHECK(again->publicKey == key.publicKey);
  CHECK(verifyPackage(kPackage, signedBy(*again, {}), key.publicKey, kNow));

  const auto second = writeSigningKeyFile(file, newKey());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kConflict);
  CHECK(readSigningKeyFile(file)->publicKey == key.publicKey);
}

TEST_CASE("a key file that others can read is refused with the command that mends it") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "key.pem";
  REQUIRE(writeSigningKeyFile(file, newKey()));
  for (const fs::perms open : {fs::perms::group_read, fs::perms::others_read, fs::perms::others_write}) {
    fs::permissions(file, fs::perms::owner_read | open);
    const auto read = readSigningKeyFile(file);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::kForbidden);
    CHECK(read.error().hint.find("chmod 600") != std::string::npos);
  }
}

TEST_CASE("a missing, huge or foreign key file is refused") {
  const TemporaryFolder folder;
  CHECK_FALSE(readSigningKeyFile(folder.path / "none.pem"));
  CHECK_FALSE(readSigningKeyFile(folder.path));
  const fs::path file = folder.path / "key.pem";
  REQUIRE(writeSigningKeyFile(file, SigningKey{"no key at all", {}}));
  CHECK_FALSE(readSigningKeyFile(file));
  const fs::path huge = folder.path / "huge.pem";
  REQUIRE(writeSigningKeyFile(huge, SigningKey{std::string(100'000, 'x'), {}}));
  CHECK(readSigningKeyFile(huge).error().code == ErrorCode::kTooLarge);
  CHECK_FALSE(writeSigningKeyFile(folder.path / "no" / "such" / "folder", newKey()));
}

TEST_CASE("a key's fingerprint is the SHA-256 of its raw bytes") {
  const std::string hex(64, '0');
  CHECK(keyFingerprint(hex).value() == sha256(std::string(32, '\0')));
  CHECK_FALSE(keyFingerprint("00"));
  CHECK_FALSE(keyFingerprint(std::string(64, 'A')));
  CHECK_FALSE(keyFingerprint(std::string(64, 'g')));
}
