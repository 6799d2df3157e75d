// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/identity_rows.h"

#include <span>
#include <utility>
#include <variant>

namespace hearth::db::sqlite {
namespace {

std::span<const std::uint8_t> asBytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string textOf(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The account that a row is for: by number, or the one of this name.
constexpr const char* kTokenSql =
    "INSERT INTO access_token SELECT ?1, id, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM account "
    "WHERE CASE WHEN ?2 <> 0 THEN id = ?2 ELSE name = ?3 END";
constexpr const char* kCredentialSql =
    "INSERT OR REPLACE INTO credential SELECT id, ?3, ?4, ?5, ?6, ?7, ?8 FROM account "
    "WHERE CASE WHEN ?1 <> 0 THEN id = ?1 ELSE name = ?2 END";
constexpr const char* kIdentitySql =
    "INSERT INTO identity SELECT ?3, ?4, id, ?5, ?6 FROM account "
    "WHERE CASE WHEN ?1 <> 0 THEN id = ?1 ELSE name = ?2 END";

Result<Outcome> done(Result<void> ran) {
  if (!ran) return fail(std::move(ran).error());
  return Outcome::kDone;
}

}  // namespace

void readAccessToken(Statement& row, AccessToken& token) {
  row.columns(token.secretHash, token.account, token.label, token.created, token.expires, token.kind, token.scope,
              token.madeBy, token.lastSeen);
}
void readCredential(Statement& row, Credential& credential) {
  PasswordHash& password = credential.password;
  row.columns(credential.account, password.cost.logN, password.cost.r, password.cost.p, credential.set);
  constexpr int kSaltColumn = 5;
  password.salt = textOf(row.bytes(kSaltColumn));
  password.hash = textOf(row.bytes(kSaltColumn + 1));
}
void readSecondFactor(Statement& row, SecondFactor& factor) {
  row.columns(factor.account, factor.confirmed, factor.lastStep, factor.created);
  constexpr int kSecretColumn = 4;
  factor.secret = textOf(row.bytes(kSecretColumn));
}
void readInvitation(Statement& row, Invitation& invitation) {
  row.columns(invitation.secretHash, invitation.label, invitation.roles.bits, invitation.usesLeft, invitation.madeBy,
              invitation.created, invitation.expires);
}
void readPasswordLink(Statement& row, PasswordLink& link) { row.columns(link.secretHash, link.account, link.expires); }
void readIdentity(Statement& row, Identity& identity) {
  row.columns(identity.issuer, identity.subject, identity.account, identity.label, identity.created);
}

bool IdentityRows::mayConflict(const Change& change) {
  return std::holds_alternative<AccessTokenInsert>(change) || std::holds_alternative<CredentialPut>(change) ||
         std::holds_alternative<SecondFactorUse>(change) || std::holds_alternative<RecoveryCodeUse>(change) ||
         std::holds_alternative<InvitationUse>(change) || std::holds_alternative<InvitationDrop>(change) ||
         std::holds_alternative<PasswordLinkUse>(change) || std::holds_alternative<IdentityInsert>(change) ||
         std::holds_alternative<IdentityDrop>(change) || std::holds_alternative<AccountErase>(change);
}

Result<IdentityRows> IdentityRows::prepare(Connection& connection) {
  IdentityRows rows(connection);
  const std::pair<Statement*, const char*> texts[] = {
      {&rows.m_token, kTokenSql},
      {&rows.m_tokenDelete, "DELETE FROM access_token WHERE secret_hash = ?"},
      {&rows.m_tokenSeen, "UPDATE access_token SET last_seen = ?2 WHERE secret_hash = ?1"},
      {&rows.m_tokensEnd, "DELETE FROM access_token WHERE account = ?1 AND kind = ?2 AND secret_hash <> ?3"},
      {&rows.m_tokensErase, "DELETE FROM access_token WHERE account = ?"},
      {&rows.m_credential, kCredentialSql},
      {&rows.m_credentialDrop, "DELETE FROM credential WHERE account = ?"},
      {&rows.m_factor, "INSERT OR REPLACE INTO second_factor VALUES (?, ?, ?, ?, ?)"},
      {&rows.m_factorUse, "UPDATE second_factor SET last_step = ?2 WHERE account = ?1 AND last_step < ?2"},
      {&rows.m_factorDrop, "DELETE FROM second_factor WHERE account = ?"},
      {&rows.m_codes, "INSERT INTO recovery_code VALUES (?, ?) ON CONFLICT DO NOTHING"},
      {&rows.m_contactErase, "DELETE FROM contact WHERE account = ?"},
      {&rows.m_sharesErase, "DELETE FROM share WHERE batch IN (SELECT id FROM batch WHERE owner = ?)"},
      {&rows.m_messagesErase, "DELETE FROM message WHERE account = ?"},
      {&rows.m_unlisted, "DELETE FROM listed WHERE account = ?"},
      {&rows.m_codesDrop, "DELETE FROM recovery_code WHERE account = ?"},
      {&rows.m_codeUse, "DELETE FROM recovery_code WHERE account = ? AND hash = ?"},
      {&rows.m_invitation, "INSERT OR REPLACE INTO invitation VALUES (?, ?, ?, ?, ?, ?, ?)"},
      {&rows.m_invitationUse,
       "UPDATE invitation SET uses_left = uses_left - 1 WHERE secret_hash = ? AND uses_left > 0"},
      {&rows.m_invitationDrop, "DELETE FROM invitation WHERE secret_hash = ?"},
      {&rows.m_passwordLink, "INSERT OR REPLACE INTO password_link VALUES (?, ?, ?)"},
      {&rows.m_passwordLinkUse, "DELETE FROM password_link WHERE secret_hash = ?"},
      {&rows.m_passwordLinkDrop, "DELETE FROM password_link WHERE account = ?"},
      {&rows.m_identity, kIdentitySql},
      {&rows.m_identityDrop, "DELETE FROM identity WHERE account = ? AND issuer = ? AND subject = ?"},
      {&rows.m_identitiesErase, "DELETE FROM identity WHERE account = ?"},
      {&rows.m_requestsErase, "DELETE FROM key_request WHERE account = ?"},
      {&rows.m_draftFilesErase, "DELETE FROM draft_file WHERE draft IN (SELECT id FROM draft WHERE owner = ?)"},
      {&rows.m_draftsErase, "DELETE FROM draft WHERE owner = ?"},
      {&rows.m_uploadsErase, "DELETE FROM upload WHERE owner = ?"},
      {&rows.m_dataErase, "DELETE FROM data WHERE owner = ?"},
      {&rows.m_accountErase, "UPDATE account SET name = 'deleted:' || id, roles = 0 WHERE id = ?"},
  };
  for (const auto& [statement, sql] : texts) {
    Result<Statement> prepared = connection.prepare(sql);
    if (!prepared) return fail(std::move(prepared).error());
    *statement = std::move(*prepared);
  }
  return rows;
}

Result<Outcome> IdentityRows::runDirectory(Statement& statement) {
  Result<void> ran = statement.run();
  if (!ran && ran.error().code == ErrorCode::kConflict) return Outcome::kConflict;
  if (!ran) return fail(std::move(ran).error());
  return m_connection->changes() != 0 ? Outcome::kDone : Outcome::kConflict;
}

Result<Outcome> IdentityRows::put(const AccessTokenInsert& change) {
  const AccessToken& token = change.token;
  m_token.bind(token.secretHash, token.account, change.accountName, token.label, token.created, token.expires,
               token.kind, token.scope, token.madeBy, token.lastSeen);
  return runDirectory(m_token);
}

Result<Outcome> IdentityRows::put(const AccessTokenDelete& change) {
  return done(m_tokenDelete.bind(change.secretHash).run());
}

Result<Outcome> IdentityRows::put(const AccessTokenSeen& change) {
  return done(m_tokenSeen.bind(change.secretHash, change.at).run());
}

Result<Outcome> IdentityRows::put(const AccessTokensEnd& change) {
  return done(m_tokensEnd.bind(change.account, change.kind, change.except).run());
}

Result<Outcome> IdentityRows::put(const CredentialPut& change) {
  const Credential& credential = change.credential;
  const PasswordHash& password = credential.password;
  m_credential.bind(credential.account, change.accountName, password.cost.logN, password.cost.r, password.cost.p,
                    asBytes(password.salt), asBytes(password.hash), credential.set);
  return runDirectory(m_credential);
}

Result<Outcome> IdentityRows::put(const SecondFactorPut& change) {
  const SecondFactor& factor = change.factor;
  return done(
      m_factor.bind(factor.account, asBytes(factor.secret), factor.confirmed, factor.lastStep, factor.created).run());
}

Result<Outcome> IdentityRows::put(const SecondFactorUse& change) {
  m_factorUse.bind(change.account, change.step);
  return runDirectory(m_factorUse);
}

Result<Outcome> IdentityRows::put(const SecondFactorDrop& change) {
  HEARTH_TRY(m_codesDrop.bind(change.account).run());
  return done(m_factorDrop.bind(change.account).run());
}

Result<Outcome> IdentityRows::put(const RecoveryCodesPut& change) {
  HEARTH_TRY(m_codesDrop.bind(change.account).run());
  for (const Digest& hash : change.hashes) HEARTH_TRY(m_codes.bind(change.account, hash).run());
  return Outcome::kDone;
}

Result<Outcome> IdentityRows::put(const RecoveryCodeUse& change) {
  m_codeUse.bind(change.account, change.hash);
  return runDirectory(m_codeUse);
}

Result<Outcome> IdentityRows::put(const InvitationPut& change) {
  const Invitation& row = change.invitation;
  return done(
      m_invitation.bind(row.secretHash, row.label, row.roles.bits, row.usesLeft, row.madeBy, row.created, row.expires)
          .run());
}

Result<Outcome> IdentityRows::put(const InvitationUse& change) {
  m_invitationUse.bind(change.secretHash);
  return runDirectory(m_invitationUse);
}

Result<Outcome> IdentityRows::put(const InvitationDrop& change) {
  m_invitationDrop.bind(change.secretHash);
  return runDirectory(m_invitationDrop);
}

Result<Outcome> IdentityRows::put(const PasswordLinkPut& change) {
  return done(m_passwordLink.bind(change.link.account, change.link.secretHash, change.link.expires).run());
}

Result<Outcome> IdentityRows::put(const PasswordLinkUse& change) {
  m_passwordLinkUse.bind(change.secretHash);
  return runDirectory(m_passwordLinkUse);
}

Result<Outcome> IdentityRows::put(const IdentityInsert& change) {
  const Identity& row = change.identity;
  m_identity.bind(row.account, change.accountName, row.issuer, row.subject, row.label, row.created);
  return runDirectory(m_identity);
}

Result<Outcome> IdentityRows::put(const IdentityDrop& change) {
  m_identityDrop.bind(change.account, change.issuer, change.subject);
  return runDirectory(m_identityDrop);
}

Result<Outcome> IdentityRows::put(const AccountErase& change) {
  for (Statement* statement : {&m_tokensErase, &m_credentialDrop, &m_factorDrop, &m_codesDrop, &m_passwordLinkDrop,
                               &m_identitiesErase, &m_requestsErase, &m_unlisted, &m_contactErase, &m_sharesErase,
                               &m_messagesErase, &m_draftFilesErase, &m_draftsErase, &m_uploadsErase, &m_dataErase}) {
    HEARTH_TRY(statement->bind(change.account).run());
  }
  m_accountErase.bind(change.account);
  return runDirectory(m_accountErase);
}

}  // namespace hearth::db::sqlite
