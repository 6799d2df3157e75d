// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "attacks/catalogue.h"
#include "attacks/world.h"

namespace hearth::attacks {

enum class Outcome { kDenied, kSucceeded, kBroken };
struct Verdict {
  Outcome outcome = Outcome::kBroken;
  std::string words;   ///< what was achieved, or why nothing can be told
  std::string within;  ///< what was gained that is no harm: of the attack's own machine
};

Verdict succeeded(std::string words);
Verdict broken(std::string words);

/// What a hostile program says that it achieved.
std::vector<std::string> gainsIn(const std::string& output);

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience);

/// Tries to collect what an attack declares as its outputs, all and each, into `to`: nothing may come of it.
Verdict judgeCollecting(const Attack& attack, const World& world, const std::filesystem::path& work,
                        const std::filesystem::path& to);

}  // namespace hearth::attacks
