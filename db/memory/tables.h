// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "db/store.h"

namespace hearth::db::memory {

struct BatchRow {
  BatchInsert insert;
  BatchProgress progress;
};

/// All that a memory store keeps. The maps are ordered by what lists are paged by.
struct Tables {
  using RecordKey = std::pair<TaskId, AttemptId>;
  using ApprovalKey = std::tuple<KeyApproval::Role, std::string, PublicKeyText>;
  using RequestKey = std::pair<AccountId, PublicKeyText>;

  CountersPut counters;
  std::map<BatchId, BatchRow> batches;
  std::map<std::pair<AccountId, std::string>, BatchId> batchKeys;
  std::map<TaskId, TaskPut> tasks;
  std::map<AttemptId, Lease> leases;
  std::map<RecordKey, AttemptRecord> records;
  std::map<RecordKey, CheckpointPut> checkpoints;
  std::map<HostId, Host> hosts;
  std::map<AccountId, AccountWeightPut> accountWeights;
  std::map<GroupId, Group> groups;
  std::map<AccountId, AccountQuotaPut> quotas;
  std::map<Digest, JoinToken> joinTokens;
  std::map<AccountId, Account> accounts;
  std::map<std::string, AccountId, std::less<>> accountNames;
  std::map<Digest, AccessToken> tokens;
  std::map<AccountId, Credential> credentials;
  std::map<AccountId, SecondFactor> secondFactors;
  std::map<AccountId, std::vector<Digest>> recoveryCodes;
  std::map<Digest, Invitation> invitations;
  std::map<AccountId, PasswordLink> passwordLinks;
  std::map<std::pair<std::string, std::string>, Identity> identities;  ///< by issuer and subject
  std::map<std::pair<AccountId, Digest>, DataPut> data;
  std::map<ApprovalKey, KeyApproval> approvals;
  std::map<RequestKey, KeyRequestPut> requests;
  std::map<std::pair<std::string, std::string>, std::uint64_t> appVersionNumbers;
  std::map<std::uint64_t, AppVersionInsert> appVersions;  ///< in the order in which they came
  std::map<std::string, Draft, std::less<>> drafts;
  std::map<std::pair<std::string, std::string>, FileRef> draftFiles;  ///< by draft and path
  std::map<std::string, UploadRecord, std::less<>> uploads;
  std::map<BatchId, Tally> tallies;
  std::map<AccountId, bool> listed;  ///< those who agreed
  std::map<std::uint64_t, AuditAppend> audit;
  std::map<std::uint64_t, Share> shares;
  std::uint64_t lastShare = 0, lastMessage = 0;
  std::map<AccountId, Contact> contacts;
  std::map<std::uint64_t, Message> messages;
  std::map<BatchId, BatchCare> cares;
  std::map<BatchId, std::string> points;
};

/// Tables with the lock that the one writer and the readers share.
struct SharedTables {
  std::shared_mutex mutex;  ///< guards tables
  Tables tables;
};

}  // namespace hearth::db::memory
