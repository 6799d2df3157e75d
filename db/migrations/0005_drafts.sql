-- SPDX-License-Identifier: GPL-3.0-or-later
-- Bundles in the making.
CREATE TABLE draft (
  id TEXT PRIMARY KEY,
  owner INTEGER NOT NULL,
  name TEXT NOT NULL,
  manifest TEXT NOT NULL,
  trial INTEGER NOT NULL,
  batch INTEGER NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
CREATE INDEX draft_owner ON draft (owner, changed);
CREATE INDEX draft_changed ON draft (changed);

CREATE TABLE draft_file (
  draft TEXT NOT NULL,
  path TEXT NOT NULL,
  digest BLOB NOT NULL,
  size INTEGER NOT NULL,
  executable INTEGER NOT NULL,
  PRIMARY KEY (draft, path)
) STRICT, WITHOUT ROWID;

-- Files that come in pieces, by the tus protocol. The bytes are a file of the blob store.
CREATE TABLE upload (
  id TEXT PRIMARY KEY,
  owner INTEGER NOT NULL,
  size INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  draft TEXT NOT NULL,
  path TEXT NOT NULL,
  complete INTEGER NOT NULL,
  digest BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE INDEX upload_owner ON upload (owner, created);
CREATE INDEX upload_created ON upload (created);
