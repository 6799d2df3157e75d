// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::wasm {

/// Makes a module resumable: takes the C that wasm2c (1.0.32, --no-debug-names) made of it, and returns C that can
/// leave at the head of every loop and of every function that may call itself, with all that it needs to come back
/// in frames (host/woven.h), and that ends in a HearthModule named `symbol` (host/host.h).
///
/// The text is worked on line by line, since wasm2c writes one statement a line: for each place where a function may
/// leave, the variables that are still needed there follow from the flow of its lines. A function that can neither
/// loop nor reach one that does stays as it is. What is added to the fast path is one look at a variable for each turn
/// of a loop, and one for each call of a function that may leave. Text of another form than known is an error, never a
/// guess. The same text gives the same result.
Result<std::string> weave(std::string_view source, std::string_view header, std::string_view moduleName,
                          std::string_view symbol);

}  // namespace hearth::wasm
