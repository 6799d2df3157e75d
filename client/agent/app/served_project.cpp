// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/served_project.h"

#include <algorithm>
#include <utility>

namespace hearth::agent {

ProjectParts ServedProject::parts() const {
  ProjectFacts facts;
  facts.project = joined.identity.project;
  facts.server = joined.identity.server;
  facts.host = joined.identity.host;
  return {*link, *journal, *cache, *packages, joined.folder.tasks(), facts};
}

Result<ServedProject> openProject(const Joined& joined, const Preferences& preferences, std::size_t among,
                                  const Environment& environment) {
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
  auto link = std::make_unique<HttpsLink>(*endpoint, joined.identity.tls(), proxyFor(*endpoint, environment));
  return ServedProject{joined, std::move(*journal), std::move(*cache), std::move(*packages), std::move(link)};
}

}  // namespace hearth::agent
