// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "server/config/config.h"

namespace hearth::server {

/// What a new project starts with.
struct InitialiseOptions {
  Config config;  ///< its folder, name, address and public names are taken
  std::string admin = "admin";
};

/// What its admin must be told, once.
struct Initialised {
  bool existed = false;      ///< nothing was made: the secrets below are empty
  std::string server;        ///< "host:port" for people and agents
  Digest serverFingerprint;  ///< for `hearth login`
  Digest authorityFingerprint;
  std::string rootKey;  ///< public
  std::string admin;
  std::string adminToken;
  std::string joinLink;  ///< good for kFirstJoinUses hosts
};
inline constexpr std::uint32_t kFirstJoinUses = 1000;

/// Makes a data folder: authority, server certificate, root key, database with the first admin. Refuses a folder that
/// holds something else. Safe to run again: what a broken run left is completed, a whole project is left alone.
Result<Initialised> initialise(const InitialiseOptions& options, Instant now);

}  // namespace hearth::server
