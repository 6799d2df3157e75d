// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/api/context.h"

namespace hearth::server {

/// That a blob is here, has this size, and is data of the account or part of a published app version. `what` begins the
/// message. To others it does not exist, whether it is here or not.
Result<void> checkUsable(ApiContext& context, AccountId owner, const Digest& digest, std::optional<std::uint64_t> size,
                         const std::string& what);

/// The same for all files of a package.
Result<void> checkPackageFiles(ApiContext& context, AccountId owner, const ReadPackage& package);

/// That the project's root key answers for the package's signature, and that a key of an account signs for that account
/// only. Agents verify again.
Result<void> checkSigner(ApiContext& context, const Digest& package, const PackageSignature& signature,
                         const std::string& account);

}  // namespace hearth::server
