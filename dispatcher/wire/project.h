// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/contribution.h"
#include "wire/agent.h"

/// What a project says of itself to an agent and its owner (docs/protocol.md). Plain values.
namespace hearth::wire {

/// POST /agent/v1/project, without a client certificate. Reply: ProjectView, if the token is good.
struct ProjectRequest {
  ProtocolRange protocol;
  std::string token;
  bool operator==(const ProjectRequest&) const = default;
};

/// Also the reply to GET /agent/v1/project, of a host. An older server has no such call; a newer one may say more.
struct ProjectView {
  std::string name;
  std::string about;                   ///< a sentence or two
  std::string home;                    ///< its web page
  std::vector<std::string> uses = {};  ///< what results were used for, a sentence each, newest first
  // Of the account that the host belongs to; only a host is told.
  std::string account = {};
  std::optional<Contribution> contribution = {};  ///< of all its computers, without the account's number
  bool operator==(const ProjectView&) const = default;
};

inline constexpr std::size_t kProjectUses = 50;
inline constexpr std::size_t kProjectUseBytes = 500;

std::string toJson(const ProjectRequest&);
std::string toJson(const ProjectView&);
Result<ProjectRequest> parseProjectRequest(std::string_view json);
Result<ProjectView> parseProjectView(std::string_view json);

}  // namespace hearth::wire
