-- SPDX-License-Identifier: GPL-3.0-or-later
-- The first schema. Ids and counts are 64-bit, instants and durations are microseconds, digests are 32 bytes.
PRAGMA application_id = 1213355080;

CREATE TABLE counters (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  batches INTEGER NOT NULL,
  hosts INTEGER NOT NULL,
  attempts INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES (1, 1, 1, 1);

-- What a submission is; never changes.
CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL,
  name TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  platform TEXT NOT NULL,
  processors INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  disk_bytes INTEGER NOT NULL,
  sandbox INTEGER NOT NULL,
  quorum INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  at_once INTEGER NOT NULL,
  stop_after_failures INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  created INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL
) STRICT;
CREATE INDEX batch_owner ON batch(owner, id);
CREATE UNIQUE INDEX batch_key ON batch(owner, idempotency_key) WHERE idempotency_key <> '';

-- The text of a submission may be megabytes: apart, so that lists do not step over it.
CREATE TABLE batch_spec (
  batch INTEGER PRIMARY KEY,
  spec TEXT NOT NULL
) STRICT;

CREATE TABLE batch_blob (
  batch INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (batch, digest)
) STRICT, WITHOUT ROWID;

-- Rewritten in nearly every round: small rows of their own.
CREATE TABLE batch_progress (
  batch INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  certified INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  ended INTEGER NOT NULL
) STRICT;
CREATE INDEX batch_open ON batch_progress(batch) WHERE state < 3;

-- Tasks that need a row; appended as a batch advances.
CREATE TABLE task (
  batch INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  state INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  canonical INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (batch, idx)
) STRICT, WITHOUT ROWID;
-- Everything but the certified ones (state 2), which are nearly all: a certified task costs no index entry.
CREATE INDEX task_other ON task(batch, state, idx) WHERE state <> 2;

-- Live attempts: a short table with its head and its tail in the cache.
CREATE TABLE lease (
  attempt INTEGER PRIMARY KEY,
  batch INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  host INTEGER NOT NULL,
  leased INTEGER NOT NULL
) STRICT;

-- Attempts that ended, for ever.
CREATE TABLE result (
  batch INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  host INTEGER NOT NULL,
  state INTEGER NOT NULL,
  leased INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  report BLOB NOT NULL,
  PRIMARY KEY (batch, idx, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE host (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  key BLOB NOT NULL,
  name TEXT NOT NULL,
  platform TEXT NOT NULL,
  processor TEXT NOT NULL,
  agent TEXT NOT NULL,
  processors INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  disk_bytes INTEGER NOT NULL,
  sandbox INTEGER NOT NULL,
  enrolled INTEGER NOT NULL,
  revoked INTEGER NOT NULL
) STRICT;
CREATE INDEX host_account ON host(account, id);

CREATE TABLE join_token (
  secret_hash BLOB PRIMARY KEY NOT NULL,
  account INTEGER NOT NULL,
  uses_left INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  roles INTEGER NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE access_token (
  secret_hash BLOB PRIMARY KEY NOT NULL,
  account INTEGER NOT NULL,
  label TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE data (
  owner INTEGER NOT NULL,
  digest BLOB NOT NULL,
  size INTEGER NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (owner, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_approval (
  role INTEGER NOT NULL,
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  expires INTEGER NOT NULL,
  signer TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (role, account, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_request (
  account INTEGER NOT NULL,
  key TEXT NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_version (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  package BLOB NOT NULL,
  signature BLOB NOT NULL,
  publisher INTEGER NOT NULL,
  created INTEGER NOT NULL,
  UNIQUE (name, version)
) STRICT;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor INTEGER NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
