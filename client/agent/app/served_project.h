// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>

#include "agent/app/joined.h"
#include "agent/app/project_shell.h"
#include "agent/journal/journal.h"
#include "agent/transfer/blob_cache.h"
#include "agent/transfer/https_link.h"
#include "agent/transfer/package_store.h"
#include "agent/transfer/proxy.h"
#include "agent_core/preferences.h"
#include "base/result.h"

namespace hearth::agent {

/// Everything of one project that the daemon keeps open. Owned by the daemon; must outlive its loop.
struct ServedProject {
  Joined joined;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<BlobCache> cache;
  std::unique_ptr<PackageStore> packages;
  std::unique_ptr<HttpsLink> link;

  ProjectParts parts() const;
};

/// `among` projects share the disk that the owner gives.
Result<ServedProject> openProject(const Joined& joined, const Preferences& preferences, std::size_t among,
                                  const Environment& environment);

}  // namespace hearth::agent
