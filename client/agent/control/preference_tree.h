// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "agent_core/preferences.h"
#include "base/result.h"

namespace hearth::agent {

/// The owner's preferences as control clients see them: an object with a member for each, of `value`, `default` (as in
/// `usual`), `kind`, `group` and `help`.
std::string preferencesJson(const Preferences& preferences, const Preferences& usual);
/// What changed between two, as an array of `name`, `from` and `to`.
std::string changesJson(const Preferences& before, const Preferences& after);
/// The same as lines for a terminal.
Result<std::string> preferencesText(std::string_view json);
Result<std::string> changesText(std::string_view json);

}  // namespace hearth::agent
