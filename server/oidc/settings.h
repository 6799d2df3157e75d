// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace hearth::server {

/// A party that signs people in here by OpenID Connect, as the admin wrote it into hearthd.toml. A plain value.
struct OidcSettings {
  std::string id;        ///< in paths: "university"
  std::string name;      ///< for people: "University of Example"
  std::string issuer;    ///< https; plain http is taken from this machine alone
  std::string clientId;  ///< that the party gave this project
  std::filesystem::path secretFile;
  std::string secret;  ///< what the file holds; empty: the party asks for none
};

}  // namespace hearth::server
