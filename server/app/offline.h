// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/package.h"
#include "server/config/config.h"

/// What an admin does on the machine of the server, on a data folder that no hearthd serves (backup: also on one that
/// is served).
namespace hearth::server {

/// A join link for `uses` hosts of this account.
Result<std::string> makeJoinLink(const Config& config, const std::string& account, std::uint32_t uses, Duration life,
                                 Instant now);

/// A new access token of this account, for an admin who lost theirs.
Result<std::string> makeAccessToken(const Config& config, const std::string& account, Instant now);

struct ApprovalOptions {
  std::string account;  ///< empty: a release key
  PublicKeyText key;
  std::filesystem::path rootKey;  ///< empty: the one in the data folder
  Duration life = Duration::days(365);
};
struct Approved {
  KeyApproval approval;
  bool kept = false;  ///< put into the database; else the folder is served and the approval is to be sent there
};
/// Signs with the root key that this key may sign packages.
Result<Approved> approveKeyOffline(const Config& config, const ApprovalOptions& options, Instant now);

/// Copies a project into the new folder `to`, which appears only when it is whole and is a data folder like any other:
/// the database as of one moment, then everything that it refers to, since blobs are only ever added.
Result<void> backUp(const Config& config, const std::filesystem::path& to, bool withBlobs);

}  // namespace hearth::server
