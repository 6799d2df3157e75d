// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "server/config/config.h"

namespace hearth::server {

/// What a package that brings the project to machines is made of.
struct InstallerOptions {
  std::string account = {};  ///< whose the machines are to be, where the link is made here
  std::uint32_t uses = 100;
  Duration life = Duration::days(30);
  std::string link = {};              ///< given: it is carried, and no link is made
  bool unattended = false;            ///< machines join without being asked
  std::filesystem::path output = {};  ///< a file, or a folder that is there; empty: the current folder
  bool publish = false;               ///< also offered by the project's page for volunteers
};

struct MadeInstaller {
  std::filesystem::path file;
  std::string package;  ///< its name
  std::string link;
};

/// Makes a Debian package beside hearth-agent that carries the project's join link. Without a link of the caller's it
/// makes one, which needs a project that is not being served.
Result<MadeInstaller> makeInstaller(const Config& config, const InstallerOptions& options, Instant now);

}  // namespace hearth::server
