// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "agent/app/certificate_renewal.h"
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

/// Everything of one project that the agent keeps open. Owned by whoever serves it.
struct ServedProject {
  Joined joined;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<BlobCache> cache;
  std::unique_ptr<PackageStore> packages;
  std::unique_ptr<MessageLog> messages;
  std::unique_ptr<HttpsLink> link;
  std::weak_ptr<CertificateRenewal> renewal = {};  ///< while it is served

  ProjectFacts facts() const;
};
/// What the loop is given of it, which keeps it alive. `log` is told of renewed certificates.
ProjectParts partsOf(const std::shared_ptr<ServedProject>& project,
                     std::function<void(bool warning, const std::string& text)> log);

/// `among` projects share the disk that the owner gives.
Result<std::shared_ptr<ServedProject>> openProject(const Joined& joined, const Preferences& preferences,
                                                   std::size_t among, const Environment& environment);

}  // namespace hearth::agent
