-- SPDX-License-Identifier: GPL-3.0-or-later
-- Live attempts in blocks: what one sync gives a host is one row, and one row goes when the host returns it. Bit n of
-- `live` says whether attempt first + n, of task idx + n, still lives; bit 0 always does, and there are at most 63.
CREATE TABLE lease_block (
  first INTEGER PRIMARY KEY,
  live INTEGER NOT NULL,
  batch INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  host INTEGER NOT NULL,
  leased INTEGER NOT NULL
) STRICT;
INSERT INTO lease_block SELECT attempt, 1, batch, idx, revision, host, leased FROM lease;
DROP TABLE lease;
