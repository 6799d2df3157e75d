// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"

namespace hearth::certs {

/// A new random secret of 256 bits as `prefix` and 43 characters of base64url: "hjoin_…" for join tokens, "hacc_…" for
/// access tokens.
std::string newSecret(std::string_view prefix);

/// What is kept of a secret. Secrets have full entropy, so a plain SHA-256 is enough.
Digest secretHash(std::string_view secret);

}  // namespace hearth::certs
