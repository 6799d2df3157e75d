// SPDX-License-Identifier: GPL-3.0-or-later
// By what people are known: tokens, passwords, second factors, invitations, other parties' accounts.
#include <algorithm>
#include <string>
#include <utility>

#include "db/memory/table_writer.h"

namespace hearth::db::memory {

AccountId TableWriter::accountOf(AccountId id, const std::string& name) const {
  if (!id) {
    const auto named = m_tables.accountNames.find(name);
    if (named != m_tables.accountNames.end()) id = named->second;
  }
  return m_tables.accounts.contains(id) ? id : AccountId{};
}

Result<Outcome> TableWriter::put(const AccessTokenInsert& change) {
  AccessToken token = change.token;
  token.account = accountOf(token.account, change.accountName);
  if (!token.account) return Outcome::kConflict;
  return add(m_tables.tokens, token.secretHash, token) ? Outcome::kDone : Outcome::kConflict;
}

Result<Outcome> TableWriter::put(const AccessTokenDelete& change) {
  remove(m_tables.tokens, change.secretHash);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AccessTokenSeen& seen) {
  const auto row = m_tables.tokens.find(seen.secretHash);
  if (row == m_tables.tokens.end()) return Outcome::kDone;
  AccessToken token = row->second;
  token.lastSeen = seen.at;
  change(m_tables.tokens, seen.secretHash, std::move(token));
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AccessTokensEnd& end) {
  removeIf(m_tables.tokens, [&](const auto& row) {
    return row.second.account == end.account && row.second.kind == end.kind && row.first != end.except;
  });
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const CredentialPut& change) {
  Credential credential = change.credential;
  credential.account = accountOf(credential.account, change.accountName);
  if (!credential.account) return Outcome::kConflict;
  set(m_tables.credentials, credential.account, credential);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const SecondFactorPut& change) {
  set(m_tables.secondFactors, change.factor.account, change.factor);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const SecondFactorUse& use) {
  const auto row = m_tables.secondFactors.find(use.account);
  if (row == m_tables.secondFactors.end() || row->second.lastStep >= use.step) return Outcome::kConflict;
  SecondFactor factor = row->second;
  factor.lastStep = use.step;
  change(m_tables.secondFactors, use.account, std::move(factor));
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const SecondFactorDrop& change) {
  remove(m_tables.recoveryCodes, change.account);
  remove(m_tables.secondFactors, change.account);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const RecoveryCodesPut& change) {
  set(m_tables.recoveryCodes, change.account, change.hashes);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const RecoveryCodeUse& use) {
  const auto row = m_tables.recoveryCodes.find(use.account);
  if (row == m_tables.recoveryCodes.end()) return Outcome::kConflict;
  std::vector<Digest> left = row->second;
  const auto used = std::find(left.begin(), left.end(), use.hash);
  if (used == left.end()) return Outcome::kConflict;
  left.erase(used);
  change(m_tables.recoveryCodes, use.account, std::move(left));
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const InvitationPut& change) {
  set(m_tables.invitations, change.invitation.secretHash, change.invitation);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const InvitationUse& use) {
  const auto row = m_tables.invitations.find(use.secretHash);
  if (row == m_tables.invitations.end() || row->second.usesLeft == 0) return Outcome::kConflict;
  Invitation invitation = row->second;
  --invitation.usesLeft;
  change(m_tables.invitations, use.secretHash, std::move(invitation));
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const InvitationDrop& change) {
  return remove(m_tables.invitations, change.secretHash) ? Outcome::kDone : Outcome::kConflict;
}

Result<Outcome> TableWriter::put(const PasswordLinkPut& change) {
  set(m_tables.passwordLinks, change.link.account, change.link);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const PasswordLinkUse& use) {
  for (const auto& [account, link] : m_tables.passwordLinks) {
    if (link.secretHash == use.secretHash) {
      remove(m_tables.passwordLinks, AccountId(account));
      return Outcome::kDone;
    }
  }
  return Outcome::kConflict;
}

Result<Outcome> TableWriter::put(const IdentityInsert& change) {
  Identity identity = change.identity;
  identity.account = accountOf(identity.account, change.accountName);
  if (!identity.account) return Outcome::kConflict;
  const auto key = std::pair(identity.issuer, identity.subject);
  return add(m_tables.identities, key, std::move(identity)) ? Outcome::kDone : Outcome::kConflict;
}

Result<Outcome> TableWriter::put(const IdentityDrop& change) {
  const auto row = m_tables.identities.find({change.issuer, change.subject});
  if (row == m_tables.identities.end() || row->second.account != change.account) return Outcome::kConflict;
  remove(m_tables.identities, {change.issuer, change.subject});
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AccountErase& erase) {
  const auto row = m_tables.accounts.find(erase.account);
  if (row == m_tables.accounts.end()) return Outcome::kConflict;
  removeIf(m_tables.tokens, [&](const auto& token) { return token.second.account == erase.account; });
  removeIf(m_tables.identities, [&](const auto& identity) { return identity.second.account == erase.account; });
  removeIf(m_tables.requests, [&](const auto& request) { return request.first.first == erase.account; });
  removeIf(m_tables.draftFiles, [&](const auto& file) {
    const auto draft = m_tables.drafts.find(file.first.first);
    return draft != m_tables.drafts.end() && draft->second.owner == erase.account;
  });
  removeIf(m_tables.drafts, [&](const auto& draft) { return draft.second.owner == erase.account; });
  removeIf(m_tables.uploads, [&](const auto& upload) { return upload.second.owner == erase.account; });
  removeIf(m_tables.data, [&](const auto& data) { return data.first.first == erase.account; });
  remove(m_tables.credentials, erase.account);
  remove(m_tables.secondFactors, erase.account);
  remove(m_tables.recoveryCodes, erase.account);
  remove(m_tables.passwordLinks, erase.account);
  remove(m_tables.listed, erase.account);
  remove(m_tables.contacts, erase.account);
  removeIf(m_tables.messages, [&](const auto& message) { return message.second.account == erase.account; });
  removeIf(m_tables.shares, [&](const auto& share) {
    const auto batch = m_tables.batches.find(share.second.batch);
    return batch != m_tables.batches.end() && batch->second.insert.plan.owner == erase.account;
  });
  Account nobody = row->second;
  remove(m_tables.accountNames, nobody.name);
  nobody.name = "deleted:" + std::to_string(nobody.id.value);
  nobody.roles = {};
  if (!add(m_tables.accountNames, nobody.name, nobody.id)) return Outcome::kConflict;
  change(m_tables.accounts, erase.account, std::move(nobody));
  return Outcome::kDone;
}

}  // namespace hearth::db::memory
