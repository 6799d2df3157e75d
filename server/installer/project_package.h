// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"

namespace hearth::server {

/// A project as an installation carries it: hearth-agent offers it to its owner (docs/agent-control.md, `offers`).
struct ProjectOffer {
  std::string name, about;
  std::string home;      ///< address of its pages
  std::string link;      ///< join link, with a token that is good for several machines
  bool joinNow = false;  ///< an agent without a project joins by itself
};

/// The file in /usr/share/hearth/projects.d.
std::string offerJson(const ProjectOffer& offer);

/// "hearth-project-our-grid" for "Our Grid".
std::string offerPackageName(const ProjectOffer& offer);

/// The address that a package gives for who runs the project: of the server's host, where that has a name.
std::string projectMail(const std::string& host);

/// A package for Debian that brings the project to machines, beside hearth-agent. Small: it holds that file.
struct OfferPackage {
  std::string fileName;  ///< "NAME_VERSION_all.deb"
  std::string bytes;
};
/// A later package is a newer version.
Result<OfferPackage> makeOfferPackage(const ProjectOffer& offer, const std::string& mail, Instant made);

}  // namespace hearth::server
