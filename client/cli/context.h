// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/api_client.h"
#include "model/account.h"

namespace hearth::cli {

/// What scripts can rely on; `hearth --help` and hearth(1) list them.
enum ExitStatus : int {
  kExitOk = 0,
  kExitFailed = 1,     ///< the operation or some of the batch's tasks failed
  kExitUsage = 2,      ///< the command line, manifest or another input is wrong
  kExitForbidden = 3,  ///< not logged in, or not allowed
  kExitNotFound = 4,
  kExitUnavailable = 5,  ///< the server cannot be reached or is busy: try again
  kExitIntegrity = 6,    ///< a digest, signature or certificate does not hold
  kExitUnsupported = 7,  ///< program and server are of versions that do not fit
};
int exitStatus(ErrorCode code) noexcept;

/// Where a command reads its session and writes its words. Made in main(), passed to every command.
struct Context {
  std::ostream& out;
  std::ostream& err;
  std::filesystem::path configuration;  ///< folder of session and signing key
  std::string searchPath;               ///< PATH
  bool asJson = false;
  bool isOutTerminal = false;
  bool isErrTerminal = false;

  /// A client for the server that the person is logged in to.
  Result<ApiClient> connect() const;
  std::filesystem::path signingKeyFile() const { return configuration / "signing-key.pem"; }
};

Instant currentTime();

/// "hearth: message" and its hint, or a problem document with --json.
void printError(const Context& context, const Error& error);
/// A warning that does not change the exit status.
void printWarning(const Context& context, std::string_view text);

/// Rows in columns as wide as their widest cell; the first row is the heading. Control characters in cells are shown as
/// '?', so that a batch's name cannot command the terminal.
void printTable(std::ostream& out, const std::vector<std::vector<std::string>>& rows);
/// Text of others made harmless for a terminal.
std::string printable(std::string_view text);

std::string roleNames(RoleSet roles);           ///< "scientist, admin"
std::string formatInstant(Instant instant);     ///< "2026-03-01 12:30:05", local time; "-" for 0
std::string shortDigest(std::string_view hex);  ///< the first 12 digits

}  // namespace hearth::cli
