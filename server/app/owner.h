// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "base/result.h"

namespace hearth::server {

/// Where root works on a folder of somebody else, as of the service's user, the process becomes that user for good:
/// what it makes there belongs to whom it has to. For the main thread, before there are others. Does nothing otherwise.
Result<void> becomeOwnerOf(const std::filesystem::path& folder);

}  // namespace hearth::server
