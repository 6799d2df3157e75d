// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hearth {

/// The known word nearest to `word` by edit distance, or empty when none is near enough to be what was meant
/// (at most a third of its letters differ). For "unknown key 'quorom': did you mean 'quorum'?".
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// " Did you mean 'x'?" or an empty string.
std::string didYouMean(std::string_view word, std::span<const std::string_view> known);

}  // namespace hearth
