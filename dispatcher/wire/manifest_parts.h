// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/sweep.h"

/// Pieces of the manifest's language that need no TOML. Private to wire/ and its tests.
namespace hearth::wire {

/// Takes a command line apart as a shell would, and does nothing else that a shell does: quotes and backslashes are
/// honoured, an unquoted pipe, redirection or expansion is an error that says what to use instead.
Result<std::vector<std::string>> splitCommand(std::string_view line);

/// A range from three decimal literals as they stand in the manifest ("0.00", "1", "5e-2"). It has as many decimals as
/// the longest of them. Fails where 64 bits cannot hold the numbers exactly.
Result<RangeAxis> rangeOfLiterals(std::string name, std::string_view from, std::string_view to, std::string_view step);

/// The characters of a number as it is written at a line and column (code points) of a text: what a double would lose.
std::string_view literalAt(std::string_view text, std::size_t line, std::size_t column);

/// The pattern of the bundle's files that an input's template may ask for: each {name} becomes '*'.
std::string patternOfTemplate(std::string_view text);

}  // namespace hearth::wire
