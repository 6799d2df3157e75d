// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"
#include "server/api/api.h"

namespace hearth::server {

/// What an admin may set in hearthd.toml (docs/admins.md); every member has a default that works. Plain values.
struct Config {
  std::filesystem::path folder;  ///< the data folder; not in the file

  std::string project = "Hearth";
  std::string about;              ///< what it computes and who it helps, in the admin's words
  std::vector<std::string> uses;  ///< what results were used for, a sentence each, newest first
  std::string address = "0.0.0.0";
  std::uint16_t port = 8443;             ///< 0: any free one (tests)
  std::vector<std::string> publicNames;  ///< host names and addresses under which people and agents reach the server;
                                         ///< the first goes into join links
  std::uint16_t publicPort = 0;          ///< as seen from outside, where a router forwards another one; 0: `port`
  std::filesystem::path publicCertificate,
      publicKey;         ///< PEM files of a certificate that browsers know; empty: the project's own
  unsigned threads = 2;  ///< that serve HTTP

  std::string logLevel = "info";  ///< trace, debug, info, warn, error
  bool logJson = false;

  Duration leaseTerm = Duration::minutes(10);
  Duration syncWhenBusy = Duration::seconds(30);
  Duration syncWhenIdle = Duration::seconds(1);
  std::uint32_t heartbeatsPerSecond = 200;  ///< of all hosts that hold work together
  std::uint32_t idleSyncsPerSecond = 200;   ///< of all that do not
  Duration retrySameHostAfter = Duration::seconds(30);
  Duration certificateLife = Duration::days(30);  ///< of hosts

  SignUp signUp = SignUp::kInvitation;  ///< who may make an account for themselves
  RoleSet signUpRoles = AccountOptions{}.signUpRoles;
  Duration sessionLife = Duration::days(30);

  std::vector<OidcSettings> oidc;  ///< parties that sign people in; readConfig() fills in their secrets
  Quota quota;                     ///< of accounts whose own was not set

  std::size_t connections = 20'000;
  std::size_t inbox = 65'536;                           ///< events that may wait for the dispatcher
  std::uint64_t diskReserveBytes = 256 * limits::kMiB;  ///< uploads are refused when less is free
  std::uint64_t draftBytes = 256 * limits::kGiB;        ///< of bundles in the making, for each account

  bool fetchPrivate = false;               ///< inputs are fetched from local networks, too
  std::filesystem::path fetchAuthorities;  ///< PEM file of those that are believed then; empty: the system's

  Duration keepResults = {};        ///< so long after a batch ended its results are removed; 0: never
  Duration keepResultsAtMost = {};  ///< so long an owner may have them kept; 0: as long as they like

  std::string mailServer;  ///< "smtp://mail.example.org:587"; empty: no mail is sent
  std::string mailFrom;
  std::string mailUser;
  std::filesystem::path mailPasswordFile;  ///< its first line is the password
  bool mailTls = true;                     ///< a server that offers none is refused
  bool privateWebhooks = false;            ///< webhooks may lead to private addresses, and by http
};

/// Reads the text of a hearthd.toml. An unknown key is an error that names its line and suggests the nearest known one.
Result<Config> parseConfig(std::string_view toml);

/// The configuration of a data folder: its hearthd.toml, or the defaults when there is none. Relative paths are below
/// the folder.
Result<Config> readConfig(const std::filesystem::path& folder);

/// A hearthd.toml that sets what differs from the defaults and shows the rest as comments.
std::string formatConfig(const Config& config);

}  // namespace hearth::server
