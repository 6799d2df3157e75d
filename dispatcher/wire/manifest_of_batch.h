// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "model/batch.h"

namespace hearth::wire {

/// A manifest that describes this batch again: what parseManifest makes of it differs in nothing but digests and files.
/// `packageFolder` stands for a package of the scientist's own, `listPath` for the sweep's list.
std::string manifestOfBatch(const BatchSpec& spec, std::string_view packageFolder, std::string_view listPath);

}  // namespace hearth::wire
