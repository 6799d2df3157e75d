// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/identity.h"

namespace hearth::certs {

/// The password by scrypt with a salt of its own. Takes a good part of a second and 128 * r * 2^logN bytes: never on a
/// thread that others wait for. kInvalid where the cost is out of bounds.
Result<PasswordHash> hashPassword(std::string_view password, const ScryptCost& cost);

/// Whether it is the password that was hashed; takes as long whatever the answer.
bool isPassword(std::string_view password, const PasswordHash& kept);

/// A hash that no password has: checked against it, a name without a password costs as much as one with it.
PasswordHash decoyPassword(const ScryptCost& cost);

/// Whether they are equal; takes as long whatever the answer.
bool sameBytes(std::string_view one, std::string_view other);

}  // namespace hearth::certs
