// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/follow_reads.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "db/sqlite/follow_rows.h"
#include "db/sqlite/reader_pool.h"
#include "db/sqlite/rows.h"

namespace hearth::db::sqlite {
namespace {

constexpr std::string_view kSelectShare = "SELECT id, secret_hash, batch, label, created, expires FROM share ";
constexpr std::string_view kSelectMessage =
    "SELECT id, kind, account, batch, event, destination, body, created, due, tries, failure FROM message ";

void readShare(Statement& row, Share& share) {
  row.columns(share.id, share.secretHash, share.batch, share.label, share.created, share.expires);
}
void readContact(Statement& row, Contact& contact) {
  row.columns(contact.account, contact.mail, contact.webhook, contact.webhookSecret);
}
void readMessage(Statement& row, Message& message) {
  row.columns(message.id, message.kind, message.account, message.batch, message.event, message.to, message.body,
              message.created, message.due, message.tries, message.failure);
}
void readCare(Statement& row, BatchCare& care) {
  row.columns(care.batch, care.told, care.keepUntil, care.warned, care.removed);
}
void readText(Statement& row, std::string& text) { row.columns(text); }
void readFlag(Statement& row, bool& flag) { row.columns(flag); }
void readIndex(Statement& row, TaskIndex& index) { row.columns(index); }

std::uint64_t key(std::uint64_t value) { return std::min(value, kLargestKey); }

class SqliteFollowReads : public FollowReads {
 public:
  explicit SqliteFollowReads(ReaderPool& readers) : m_readers(readers) {}

  Result<std::vector<BatchRecord>> batches(const BatchFilter& filter, BatchId before, std::size_t limit) override {
    const std::uint64_t below = before ? key(before.value) : kLargestKey;
    const int state = filter.state ? static_cast<int>(*filter.state) : -1;
    std::string name = filter.name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    constexpr std::string_view kRest =
        "id < ?1 AND (?2 < 0 OR state = ?2) AND (?3 = '' OR instr(lower(name), ?3) > 0) ORDER BY id DESC LIMIT ?4";
    if (!filter.owner) return recordsOf(join("WHERE ", kRest), below, state, name, key(limit));
    return recordsOf(join("WHERE owner = ?5 AND ", kRest), below, state, name, key(limit), filter.owner);
  }

  Result<std::optional<Share>> share(const Digest& secretHash) override {
    return m_readers.borrow().one(join(kSelectShare, "WHERE secret_hash = ?"), readShare, secretHash);
  }
  Result<std::vector<Share>> shares(BatchId batch) override {
    return m_readers.borrow().all(join(kSelectShare, "WHERE batch = ? ORDER BY id"), readShare, batch);
  }
  Result<std::optional<Contact>> contact(AccountId account) override {
    return m_readers.borrow().one("SELECT account, mail, webhook, webhook_secret FROM contact WHERE account = ?",
                                  readContact, account);
  }
  Result<std::vector<Message>> messagesDue(Instant by, std::size_t limit) override {
    return m_readers.borrow().all(join(kSelectMessage, "WHERE due <= ? ORDER BY due, id LIMIT ?"), readMessage, by,
                                  key(limit));
  }
  Result<std::vector<Message>> messages(BatchId batch) override {
    return m_readers.borrow().all(join(kSelectMessage, "WHERE batch = ? ORDER BY id LIMIT 100"), readMessage, batch);
  }
  Result<std::optional<BatchCare>> care(BatchId batch) override {
    return m_readers.borrow().one("SELECT batch, told, keep_until, warned, removed FROM batch_care WHERE batch = ?",
                                  readCare, batch);
  }
  Result<std::string> points(BatchId batch) override {
    auto points = m_readers.borrow().one("SELECT points FROM batch_points WHERE batch = ?", readText, batch);
    if (!points) return fail(std::move(points).error());
    return std::move(*points).value_or("");
  }
  Result<std::vector<BatchRecord>> untold(Instant since, std::size_t limit) override {
    return recordsOf(
        "WHERE ended > 0 AND ended >= ? AND NOT EXISTS (SELECT 1 FROM batch_care WHERE batch_care.batch = batch.id "
        "AND told = ended) ORDER BY id LIMIT ?",
        since, key(limit));
  }
  Result<std::vector<BatchRecord>> ended(Instant by, BatchId after, std::size_t limit) override {
    return recordsOf(
        "WHERE ended > 0 AND ended < ? AND id > ? AND NOT EXISTS (SELECT 1 FROM batch_care WHERE batch_care.batch = "
        "batch.id AND removed = 1) ORDER BY id LIMIT ?",
        by, key(after.value), key(limit));
  }
  Result<std::vector<AttemptRecord>> records(TaskId task, AttemptId attempt, std::size_t limit) override {
    return m_readers.borrow().all(
        join(kSelectResult, "WHERE (batch, idx, attempt) > (?, ?, ?) ORDER BY batch, idx, attempt LIMIT ?"), readResult,
        task.batch, key(task.index), attempt, key(limit));
  }
  Result<bool> isNamed(const Digest& blob) override {
    auto named = m_readers.borrow().one(
        "SELECT EXISTS (SELECT 1 FROM data WHERE digest = ?1) OR EXISTS (SELECT 1 FROM batch_blob WHERE digest = ?1)",
        readFlag, blob);
    if (!named) return fail(std::move(named).error());
    return named->value_or(false);
  }
  Result<std::optional<TaskIndex>> firstRecord(BatchId batch, TaskIndex from) override {
    return m_readers.borrow().one("SELECT idx FROM result WHERE batch = ? AND idx >= ? ORDER BY idx LIMIT 1", readIndex,
                                  batch, key(from));
  }

 private:
  template <typename... Values>
  Result<std::vector<BatchRecord>> recordsOf(std::string_view rest, const Values&... values) {
    auto rows = m_readers.borrow().all(selectBatch(rest), readBatch, values...);
    if (!rows) return fail(std::move(rows).error());
    std::vector<BatchRecord> records;
    records.reserve(rows->size());
    for (BatchRow& row : *rows) records.push_back(std::move(row.record));
    return records;
  }

  ReaderPool& m_readers;
};

}  // namespace

std::unique_ptr<FollowReads> makeFollowReads(ReaderPool& readers) {
  return std::make_unique<SqliteFollowReads>(readers);
}

}  // namespace hearth::db::sqlite
