// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace hearth::bench {

/// Keeps a request under way on each of these connections: calls `take` with the place of one that has an answer, until
/// `take` has said of each that no further request was sent on it.
void whileAnswered(const std::vector<int>& descriptors, const std::function<bool(std::size_t)>& take);

}  // namespace hearth::bench
