// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/record_codec.h"
#include "model/change.h"

namespace hearth::db::sqlite {

/// Attempts of which one row of lease_block tells at most: bits of a column that has a sign.
inline constexpr std::uint64_t kLeasesOfBlock = 63;

/// A row of lease_block; see its migration.
struct LeaseBlock {
  Lease first;
  std::uint64_t live = 0;

  bool holds(AttemptId attempt) const {
    const std::uint64_t offset = attempt.value - first.attempt.value;
    return offset < kLeasesOfBlock && (live >> offset & 1U) != 0;
  }
};
inline constexpr std::string_view kSelectLeaseBlock =
    "SELECT first, live, batch, idx, revision, host, leased FROM lease_block ";
void readLeaseBlock(Statement& row, LeaseBlock& block);

/// What a round writes of attempts, gathered so that each table gets its rows at once and in the order of its key: new
/// leases in blocks, then the blocks whose attempts ended, then the records. The caller holds the transaction; the
/// changes must live until write(). Lives with its connection and one thread.
class AttemptRows {
 public:
  static Result<AttemptRows> prepare(Connection& connection);

  /// A lease of an attempt above all whose ends were added: else write() comes first.
  Result<void> add(const LeaseInsert& change);
  void add(const AttemptEnd& change);

  /// Writes what was added and forgets it. An attempt that has a lease already, ends without one, or has a record
  /// already is an error of kind kConflict.
  Result<void> write();
  void forget();

 private:
  Result<void> writeLeases();
  Result<void> writeBlock(const LeaseBlock& block);
  Result<void> endLeases();
  Result<LeaseBlock> blockOf(AttemptId attempt);
  Result<void> shrink(const LeaseBlock& block, std::uint64_t live);
  Result<void> writeRecords();

  std::vector<const Lease*> m_leases;
  std::vector<const AttemptRecord*> m_ends;
  AttemptId m_highestEnd;  ///< of m_ends
  AttemptId m_highest;     ///< no attempt above it has ever been in a block: none needs to be looked for
  Bytes m_buffer;
  Statement m_insert, m_near, m_delete, m_update, m_record;
};

}  // namespace hearth::db::sqlite
