// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/served_project.h"

#include <algorithm>
#include <utility>

namespace hearth::agent {

ProjectFacts ServedProject::facts() const {
  ProjectFacts facts;
  facts.project = joined.identity.project;
  facts.server = joined.identity.server;
  facts.host = joined.identity.host;
  if (const auto validity = validityOf(joined.identity.certificatePem)) facts.certificateExpires = validity->until;
  return facts;
}

ProjectParts partsOf(const std::shared_ptr<ServedProject>& project,
                     std::function<void(bool warning, const std::string& text)> log) {
  ProjectParts parts{
      *project->link,  *project->journal, *project->cache, *project->packages, project->joined.folder.tasks(),
      project->facts()};
  parts.folder = project->joined.folder.root;
  parts.owner = project;
  parts.messages = project->messages.get();
  parts.keepCertificate = [served = std::weak_ptr(project), log = std::move(log)](
                              boost::asio::io_context& loop,
                              std::function<void(Instant)> expires) -> std::shared_ptr<void> {
    const auto open = served.lock();
    if (!open) return nullptr;
    auto renewal = std::make_shared<CertificateRenewal>(loop, open->joined.folder, open->joined.identity, *open->link,
                                                        std::move(expires), log);
    open->renewal = renewal;
    renewal->check();
    return renewal;
  };
  return parts;
}

Result<std::shared_ptr<ServedProject>> openProject(const Joined& joined, const Preferences& preferences,
                                                   std::size_t among, const Environment& environment) {
  const ProjectFolder& folder = joined.folder;
  const auto endpoint = parseEndpoint(joined.identity.server);
  if (!endpoint) return fail(endpoint.error());
  HEARTH_TRY(folder.prepare());
  auto journal = Journal::open(folder.journal());
  if (!journal) return fail(std::move(journal).error());
  CacheOptions room;
  room.mostBytes /= among;
  // Half of what the owner gives is for the cache, so that as much is left for tasks.
  if (preferences.diskBytes > 0) room.mostBytes = std::min(room.mostBytes, preferences.diskBytes / 2 / among);
  auto cache = BlobCache::open(folder.cache(), room);
  if (!cache) return fail(std::move(cache).error());
  auto packages = PackageStore::open(folder.packages(), folder.images(), joined.identity.rootKey);
  if (!packages) return fail(std::move(packages).error());
  auto messages = std::make_unique<MessageLog>();
  auto link =
      std::make_unique<HttpsLink>(*endpoint, joined.identity.tls(), proxyFor(*endpoint, environment), messages.get());
  return std::make_shared<ServedProject>(ServedProject{joined, std::move(*journal), std::move(*cache),
                                                       std::move(*packages), std::move(messages), std::move(link)});
}

}  // namespace hearth::agent
