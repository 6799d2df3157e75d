// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/offline_store.h"

#include <span>
#include <utility>

#include "certs/secret.h"
#include "db/sqlite/sqlite_store.h"

namespace hearth::server {

Result<OfflineStore> OfflineStore::open(const DataFolder& folder) {
  auto store = db::openSqliteStore(folder.database());
  if (!store) return fail(std::move(store).error());
  auto read = db::openSqliteReadStore(folder.database());
  if (!read) return fail(std::move(read).error());
  return OfflineStore(std::move(*store), std::move(*read));
}

Result<void> OfflineStore::apply(Changes changes) {
  const db::Unit unit{std::move(changes)};
  const auto outcomes = m_store->apply(std::span(&unit, 1));
  if (!outcomes) return fail(outcomes.error());
  if (outcomes->front() == db::Outcome::kDone) return {};
  return fail(ErrorCode::kConflict, "this name or key is taken", "Choose another.");
}

Result<bool> OfflineStore::hasAccounts() {
  const auto accounts = m_read->accounts(AccountId{}, 1);
  if (!accounts) return fail(accounts.error());
  return !accounts->empty();
}

Result<Account> OfflineStore::account(const std::string& name) {
  auto found = m_read->accountByName(name);
  if (!found) return fail(std::move(found).error());
  if (*found) return std::move(**found);
  return fail(ErrorCode::kNotFound, "there is no account '" + name + "'",
              "Check the spelling; hearthd init named the first one.");
}

Result<std::string> OfflineStore::addAccessToken(AccountId account, const std::string& label, Instant now) {
  std::string secret = certs::newSecret("hacc_");
  const AccessToken token{certs::secretHash(secret), account, label, now, now + kOfflineTokenLife};
  HEARTH_TRY(apply({AccessTokenInsert{token, {}}}));
  return secret;
}

Result<std::string> OfflineStore::addJoinToken(AccountId account, std::uint32_t uses, Instant expires) {
  std::string secret = certs::newSecret("hjoin_");
  HEARTH_TRY(apply({JoinTokenPut{{certs::secretHash(secret), account, uses, expires}}}));
  return secret;
}

}  // namespace hearth::server
