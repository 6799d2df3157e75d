// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.h"
#include "db/sqlite/connection.h"
#include "db/store.h"

namespace hearth::db::sqlite {

template <>
inline constexpr TokenKind kLastOf<TokenKind> = TokenKind::kSession;
template <>
inline constexpr TokenScope kLastOf<TokenScope> = TokenScope::kRead;

inline constexpr std::string_view kSelectAccessToken =
    "SELECT secret_hash, account, label, created, expires, kind, scope, made_by, last_seen FROM access_token ";
inline constexpr std::string_view kSelectInvitation =
    "SELECT secret_hash, label, roles, uses_left, made_by, created, expires FROM invitation ";
inline constexpr std::string_view kSelectIdentity = "SELECT issuer, subject, account, label, created FROM identity ";
void readAccessToken(Statement& row, AccessToken& token);
void readCredential(Statement& row, Credential& credential);
void readSecondFactor(Statement& row, SecondFactor& factor);
void readInvitation(Statement& row, Invitation& invitation);
void readPasswordLink(Statement& row, PasswordLink& link);
void readIdentity(Statement& row, Identity& identity);

/// Writes the rows by which people are known: a part of the ChangeWriter, under the same rules.
class IdentityRows {
 public:
  static Result<IdentityRows> prepare(Connection& connection);
  /// Whether the change may be a conflict.
  static bool mayConflict(const Change& change);

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

 private:
  explicit IdentityRows(Connection& connection) : m_connection(&connection) {}
  /// Runs a statement: a taken key, or no row touched, is a conflict.
  Result<Outcome> runDirectory(Statement& statement);

  Connection* m_connection;
  Statement m_token, m_tokenDelete, m_tokenSeen, m_tokensEnd, m_tokensErase;
  Statement m_credential, m_credentialDrop, m_factor, m_factorUse, m_factorDrop, m_codes, m_codesDrop, m_codeUse;
  Statement m_invitation, m_invitationUse, m_invitationDrop, m_passwordLink, m_passwordLinkUse, m_passwordLinkDrop;
  Statement m_identity, m_identityDrop, m_identitiesErase, m_requestsErase, m_unlisted, m_accountErase;
  Statement m_contactErase, m_sharesErase, m_messagesErase;
  Statement m_draftFilesErase, m_draftsErase, m_uploadsErase, m_dataErase;
};

}  // namespace hearth::db::sqlite
