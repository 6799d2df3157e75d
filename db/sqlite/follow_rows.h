// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.h"
#include "db/sqlite/connection.h"
#include "db/store.h"
#include "model/follow.h"

namespace hearth::db::sqlite {

template <>
inline constexpr MessageKind kLastOf<MessageKind> = MessageKind::kMail;

/// Writes what people keep beside batches, as part of the ChangeWriter's transaction.
class FollowRows {
 public:
  static Result<FollowRows> prepare(Connection& connection);
  Result<Outcome> write(const FollowChange& change);

 private:
  explicit FollowRows(Connection& connection) : m_connection(&connection) {}

  Result<Outcome> put(const ShareInsert& change);
  Result<Outcome> put(const ShareDelete& change);
  Result<Outcome> put(const ContactPut& change);
  Result<Outcome> put(const MessagePut& change);
  Result<Outcome> put(const MessageDelete& change);
  Result<Outcome> put(const BatchCarePut& change);
  Result<Outcome> put(const BatchPointsPut& change);
  Result<Outcome> put(const ResultsRemove& change);

  Connection* m_connection;
  Statement m_share, m_shareDelete, m_contact, m_message, m_messageDelete, m_care, m_points, m_results, m_tasks;
};

}  // namespace hearth::db::sqlite
