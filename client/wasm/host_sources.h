// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace hearth::wasm {

/// The files of client/wasm/host, by name: compiled into this program, so that publishing needs no folder of ours.
const std::vector<std::pair<std::string_view, std::string_view>>& hostSources();

}  // namespace hearth::wasm
