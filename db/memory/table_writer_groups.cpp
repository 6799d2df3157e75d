// SPDX-License-Identifier: GPL-3.0-or-later
// Groups of hosts, and quotas.
#include "db/memory/table_writer.h"

namespace hearth::db::memory {

Result<Outcome> TableWriter::put(const GroupPut& change) {
  removeIf(m_tables.groups,
           [&](const auto& row) { return row.second.name == change.group.name && row.first != change.group.id; });
  set(m_tables.groups, change.group.id, change.group);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const GroupDrop& change) {
  remove(m_tables.groups, change.group);
  return Outcome::kDone;
}

Result<Outcome> TableWriter::put(const AccountQuotaPut& change) {
  set(m_tables.quotas, change.account, change);
  return Outcome::kDone;
}

}  // namespace hearth::db::memory
