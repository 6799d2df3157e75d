// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/approvals.h"

#include <algorithm>
#include <set>

namespace hearth::cli {
namespace {

constexpr std::size_t kChainLength = 8;

/// Depth-first from the key up to the root; approvals that run out last are tried first.
bool climb(const wire::KeysView& keys, const PublicKeyText& key, bool isLeaf, Instant now,
           std::vector<KeyApproval>& chain) {
  if (key == keys.rootKey) return true;
  if (chain.size() >= kChainLength) return false;
  std::vector<const KeyApproval*> candidates;
  for (const KeyApproval& approval : keys.approvals) {
    const bool maySign = isLeaf || approval.role == KeyApproval::Role::kRelease;
    if (approval.key == key && maySign && approval.expires > now) candidates.push_back(&approval);
  }
  std::sort(candidates.begin(), candidates.end(), [](const auto* a, const auto* b) { return a->expires > b->expires; });
  for (const KeyApproval* approval : candidates) {
    chain.push_back(*approval);
    if (climb(keys, approval->signer, false, now, chain)) return true;
    chain.pop_back();
  }
  return false;
}

}  // namespace

Result<std::vector<KeyApproval>> approvalChain(const wire::KeysView& keys, const PublicKeyText& key, Instant now) {
  std::vector<KeyApproval> chain;
  if (climb(keys, key, true, now, chain)) {
    std::reverse(chain.begin(), chain.end());
    return chain;
  }
  const bool isExpired = std::any_of(keys.approvals.begin(), keys.approvals.end(),
                                     [&](const KeyApproval& a) { return a.key == key && a.expires <= now; });
  return fail(
      ErrorCode::kForbidden,
      isExpired ? "the approval of your signing key has run out" : "your signing key is not approved by the project",
      "Run `hearth key request` and ask the project's admin for `hearth key approve`; or submit with a published "
      "application instead of your own package");
}

Result<PackageSignature> signWithChain(const certs::SigningKey& key, const Digest& package, const wire::KeysView& keys,
                                       Instant now) {
  auto chain = approvalChain(keys, key.publicKey, now);
  if (!chain) return fail(std::move(chain).error());
  auto signature = certs::signPackage(key, package);
  if (!signature) return fail(std::move(signature).error());
  PackageSignature whole{key.publicKey, *std::move(signature), *std::move(chain)};
  HEARTH_TRY(certs::verifyPackage(package, whole, keys.rootKey, now));
  return whole;
}

}  // namespace hearth::cli
