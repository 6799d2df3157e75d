// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "db/store.h"
#include "server/api/context.h"

namespace hearth::server {

/// What the second step of signing in says of a typed code.
enum class SecondStep : std::uint8_t {
  kNotAsked,  ///< the account has none
  kMissing,   ///< a code is needed
  kWrong,
  kGood,  ///< the change that uses it up was added: it is a conflict if another call used it first
};

/// Looks at a code of an authenticator or a recovery code. `changes` gets what uses it up.
Result<SecondStep> secondStep(ApiContext& context, AccountId account, const std::string& code, Changes& changes);

/// The answer to a sign-in that needs a code (`typed`: one was given and is not good).
void respondCodeNeeded(const Respond& respond, bool typed);

}  // namespace hearth::server
