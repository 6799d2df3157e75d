// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/offline.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/signing.h"
#include "db/sqlite/sqlite_store.h"
#include "server/app/data_folder.h"
#include "server/app/offline_store.h"
#include "server/app/project_identity.h"
#include "server/blob/posix_file.h"

namespace hearth::server {
namespace {

namespace fs = std::filesystem;

Result<void> checkIsProject(const DataFolder& folder) {
  std::error_code ignored;
  if (fs::exists(folder.database(), ignored)) return {};
  return fail(ErrorCode::kNotFound, "there is no Hearth project in " + folder.root.string(),
              "Give the path that was given to hearthd init.");
}

/// The lock and the store of a project that is stopped.
struct Stopped {
  DataLock lock;
  OfflineStore store;
};

Result<Stopped> openStopped(const DataFolder& folder) {
  HEARTH_TRY(checkIsProject(folder));
  auto lock = DataLock::take(folder);
  if (!lock) return fail(std::move(lock).error());
  auto store = OfflineStore::open(folder);
  if (!store) return fail(std::move(store).error());
  return Stopped{std::move(*lock), std::move(*store)};
}

Result<void> copyFolder(const fs::path& from, const fs::path& to) {
  if (::mkdir(to.c_str(), 0700) != 0) return fail(systemError(errno, "making the folder " + to.string()));
  std::error_code error;
  for (fs::directory_iterator entry(from, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path target = to / entry->path().filename();
    if (entry->is_directory(error)) {
      HEARTH_TRY(copyFolder(entry->path(), target));
    } else if (entry->is_regular_file(error)) {
      fs::copy_file(entry->path(), target, error);
    }
    if (error) return fail(systemError(error.value(), "copying " + entry->path().string() + " to " + target.string()));
  }
  if (error) return fail(systemError(error.value(), "copying the folder " + from.string()));
  return {};
}

/// Complete blobs only: uploads under way can be begun again, and indexes of lists are made again.
Result<void> copyBlobs(const fs::path& from, const fs::path& to) {
  if (::mkdir(to.c_str(), 0700) != 0) return fail(systemError(errno, "making the folder " + to.string()));
  std::error_code error;
  for (fs::directory_iterator entry(from, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path name = entry->path().filename();
    if (name.string().size() == 2) HEARTH_TRY(copyFolder(entry->path(), to / name));
  }
  if (error) return fail(systemError(error.value(), "copying the folder " + from.string()));
  return {};
}

Result<void> copyProject(const DataFolder& from, const DataFolder& to, bool withBlobs) {
  if (::mkdir(to.root.c_str(), 0700) != 0) return fail(systemError(errno, "making the folder " + to.root.string()));
  HEARTH_TRY(db::backupSqlite(from.database(), to.database()));
  std::error_code error;
  if (fs::exists(from.config(), error)) fs::copy_file(from.config(), to.config(), error);
  if (error) return fail(systemError(error.value(), "copying " + from.config().string()));
  HEARTH_TRY(copyFolder(from.root / "certs", to.root / "certs"));
  HEARTH_TRY(copyFolder(from.root / "keys", to.root / "keys"));
  if (withBlobs && fs::exists(from.blobs(), error)) HEARTH_TRY(copyBlobs(from.blobs(), to.blobs()));
  const Descriptor opened(::open(to.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::syncfs(opened.number()) != 0) return fail(systemError(errno, "writing " + to.root.string()));
  return {};
}

}  // namespace

Result<std::string> makeJoinLink(const Config& config, const std::string& account, std::uint32_t uses, Duration life,
                                 Instant now) {
  const DataFolder folder{config.folder};
  auto project = openStopped(folder);
  if (!project) return fail(std::move(project).error());
  auto identity = readIdentity(folder);
  if (!identity) return fail(std::move(identity).error());
  const auto owner = project->store.account(account);
  if (!owner) return fail(owner.error());
  const auto secret = project->store.addJoinToken(owner->id, uses, now + life);
  if (!secret) return secret;
  return joinLink(config, *identity, *secret);
}

Result<std::string> makeAccessToken(const Config& config, const std::string& account, Instant now) {
  auto project = openStopped(DataFolder{config.folder});
  if (!project) return fail(std::move(project).error());
  const auto owner = project->store.account(account);
  if (!owner) return fail(owner.error());
  return project->store.addAccessToken(owner->id, "made by hearthd token", now);
}

Result<Approved> approveKeyOffline(const Config& config, const ApprovalOptions& options, Instant now) {
  const DataFolder folder{config.folder};
  HEARTH_TRY(checkIsProject(folder));
  HEARTH_TRY(certs::keyFingerprint(options.key));
  const auto signer = certs::readSigningKeyFile(options.rootKey.empty() ? folder.rootKey() : options.rootKey);
  if (!signer) return fail(signer.error());
  KeyApproval draft;
  draft.role = options.account.empty() ? KeyApproval::Role::kRelease : KeyApproval::Role::kAccount;
  draft.key = options.key;
  draft.account = options.account;
  draft.expires = now + options.life;
  auto approval = certs::approveKey(*signer, std::move(draft));
  if (!approval) return fail(std::move(approval).error());
  const auto identity = readIdentity(folder);
  if (!identity) return fail(identity.error());
  if (auto trusted = certs::verifyApprovals(std::span(&*approval, 1), identity->rootKey, now); !trusted) {
    return fail(ErrorCode::kForbidden, "this is not the root key of the project: " + trusted.error().message,
                "Name the right file with --root-key.");
  }
  auto project = openStopped(folder);
  if (!project) {
    if (project.error().code == ErrorCode::kConflict) return Approved{std::move(*approval), false};
    return fail(std::move(project).error());
  }
  if (!options.account.empty()) {
    const auto owner = project->store.account(options.account);
    if (!owner) return fail(owner.error());
  }
  HEARTH_TRY(project->store.apply({KeyApprovalPut{*approval}}));
  return Approved{std::move(*approval), true};
}

Result<void> backUp(const Config& config, const fs::path& to, bool withBlobs) {
  const DataFolder folder{config.folder};
  HEARTH_TRY(checkIsProject(folder));
  std::error_code ignored;
  if (fs::exists(to, ignored)) {
    return fail(ErrorCode::kConflict, to.string() + " exists", "Name a new folder, one for each backup.");
  }
  const fs::path unfinished = to.string() + ".unfinished";
  fs::remove_all(unfinished, ignored);  // of a run that broke off
  auto copied = copyProject(folder, DataFolder{unfinished}, withBlobs);
  if (copied && ::rename(unfinished.c_str(), to.c_str()) != 0) {
    copied = fail(systemError(errno, "naming " + to.string()));
  }
  if (!copied) {
    fs::remove_all(unfinished, ignored);
    return copied;
  }
  return syncFolder(fs::absolute(to).parent_path());
}

}  // namespace hearth::server
