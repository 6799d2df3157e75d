// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/approvals.h"

#include <catch2/catch.hpp>

#include "certs/sha256.h"
#include "certs/signing.h"

namespace hearth::cli {
namespace {

const Instant kNow = Instant::ofUnixSeconds(1'800'000'000);

KeyApproval approvalOf(const certs::SigningKey& key, const certs::SigningKey& signer, KeyApproval::Role role,
                       Duration life) {
  KeyApproval approval;
  approval.role = role;
  approval.key = key.publicKey;
  approval.account = role == KeyApproval::Role::kAccount ? "alice" : "";
  approval.expires = kNow + life;
  return certs::approveKey(signer, approval).value();
}

}  // namespace

TEST_CASE("the chain of approvals leads from the root to the account's key") {
  const auto root = certs::newSigningKey().value();
  const auto release = certs::newSigningKey().value();
  const auto own = certs::newSigningKey().value();
  const Digest package = certs::sha256("package");
  wire::KeysView keys;
  keys.rootKey = root.publicKey;

  const auto refused = signWithChain(own, package, keys, kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kForbidden);
  CHECK_THAT(refused.error().hint, Catch::Contains("hearth key request"));
  CHECK(signWithChain(root, package, keys, kNow).value().approvals.empty());

  SECTION("approved by the root") {
    keys.approvals.push_back(approvalOf(own, root, KeyApproval::Role::kAccount, Duration::days(1)));
    CHECK(signWithChain(own, package, keys, kNow).value().approvals.size() == 1);
  }
  SECTION("approved by a release key, whatever the order of the list") {
    keys.approvals.push_back(approvalOf(own, release, KeyApproval::Role::kAccount, Duration::days(1)));
    keys.approvals.push_back(approvalOf(release, root, KeyApproval::Role::kRelease, Duration::days(1)));
    const auto signature = signWithChain(own, package, keys, kNow);
    REQUIRE(signature);
    CHECK(signature->approvals.front().key == release.publicKey);
  }
  SECTION("run out") {
    keys.approvals.push_back(approvalOf(own, root, KeyApproval::Role::kAccount, Duration::days(-1)));
    CHECK_THAT(signWithChain(own, package, keys, kNow).error().message, Catch::Contains("run out"));
  }
  SECTION("keys that approve each other lead nowhere") {
    keys.approvals.push_back(approvalOf(own, release, KeyApproval::Role::kAccount, Duration::days(1)));
    keys.approvals.push_back(approvalOf(release, own, KeyApproval::Role::kRelease, Duration::days(1)));
    keys.approvals.push_back(approvalOf(own, release, KeyApproval::Role::kRelease, Duration::days(1)));
    CHECK_FALSE(signWithChain(own, package, keys, kNow));
  }
}

}  // namespace hearth::cli
