// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/open_memberships.h"

#include <algorithm>
#include <utility>

#include "agent/app/join.h"
#include "agent/app/preference_file.h"

namespace hearth::agent {

Result<std::shared_ptr<ServedProject>> OpenMemberships::open(const Joined& joined, const Preferences& preferences,
                                                             std::size_t among) {
  auto project = openProject(joined, preferences, among, m_environment);
  if (!project) return fail(std::move(project).error().within(joined.identity.project));
  m_open[joined.folder.root] = *project;
  return project;
}

Result<Prospect> OpenMemberships::inspect(const std::string& link) { return inspectLink(link, m_environment); }

Result<JoinedProject> OpenMemberships::join(const std::string& link, const std::string& name) {
  const std::lock_guard lock(m_joining);
  const auto joined = joinWithLock(m_folder, link, name, m_environment);
  if (!joined) return fail(joined.error());
  return openOrRenew(*joined);
}

Result<JoinedProject> OpenMemberships::openOrRenew(const Joined& joined) {
  std::erase_if(m_open, [](const auto& each) { return each.second.expired(); });
  if (const auto known = m_open.find(joined.folder.root); known != m_open.end()) {
    const auto served = known->second.lock();
    served->joined.identity = joined.identity;
    return JoinedProject{served->facts(), std::nullopt, [served, identity = joined.identity] {
                           if (const auto renewal = served->renewal.lock()) renewal->use(identity);
                         }};
  }
  const auto preferences = loadPreferences(m_folder.preferences(), {});
  const auto opened = open(joined, preferences.value_or(Preferences{}), m_open.size() + 1);
  if (!opened) return fail(opened.error());
  return JoinedProject{(*opened)->facts(), partsOf(*opened, m_log)};
}

/// A folder that is not a project's is not touched.
Result<void> OpenMemberships::erase(const std::filesystem::path& folder) {
  const std::lock_guard lock(m_joining);
  if (folder.parent_path() != m_folder.projects()) return {};
  return ProjectFolder{folder}.remove();
}

}  // namespace hearth::agent
