-- SPDX-License-Identifier: GPL-3.0-or-later
-- What each account's computers gave to a batch, counted once the batch is over; and who agreed to be named.
CREATE TABLE tally (
  batch INTEGER NOT NULL,
  account INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  processor_time INTEGER NOT NULL,
  PRIMARY KEY (batch, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_account ON tally(account, tasks, processor_time);

CREATE TABLE tallied (
  batch INTEGER PRIMARY KEY,
  ended INTEGER NOT NULL
) STRICT;

CREATE TABLE listed (
  account INTEGER PRIMARY KEY
) STRICT;
