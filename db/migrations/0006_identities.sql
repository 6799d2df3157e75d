-- SPDX-License-Identifier: GPL-3.0-or-later
-- By what people are known: sessions beside tokens, passwords, second factors, invitations, other parties' accounts.
ALTER TABLE access_token ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE access_token ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;
ALTER TABLE access_token ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE access_token ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;
CREATE INDEX access_token_account ON access_token(account, kind, created);

-- Passwords, by scrypt; what hashing one took stands beside it.
CREATE TABLE credential (
  account INTEGER PRIMARY KEY,
  log_n INTEGER NOT NULL,
  r INTEGER NOT NULL,
  p INTEGER NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  set_at INTEGER NOT NULL
) STRICT;

CREATE TABLE second_factor (
  account INTEGER PRIMARY KEY,
  secret BLOB NOT NULL,
  confirmed INTEGER NOT NULL,
  last_step INTEGER NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
  account INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
  secret_hash BLOB PRIMARY KEY NOT NULL,
  label TEXT NOT NULL,
  roles INTEGER NOT NULL,
  uses_left INTEGER NOT NULL,
  made_by INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One an account.
CREATE TABLE password_link (
  account INTEGER PRIMARY KEY,
  secret_hash BLOB NOT NULL UNIQUE,
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE identity (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  account INTEGER NOT NULL,
  label TEXT NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_account ON identity(account);
