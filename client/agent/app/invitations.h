// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace hearth::agent {

/// A project that this installation proposes to join. Plain value.
struct Invitation {
  std::string name, about, home;
  std::string link;
  bool now = false;  ///< an agent without projects joins it by itself
  bool operator==(const Invitation&) const = default;
};

/// The folders where an installation puts them: the administrator's, then the packages'.
std::vector<std::filesystem::path> invitationFolders();

/// What lies in `*.json` of the folders, by the names of the files; a file in an earlier folder stands for those of the
/// same name in later ones. One that cannot be used is left out, and `tell` is told why.
std::vector<Invitation> readInvitations(const std::vector<std::filesystem::path>& folders,
                                        const std::function<void(const std::string& problem)>& tell);

/// As control clients are shown them: an array of `name`, `about`, `home` and `link`.
std::string invitationsJson(const std::vector<Invitation>& invitations);

}  // namespace hearth::agent
