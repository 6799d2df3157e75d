// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/initialise.h"

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "db/sqlite/sqlite_store.h"
#include "server/app/data_folder.h"
#include "server/app/offline_store.h"
#include "server/app/project_identity.h"
#include "server/blob/posix_file.h"

namespace hearth::server {
namespace {

namespace fs = std::filesystem;

constexpr Duration kFirstJoinLife = Duration::days(30);

RoleSet firstRoles() {
  return RoleSet{}.with(Role::kAdmin).with(Role::kOperator).with(Role::kScientist).with(Role::kVolunteer);
}

/// An empty folder (a new file system has lost+found), a new one, or one of ours.
Result<void> prepareFolder(const DataFolder& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder.root, error);
  if (error) return fail(systemError(error.value(), "making the folder " + folder.root.string()));
  if (fs::exists(folder.config(), error)) return {};
  for (fs::directory_iterator entry(folder.root, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name == "lost+found" || name == "lock" || name == "hearthd.toml.new")
      continue;  // of a run that broke off early
    return fail(
        ErrorCode::kConflict,
        "the folder " + folder.root.string() + " is not empty and holds no Hearth project (there is " + name + ")",
        "Give the path of a new or an empty folder.");
  }
  if (error) return fail(systemError(error.value(), "looking into " + folder.root.string()));
  if (made && ::chmod(folder.root.c_str(), 0700) != 0) {
    return fail(systemError(errno, "protecting the folder " + folder.root.string()));
  }
  return {};
}

Result<void> makeFirstAccount(const DataFolder& folder, const Config& config, const ProjectIdentity& identity,
                              Instant now, Initialised& told) {
  auto store = OfflineStore::open(folder);
  if (!store) return fail(std::move(store).error());
  const auto before = store->hasAccounts();
  if (!before) return fail(before.error());
  told.existed = *before;
  if (told.existed) return {};
  HEARTH_TRY(store->apply({AccountInsert{{{}, told.admin, firstRoles(), now}}}));
  const auto account = store->account(told.admin);
  if (!account) return fail(account.error());
  auto token = store->addAccessToken(account->id, "made by hearthd init", now);
  if (!token) return fail(std::move(token).error());
  const auto join = store->addJoinToken(account->id, kFirstJoinUses, now + kFirstJoinLife);
  if (!join) return fail(join.error());
  auto link = joinLink(config, identity, *join);
  if (!link) return fail(std::move(link).error());
  told.adminToken = std::move(*token);
  told.joinLink = std::move(*link);
  return {};
}

Result<void> describe(const Config& config, const ProjectIdentity& identity, Initialised& told) {
  const auto fingerprint = certs::fingerprint(identity.server.certificatePem);
  if (!fingerprint) return fail(fingerprint.error());
  told.server = publicAddress(config, config.port);
  told.serverFingerprint = *fingerprint;
  told.authorityFingerprint = identity.authority.certificateFingerprint();
  told.rootKey = identity.rootKey;
  return {};
}

/// What would make a later step fail is refused before the first one.
Result<void> checkSettings(const Config& config, Instant now) {
  HEARTH_TRY(parseConfig(formatConfig(config)));
  const auto rehearsal = certs::Authority::create(config.project, now);
  if (!rehearsal) return fail(rehearsal.error());
  HEARTH_TRY(rehearsal->issueServer(serverNames(config), now, kServerCertificateLife));
  return {};
}

/// A project that is whole is not locked or written, so that init may be repeated while its server runs.
bool isWhole(const DataFolder& folder) {
  std::error_code ignored;
  for (const fs::path& file :
       {folder.config(), folder.serverCertificate(), folder.rootPublicKey(), folder.database()}) {
    if (!fs::exists(file, ignored)) return false;
  }
  const auto read = db::openSqliteReadStore(folder.database());
  const auto accounts = read ? (*read)->accounts(AccountId{}, 1) : fail(read.error());
  return accounts && !accounts->empty();
}

}  // namespace

Result<Initialised> initialise(const InitialiseOptions& options, Instant now) {
  const DataFolder folder{options.config.folder};
  Initialised told;
  told.admin = options.admin;
  HEARTH_TRY(checkAccountName(options.admin));
  HEARTH_TRY(prepareFolder(folder));
  const bool whole = isWhole(folder);
  std::optional<DataLock> lock;
  if (!whole) {
    auto taken = DataLock::take(folder);
    if (!taken) return fail(std::move(taken).error());
    lock = std::move(*taken);
  }
  std::error_code ignored;
  if (!fs::exists(folder.config(), ignored)) {
    HEARTH_TRY(checkSettings(options.config, now));
    HEARTH_TRY(writeFileDurably(folder.config(), formatConfig(options.config), 0600));
  }
  const auto config = readConfig(folder.root);  // what a project was made with stands
  if (!config) return fail(config.error());
  auto identity = whole ? readIdentity(folder) : makeIdentity(folder, *config, now);
  if (!identity) return fail(std::move(identity).error());
  HEARTH_TRY(describe(*config, *identity, told));
  told.existed = whole;
  if (!whole) HEARTH_TRY(makeFirstAccount(folder, *config, *identity, now, told));
  if (told.existed) told.admin.clear();
  return told;
}

}  // namespace hearth::server
