// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/package_checks.h"

#include <utility>

#include "certs/signing.h"

namespace hearth::server {

Result<void> checkUsable(ApiContext& context, AccountId owner, const Digest& digest, std::optional<std::uint64_t> size,
                         const std::string& what) {
  auto usable = context.deps.read.mayUse(owner, digest);
  if (!usable) return fail(std::move(usable).error());
  if (!*usable) usable = context.packages.isPublic(digest);
  if (!usable) return fail(std::move(usable).error());
  const auto there = *usable ? context.deps.blobs.size(digest) : std::nullopt;
  if (!there) {
    return fail(ErrorCode::kInvalid, "The blob " + digest.hex() + ", " + what + ", was not uploaded by this account.",
                "Upload it first: PUT /api/v1/blobs/" + digest.hex());
  }
  if (size && *there != *size) {
    return fail(ErrorCode::kInvalid,
                "The blob " + digest.hex() + ", " + what + ", has " + std::to_string(*there) +
                    " bytes, the submission says " + std::to_string(*size) + ".",
                "State the size of the file whose digest it is.");
  }
  return {};
}

Result<void> checkPackageFiles(ApiContext& context, AccountId owner, const ReadPackage& package) {
  for (const FileRef& file : package.package.files) {
    HEARTH_TRY(checkUsable(context, owner, file.digest, file.size, "the package's file '" + file.path + "'"));
  }
  return {};
}

Result<void> checkSigner(ApiContext& context, const Digest& package, const PackageSignature& signature,
                         const std::string& account) {
  if (auto good = certs::verifyPackage(package, signature, context.deps.rootKey, context.now()); !good) {
    Error error = good.error();
    if (error.hint.empty()) {
      error.hint = "Sign the package again with a key that the project has approved (hearth key), then submit again.";
    }
    return fail(std::move(error));
  }
  if (signature.approvals.empty()) return {};
  const KeyApproval& last = signature.approvals.back();
  if (last.role == KeyApproval::Role::kRelease || last.account == account) return {};
  return fail(ErrorCode::kForbidden,
              "The package is signed by the key of the account '" + last.account + "', not of '" + account + "'.",
              "Sign it with your own key, or ask for the application to be published.");
}

}  // namespace hearth::server
