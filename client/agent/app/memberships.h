// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "agent/app/project_shell.h"
#include "base/digest.h"
#include "base/result.h"

namespace hearth::agent {

/// What a join link leads to, as its server says, before anything is joined.
struct Prospect {
  std::string name, about, home;
  std::string server;
  Digest authority;  ///< fingerprint that its certificate was held against
};

/// What came of joining.
struct JoinedProject {
  ProjectFacts facts;
  std::optional<ProjectParts> opened;  ///< none: it is served already
  std::function<void()> settle = {};   ///< on the loop's thread: what is served takes up the new membership
};

/// Joins and leaves projects while the agent runs. Calls block (a network, a disk); any thread, several at once.
/// Errors: kInvalid (the link is malformed), kUnauthorized (its token is used up, too old or unknown), kIntegrity (the
/// server is not the link's: nothing was sent), kUnavailable and others.
class Memberships {
 public:
  virtual ~Memberships() = default;
  virtual Result<Prospect> inspect(const std::string& link) = 0;
  /// Enrols this host, or renews the membership that there is.
  virtual Result<JoinedProject> join(const std::string& link, const std::string& name) = 0;
  /// Erases what is here of a project that is not served any more.
  virtual Result<void> erase(const std::filesystem::path& folder) = 0;
};

}  // namespace hearth::agent
