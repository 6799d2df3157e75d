-- SPDX-License-Identifier: GPL-3.0-or-later
-- What fair sharing and the speed model need to know of batches, hosts and accounts.
ALTER TABLE batch ADD COLUMN application TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
ALTER TABLE batch ADD COLUMN distinct_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE host ADD COLUMN speed INTEGER NOT NULL DEFAULT 0;

-- Accounts whose weight was set; the others have 1.
CREATE TABLE account_weight (
  account INTEGER PRIMARY KEY,
  weight INTEGER NOT NULL
) STRICT;
