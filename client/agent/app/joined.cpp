// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/joined.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/suggest.h"

namespace hearth::agent {
namespace {

namespace fs = std::filesystem;

Result<void> moveInto(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(from, error))) return {};
  fs::rename(from, to, error);
  if (error) {
    return fail(ErrorCode::kIo, "cannot move " + from.string() + " to " + to.string() + ": " + error.message(),
                "Check the disk and who owns the agent's folder.");
  }
  return {};
}

/// The identity goes last: until it is there, a move that broke off is taken up again.
Result<void> moveOldLayout(const StateFolder& folder) {
  const ProjectFolder old{folder.root};
  std::error_code error;
  if (!fs::exists(old.identity(), error)) return {};
  const auto identity = loadIdentity(old);
  if (!identity) return fail(identity.error());
  const fs::path unfinished = folder.projects() / ".moving";
  HEARTH_TRY(makeFolder(unfinished, 0711));
  for (const char* name :
       {"tasks", "cache", "packages", "images", "journal.db-wal", "journal.db-shm", "journal.db", "identity.json"}) {
    HEARTH_TRY(moveInto(folder.root / name, unfinished / name));
  }
  return {};
}

/// Takes its name, once it is whole.
Result<void> finishMove(const StateFolder& folder) {
  const ProjectFolder moved{folder.projects() / ".moving"};
  std::error_code error;
  if (!fs::exists(moved.identity(), error)) return {};
  const auto identity = loadIdentity(moved);
  if (!identity) return fail(identity.error());
  return moveInto(moved.root, folder.newProject(identity->project).root);
}

}  // namespace

Result<std::vector<Joined>> listProjects(const StateFolder& folder) {
  std::vector<Joined> joined;
  std::error_code error;
  for (fs::directory_iterator each(folder.projects(), error), end; !error && each != end; each.increment(error)) {
    const ProjectFolder project{each->path()};
    if (each->path().filename().string().starts_with(".")) continue;
    auto identity = loadIdentity(project);
    if (!identity && identity.error().code == ErrorCode::kNotFound) continue;
    if (!identity) return fail(std::move(identity).error());
    joined.push_back({project, std::move(*identity)});
  }
  std::sort(joined.begin(), joined.end(),
            [](const Joined& a, const Joined& b) { return a.folder.root < b.folder.root; });
  return joined;
}

Result<std::vector<Joined>> joinedProjects(const StateFolder& folder) {
  HEARTH_TRY(makeFolder(folder.projects(), 0711));
  HEARTH_TRY(moveOldLayout(folder));
  HEARTH_TRY(finishMove(folder));
  return listProjects(folder);
}

Result<void> leaveProject(const StateFolder& folder, const std::string& name) {
  const auto lock = lockFile(folder.lock());
  if (!lock) return fail(lock.error());
  const auto joined = joinedProjects(folder);
  if (!joined) return fail(joined.error());
  std::vector<std::string_view> names;
  for (const Joined& each : *joined) {
    if (each.identity.project == name) return each.folder.remove();
    names.emplace_back(each.identity.project);
  }
  std::string known;
  for (const std::string_view each : names) known += (known.empty() ? "" : ", ") + std::string(each);
  return fail(ErrorCode::kNotFound, "this agent has not joined '" + name + "'." + didYouMean(name, names),
              known.empty() ? "It has joined no project." : "It has joined: " + known + ".");
}

}  // namespace hearth::agent
