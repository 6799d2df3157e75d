-- SPDX-License-Identifier: GPL-3.0-or-later
-- Groups of hosts, who may use them, where a batch may run, and how much an account may have at once.
ALTER TABLE counters ADD COLUMN groups INTEGER NOT NULL DEFAULT 1;
ALTER TABLE host ADD COLUMN host_group INTEGER NOT NULL DEFAULT 0;
CREATE INDEX host_group_host ON host(host_group, id) WHERE host_group <> 0;
ALTER TABLE join_token ADD COLUMN host_group INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN runs_group INTEGER NOT NULL DEFAULT 0;

CREATE TABLE host_group (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  owner INTEGER NOT NULL,
  guests INTEGER NOT NULL,
  beyond INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  batches INTEGER NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE group_member (
  host_group INTEGER NOT NULL,
  account INTEGER NOT NULL,
  PRIMARY KEY (host_group, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_member_account ON group_member(account, host_group);

-- Accounts whose quota was set; the others have the project's.
CREATE TABLE account_quota (
  account INTEGER PRIMARY KEY,
  attempts INTEGER NOT NULL,
  batches INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
