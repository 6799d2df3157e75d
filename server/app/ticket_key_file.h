// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "server/app/data_folder.h"
#include "server/http/ticket_keys.h"

namespace hearth::server {

/// A key seals for so long, and opens what it sealed for as long again: then the last ticket of it has ended.
inline constexpr Duration kTicketKeyLife = Duration::hours(24);

/// The keys of the data folder's session tickets, so that a restarted server resumes the sessions of the one before at
/// half the price of a handshake. Makes a new key when the newest is old, forgets those that are over, and keeps what
/// it changed. A file that cannot be read, or that others may read, is replaced: that costs full handshakes, nothing
/// else. Backups leave the file out.
Result<TicketKeys> keepTicketKeys(const DataFolder& folder, Instant now);

}  // namespace hearth::server
