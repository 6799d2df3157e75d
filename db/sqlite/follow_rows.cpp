// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/follow_rows.h"

#include <utility>
#include <variant>

namespace hearth::db::sqlite {
namespace {

Result<Outcome> done(Result<void> ran) {
  if (!ran) return fail(std::move(ran).error());
  return Outcome::kDone;
}

}  // namespace

Result<FollowRows> FollowRows::prepare(Connection& connection) {
  FollowRows rows(connection);
  const std::pair<Statement*, const char*> texts[] = {
      {&rows.m_share, "INSERT INTO share VALUES (NULL, ?, ?, ?, ?, ?)"},
      {&rows.m_shareDelete, "DELETE FROM share WHERE batch = ? AND id = ?"},
      {&rows.m_contact, "INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?)"},
      {&rows.m_message, "INSERT OR REPLACE INTO message VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&rows.m_messageDelete, "DELETE FROM message WHERE id = ?"},
      {&rows.m_care, "INSERT OR REPLACE INTO batch_care VALUES (?, ?, ?, ?, ?)"},
      {&rows.m_points, "INSERT OR REPLACE INTO batch_points VALUES (?, ?)"},
      {&rows.m_results, "DELETE FROM result WHERE batch = ? AND idx >= ? AND idx < ?"},
      {&rows.m_tasks, "DELETE FROM task WHERE batch = ? AND idx >= ? AND idx < ?"},
  };
  for (const auto& [statement, sql] : texts) {
    Result<Statement> prepared = connection.prepare(sql);
    if (!prepared) return fail(std::move(prepared).error());
    *statement = std::move(*prepared);
  }
  return rows;
}

Result<Outcome> FollowRows::write(const FollowChange& change) {
  return std::visit([this](const auto& kind) { return put(kind); }, change);
}

Result<Outcome> FollowRows::put(const ShareInsert& change) {
  const Share& share = change.share;
  return done(m_share.bind(share.secretHash, share.batch, share.label, share.created, share.expires).run());
}

Result<Outcome> FollowRows::put(const ShareDelete& change) {
  HEARTH_TRY(m_shareDelete.bind(change.batch, change.id).run());
  return m_connection->changes() != 0 ? Outcome::kDone : Outcome::kConflict;
}

Result<Outcome> FollowRows::put(const ContactPut& change) {
  const Contact& contact = change.contact;
  return done(m_contact.bind(contact.account, contact.mail, contact.webhook, contact.webhookSecret).run());
}

Result<Outcome> FollowRows::put(const MessagePut& change) {
  const Message& message = change.message;
  return done(m_message
                  .bind(message.id, message.kind, message.account, message.batch, message.event, message.to,
                        message.body, message.created, message.due, message.tries, message.failure)
                  .run());
}

Result<Outcome> FollowRows::put(const MessageDelete& change) { return done(m_messageDelete.bind(change.id).run()); }

Result<Outcome> FollowRows::put(const BatchCarePut& change) {
  const BatchCare& care = change.care;
  return done(m_care.bind(care.batch, care.told, care.keepUntil, care.warned, care.removed).run());
}

Result<Outcome> FollowRows::put(const BatchPointsPut& change) {
  return done(m_points.bind(change.batch, change.points).run());
}

Result<Outcome> FollowRows::put(const ResultsRemove& change) {
  HEARTH_TRY(m_results.bind(change.batch, change.from, change.below).run());
  return done(m_tasks.bind(change.batch, change.from, change.below).run());
}

}  // namespace hearth::db::sqlite
