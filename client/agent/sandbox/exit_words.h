// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace hearth::sandbox {

/// "512 MiB", "1.5 s": for reasons that people read.
std::string inWords(std::uint64_t bytes);
std::string inWords(Duration length);
/// What a signal that ended a program most often means.
std::string signalInWords(int signal);
/// What the agent's child or pid 1 was doing (HearthInitStage).
std::string stageInWords(int stage);
/// Why bubblewrap made no sandbox, from what it printed, and what to do about it.
std::string bubblewrapInWords(std::string_view printed);

}  // namespace hearth::sandbox
