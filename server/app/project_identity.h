// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "certs/authority.h"
#include "model/package.h"
#include "server/app/data_folder.h"
#include "server/config/config.h"

namespace hearth::server {

/// Who the project is: its authority, the server's own certificate, and the public half of its root key. A value that
/// is moved about.
struct ProjectIdentity {
  certs::Authority authority;
  certs::Identity server;
  PublicKeyText rootKey;
};

/// The server's certificate is made anew when less of its life is left: at start, and a running server says so in its
/// log.
inline constexpr Duration kServerCertificateLife = Duration::days(825);
inline constexpr Duration kServerCertificateRenewal = Duration::days(30);

/// Makes what is missing: what a broken run left is completed. For initialise().
Result<ProjectIdentity> makeIdentity(const DataFolder& folder, const Config& config, Instant now);

/// Reads the identity; a server certificate that is about to expire or lacks a name of the configuration is made anew.
/// The private root key is not needed.
Result<ProjectIdentity> openIdentity(const DataFolder& folder, const Config& config, Instant now);

/// Reads the identity as it stands, without the server's private key, and changes nothing.
Result<ProjectIdentity> readIdentity(const DataFolder& folder);

/// The end of a certificate's life.
Result<Instant> expiryOf(const std::string& certificatePem);

/// The names and addresses that the server's certificate is good for.
std::vector<std::string> serverNames(const Config& config);

/// "host:port" for join links and people, when the server listens on `port`.
std::string publicAddress(const Config& config, std::uint16_t port);

/// The link that carries the secret of a join token.
Result<std::string> joinLink(const Config& config, const ProjectIdentity& identity, const std::string& secret);

}  // namespace hearth::server
