// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "db/memory/tables.h"
#include "db/store.h"

namespace hearth::db::memory {

/// Applies changes to tables and can take back what it did, down to a mark. The caller holds the lock.
class TableWriter {
 public:
  explicit TableWriter(Tables& tables) : m_tables(tables) {}

  Result<Outcome> write(const Change& change);

  std::size_t mark() const { return m_undo.size(); }
  void takeBack(std::size_t mark);

 private:
  Result<Outcome> put(const BatchInsert& change);
  Result<Outcome> put(const BatchProgress& change);
  Result<Outcome> put(const TaskPut& change);
  Result<Outcome> put(const LeaseInsert& change);
  Result<Outcome> put(const AttemptEnd& change);
  Result<Outcome> put(const AttemptVerdict& change);
  Result<Outcome> put(const AttemptRevive& change);
  Result<Outcome> put(const CheckpointPut& change);
  Result<Outcome> put(const CheckpointDrop& change);
  Result<Outcome> put(const HostPut& change);
  Result<Outcome> put(const AccountWeightPut& change);
  Result<Outcome> put(const GroupPut& change);
  Result<Outcome> put(const GroupDrop& change);
  Result<Outcome> put(const AccountQuotaPut& change);
  Result<Outcome> put(const JoinTokenPut& change);
  Result<Outcome> put(const CountersPut& change);
  Result<Outcome> put(const AccountInsert& change);
  Result<Outcome> put(const AccountRoles& change);
  Result<Outcome> put(const AccessTokenInsert& change);
  Result<Outcome> put(const AccessTokenDelete& change);
  Result<Outcome> put(const AccessTokenSeen& change);
  Result<Outcome> put(const AccessTokensEnd& change);
  Result<Outcome> put(const CredentialPut& change);
  Result<Outcome> put(const SecondFactorPut& change);
  Result<Outcome> put(const SecondFactorUse& change);
  Result<Outcome> put(const SecondFactorDrop& change);
  Result<Outcome> put(const RecoveryCodesPut& change);
  Result<Outcome> put(const RecoveryCodeUse& change);
  Result<Outcome> put(const InvitationPut& change);
  Result<Outcome> put(const InvitationUse& change);
  Result<Outcome> put(const InvitationDrop& change);
  Result<Outcome> put(const PasswordLinkPut& change);
  Result<Outcome> put(const PasswordLinkUse& change);
  Result<Outcome> put(const IdentityInsert& change);
  Result<Outcome> put(const IdentityDrop& change);
  Result<Outcome> put(const AccountErase& change);
  Result<Outcome> put(const DataPut& change);
  Result<Outcome> put(const KeyApprovalPut& change);
  Result<Outcome> put(const KeyRequestPut& change);
  Result<Outcome> put(const AppVersionInsert& change);
  Result<Outcome> put(const DraftPut& change);
  Result<Outcome> put(const DraftDelete& change);
  std::vector<std::pair<AccountId, Digest>> dataOnlyOf(const Draft& draft) const;
  Result<Outcome> put(const DraftFilePut& change);
  Result<Outcome> put(const DraftFileDelete& change);
  Result<Outcome> put(const UploadPut& change);
  Result<Outcome> put(const UploadDelete& change);
  Result<Outcome> put(const TallyPut& change);
  Result<Outcome> put(const ListedPut& change);
  Result<Outcome> put(const AuditAppend& change);
  Result<Outcome> put(const BatchRevise& change);
  Result<Outcome> put(const FollowChange& change);
  Result<Outcome> follow(const ShareInsert& change);
  Result<Outcome> follow(const ShareDelete& change);
  Result<Outcome> follow(const ContactPut& change);
  Result<Outcome> follow(const MessagePut& change);
  Result<Outcome> follow(const MessageDelete& change);
  Result<Outcome> follow(const BatchCarePut& change);
  Result<Outcome> follow(const BatchPointsPut& change);
  Result<Outcome> follow(const ResultsRemove& change);

  /// False, changing nothing, if the key is there.
  template <typename Map>
  bool add(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
    if (!map.emplace(key, std::move(value)).second) return false;
    m_undo.push_back([&map, key] { map.erase(key); });
    return true;
  }
  /// False if the key is not there.
  template <typename Map>
  bool change(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
    const auto row = map.find(key);
    if (row == map.end()) return false;
    m_undo.push_back([&map, key, old = std::exchange(row->second, std::move(value))] { map[key] = old; });
    return true;
  }
  template <typename Map>
  void set(Map& map, const typename Map::key_type& key, const typename Map::mapped_type& value) {
    if (!change(map, key, value)) add(map, key, value);
  }
  template <typename Map>
  bool remove(Map& map, const typename Map::key_type& key) {
    const auto row = map.find(key);
    if (row == map.end()) return false;
    m_undo.push_back([&map, key, old = std::move(row->second)] { map.emplace(key, old); });
    map.erase(row);
    return true;
  }

  template <typename Map, typename Goes>
  void removeIf(Map& map, Goes goes) {
    for (auto row = map.begin(); row != map.end();) {
      const auto key = row->first;
      const bool gone = goes(*row);
      ++row;
      if (gone) remove(map, key);
    }
  }
  /// The account of this number or, where it is 0, of this name; 0 if there is none.
  AccountId accountOf(AccountId id, const std::string& name) const;

  Tables& m_tables;
  std::vector<std::function<void()>> m_undo;
};

}  // namespace hearth::db::memory
