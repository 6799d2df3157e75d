// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "certs/signing.h"
#include "model/package.h"
#include "wire/people.h"

namespace hearth::cli {

/// The chain of approvals that leads from the project's root to `key`, root first; empty for the root key itself. The
/// one that lasts longest where there are several. An error that says how to get one otherwise.
Result<std::vector<KeyApproval>> approvalChain(const wire::KeysView& keys, const PublicKeyText& key, Instant now);

/// Signs a package with a key and adds the chain; checks what comes out as an agent will.
Result<PackageSignature> signWithChain(const certs::SigningKey& key, const Digest& package, const wire::KeysView& keys,
                                       Instant now);

}  // namespace hearth::cli
