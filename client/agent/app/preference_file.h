// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "agent_core/preferences.h"
#include "base/result.h"

namespace hearth::agent {

/// agent.toml: what the owner of the machine allows, as `hearth-agent preferences` names it. What it does not name is
/// as in `given`, and so is everything where there is no file. An error names the line or the key, and what to do.
Result<Preferences> loadPreferences(const std::filesystem::path& file, const Preferences& given);
/// The same for an agent that has to start: a file that cannot be understood is moved aside, everything is as in
/// `given`, and `notice` says so.
Result<Preferences> loadPreferencesOrSetAside(const std::filesystem::path& file, const Preferences& given,
                                              std::string& notice);
/// Writes those that differ from `given` or were named in the file before; the others stand there as comments, to be
/// found.
Result<void> storePreferences(const std::filesystem::path& file, const Preferences& preferences,
                              const Preferences& given);
/// The share of a project that was left goes with it.
Result<void> forgetShare(const std::filesystem::path& file, const std::string& project);

}  // namespace hearth::agent
