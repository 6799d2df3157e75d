// SPDX-License-Identifier: GPL-3.0-or-later
// What people keep beside batches, in memory.
#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "db/memory/table_writer.h"

namespace hearth::db::memory {

Result<Outcome> TableWriter::put(const BatchRevise& change) {
  const auto row = m_tables.batches.find(change.batch);
  if (row == m_tables.batches.end()) {
    return fail(ErrorCode::kConflict, "the database has no batch " + std::to_string(change.batch.value));
  }
  BatchInsert& insert = row->second.insert;
  m_undo.push_back([&insert, old = insert] { insert = old; });
  insert.plan.requirements = change.requirements;
  insert.plan.policy.priority = change.priority;
  if (!change.spec.empty()) insert.spec = change.spec;
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const FollowChange& change) {
  return std::visit([this](const auto& kind) { return follow(kind); }, change);
}

Result<Outcome> TableWriter::follow(const ShareInsert& change) {
  Share share = change.share;
  share.id = ++m_tables.lastShare;
  add(m_tables.shares, share.id, share);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::follow(const ShareDelete& change) {
  const auto row = m_tables.shares.find(change.id);
  if (row == m_tables.shares.end() || row->second.batch != change.batch) return Outcome::kConflict;
  remove(m_tables.shares, change.id);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::follow(const ContactPut& change) {
  set(m_tables.contacts, change.contact.account, change.contact);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::follow(const MessagePut& change) {
  Message message = change.message;
  if (message.id == 0) message.id = ++m_tables.lastMessage;
  set(m_tables.messages, message.id, message);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::follow(const MessageDelete& change) {
  remove(m_tables.messages, change.id);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::follow(const BatchCarePut& change) {
  set(m_tables.cares, change.care.batch, change.care);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::follow(const BatchPointsPut& change) {
  set(m_tables.points, change.batch, change.points);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::follow(const ResultsRemove& removal) {
  const auto isMeant = [&](const TaskId& task) {
    return task.batch == removal.batch && task.index >= removal.from && task.index < removal.below;
  };
  for (auto row = m_tables.records.lower_bound({{removal.batch, removal.from}, {}});
       row != m_tables.records.end() && isMeant(row->first.first);) {
    const Tables::RecordKey key = (row++)->first;
    remove(m_tables.records, key);
  }
  for (auto row = m_tables.tasks.lower_bound({removal.batch, removal.from});
       row != m_tables.tasks.end() && isMeant(row->first);) {
    const TaskId key = (row++)->first;
    remove(m_tables.tasks, key);
  }
  return Outcome::kDone;
}

}  // namespace hearth::db::memory
