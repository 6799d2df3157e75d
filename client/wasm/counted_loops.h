// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <set>

#include "wasm/weave_function.h"

namespace hearth::wasm {

/// The loops of a function that need no look of their own (places of their heads in Function::lines). Nothing is in
/// them but statements, and one of two ends them: a counter, which each turn changes by the same number, compares with
/// something that does not change; or each turn reads or writes memory a little further on, up to the end of memory.
/// Either says how many turns there are at most, and so many turns of so many statements must be done within half a
/// minute. (A counter that steps over its end never ends its loop: then nothing is lost by not asking.)
std::set<std::size_t> countedLoops(const Function& function);

}  // namespace hearth::wasm
