// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "db/store.h"
#include "model/account.h"
#include "server/app/data_folder.h"

namespace hearth::server {

inline constexpr Duration kOfflineTokenLife = Duration::days(365);

/// The database of a project that nobody serves, for the few writes that an admin makes by hand. The caller holds the
/// folder's lock. One thread.
class OfflineStore {
 public:
  static Result<OfflineStore> open(const DataFolder& folder);

  /// All or nothing; a name or key that is taken is a Conflict.
  Result<void> apply(Changes changes);
  Result<bool> hasAccounts();
  Result<Account> account(const std::string& name);
  /// Make a secret of which the store keeps the hash, and return it.
  Result<std::string> addAccessToken(AccountId account, const std::string& label, Instant now);
  Result<std::string> addJoinToken(AccountId account, std::uint32_t uses, Instant expires);

 private:
  OfflineStore(std::unique_ptr<db::Store> store, std::unique_ptr<db::ReadStore> read)
      : m_store(std::move(store)), m_read(std::move(read)) {}

  std::unique_ptr<db::Store> m_store;
  std::unique_ptr<db::ReadStore> m_read;
};

}  // namespace hearth::server
