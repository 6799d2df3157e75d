// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/attempt_rows.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

namespace hearth::db::sqlite {
namespace {

tl::unexpected<Error> conflict(const char* what, AttemptId attempt) {
  return fail(ErrorCode::kConflict, std::string("the database has ") + what + " " + std::to_string(attempt.value));
}

/// Whether `next` may stand in the block whose first lease and size are given.
bool continues(const Lease& first, std::uint64_t size, const Lease& next) {
  return size < kLeasesOfBlock && next.attempt.value == first.attempt.value + size &&
         next.task == TaskId{first.task.batch, first.task.index + size} && next.revision == first.revision &&
         next.host == first.host && next.leased == first.leased;
}

std::uint64_t bitsBelow(std::uint64_t size) { return (std::uint64_t{1} << size) - 1; }

/// The first attempt of a block that could hold this one.
std::uint64_t earliestFirst(AttemptId attempt) {
  return attempt.value >= kLeasesOfBlock ? attempt.value - kLeasesOfBlock + 1 : 0;
}

}  // namespace

void readLeaseBlock(Statement& row, LeaseBlock& block) {
  Lease& lease = block.first;
  row.columns(lease.attempt, block.live, lease.task.batch, lease.task.index, lease.revision, lease.host, lease.leased);
}

Result<AttemptRows> AttemptRows::prepare(Connection& connection) {
  AttemptRows rows;
  const std::string near = std::string(kSelectLeaseBlock) + "WHERE first BETWEEN ? AND ? ORDER BY first DESC";
  const std::pair<Statement*, const char*> texts[] = {
      {&rows.m_insert, "INSERT INTO lease_block VALUES (?, ?, ?, ?, ?, ?, ?)"},
      {&rows.m_near, near.c_str()},
      {&rows.m_delete, "DELETE FROM lease_block WHERE first = ?"},
      {&rows.m_update, "UPDATE lease_block SET first = ?2, live = ?3, idx = ?4 WHERE first = ?1"},
      {&rows.m_record, "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
  };
  for (const auto& [statement, sql] : texts) {
    Result<Statement> prepared = connection.prepare(sql);
    if (!prepared) return fail(std::move(prepared).error());
    *statement = std::move(*prepared);
  }
  const Result<std::int64_t> last = connection.number("SELECT coalesce(max(first), 0) FROM lease_block");
  if (!last) return fail(last.error());
  rows.m_highest.value = static_cast<std::uint64_t>(*last) + kLeasesOfBlock;
  return rows;
}

/// Leases are written before ends, so one that comes after an end must not be one that the end could have met.
Result<void> AttemptRows::add(const LeaseInsert& change) {
  if (change.lease.attempt <= m_highestEnd) HEARTH_TRY(write());
  m_leases.push_back(&change.lease);
  return {};
}

void AttemptRows::add(const AttemptEnd& change) {
  m_highestEnd = std::max(m_highestEnd, change.record.lease.attempt);
  m_ends.push_back(&change.record);
}

Result<void> AttemptRows::write() {
  Result<void> written = writeLeases();
  if (written) written = endLeases();
  if (written) written = writeRecords();
  forget();
  return written;
}

void AttemptRows::forget() {
  m_leases.clear();
  m_ends.clear();
  m_highestEnd = {};
}

Result<void> AttemptRows::writeLeases() {
  std::sort(m_leases.begin(), m_leases.end(), [](const Lease* a, const Lease* b) { return a->attempt < b->attempt; });
  for (std::size_t at = 0; at < m_leases.size();) {
    const Lease& first = *m_leases[at];
    std::uint64_t size = 1;
    while (at + size < m_leases.size() && continues(first, size, *m_leases[at + size])) ++size;
    HEARTH_TRY(writeBlock({first, bitsBelow(size)}));
    at += size;
  }
  return {};
}

Result<void> AttemptRows::writeBlock(const LeaseBlock& block) {
  const Lease& lease = block.first;
  const AttemptId last{lease.attempt.value + static_cast<std::uint64_t>(std::bit_width(block.live)) - 1};
  if (lease.attempt <= m_highest) {
    m_near.bind(earliestFirst(lease.attempt), last);
    const Result<std::vector<LeaseBlock>> others = readAll(m_near, readLeaseBlock);
    if (!others) return fail(others.error());
    for (AttemptId attempt = lease.attempt; attempt <= last; ++attempt.value) {
      const bool taken =
          std::any_of(others->begin(), others->end(), [&](const LeaseBlock& other) { return other.holds(attempt); });
      if (taken) return conflict("a lease of attempt", attempt);
    }
  }
  m_highest = std::max(m_highest, last);
  return m_insert
      .bind(lease.attempt, block.live, lease.task.batch, lease.task.index, lease.revision, lease.host, lease.leased)
      .run();
}

Result<void> AttemptRows::endLeases() {
  std::sort(m_ends.begin(), m_ends.end(),
            [](const AttemptRecord* a, const AttemptRecord* b) { return a->lease.attempt < b->lease.attempt; });
  for (std::size_t at = 0; at < m_ends.size();) {
    const Result<LeaseBlock> block = blockOf(m_ends[at]->lease.attempt);
    if (!block) return fail(block.error());
    LeaseBlock left = *block;
    for (; at < m_ends.size() && left.holds(m_ends[at]->lease.attempt); ++at)
      left.live &= ~(std::uint64_t{1} << (m_ends[at]->lease.attempt.value - left.first.attempt.value));
    HEARTH_TRY(shrink(*block, left.live));
  }
  return {};
}

Result<LeaseBlock> AttemptRows::blockOf(AttemptId attempt) {
  m_near.bind(earliestFirst(attempt), attempt);
  LeaseBlock block;
  Result<bool> row = m_near.step();
  for (; row && *row; row = m_near.step()) {
    readLeaseBlock(m_near, block);
    if (block.holds(attempt)) break;
  }
  const Result<void> finished = m_near.finish();
  if (!row) return fail(std::move(row).error());
  if (!finished) return fail(finished.error());
  if (!*row) return conflict("no lease of attempt", attempt);
  return block;
}

/// Leaves these of the block's bits. Bit 0 is to live, so the row moves to the first attempt that still does.
Result<void> AttemptRows::shrink(const LeaseBlock& block, std::uint64_t live) {
  const std::uint64_t first = block.first.attempt.value;
  if (live == 0) return m_delete.bind(first).run();
  const auto gone = static_cast<std::uint64_t>(std::countr_zero(live));
  return m_update.bind(first, first + gone, live >> gone, block.first.task.index + gone).run();
}

Result<void> AttemptRows::writeRecords() {
  std::sort(m_ends.begin(), m_ends.end(), [](const AttemptRecord* a, const AttemptRecord* b) {
    return std::pair(a->lease.task, a->lease.attempt) < std::pair(b->lease.task, b->lease.attempt);
  });
  for (const AttemptRecord* record : m_ends) {
    const Lease& lease = record->lease;
    encode(record->report, m_buffer);
    HEARTH_TRY(m_record
                   .bind(lease.task.batch, lease.task.index, lease.attempt, lease.revision, lease.host, record->state,
                         lease.leased, record->ended, m_buffer)
                   .run());
  }
  return {};
}

}  // namespace hearth::db::sqlite
