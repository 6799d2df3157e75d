-- SPDX-License-Identifier: GPL-3.0-or-later
-- What people keep beside a batch: who else may look at it, who is told of its end, how long its results stay.
CREATE TABLE share (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  secret_hash BLOB NOT NULL UNIQUE,
  batch INTEGER NOT NULL,
  label TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX share_batch ON share(batch, id);

CREATE TABLE contact (
  account INTEGER PRIMARY KEY,
  mail TEXT NOT NULL,
  webhook TEXT NOT NULL,
  webhook_secret TEXT NOT NULL
) STRICT;

-- Messages on their way out. An id is never used again: receivers know a repeated message by it.
CREATE TABLE message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  account INTEGER NOT NULL,
  batch INTEGER NOT NULL,
  event TEXT NOT NULL,
  destination TEXT NOT NULL,
  body TEXT NOT NULL,
  created INTEGER NOT NULL,
  due INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  failure TEXT NOT NULL
) STRICT;
CREATE INDEX message_due ON message(due);
CREATE INDEX message_batch ON message(batch);

CREATE TABLE batch_care (
  batch INTEGER PRIMARY KEY,
  told INTEGER NOT NULL,
  keep_until INTEGER NOT NULL,
  warned INTEGER NOT NULL,
  removed INTEGER NOT NULL
) STRICT;

CREATE TABLE batch_points (
  batch INTEGER PRIMARY KEY,
  points TEXT NOT NULL
) STRICT;
CREATE INDEX batch_ended ON batch_progress(ended) WHERE ended > 0;

-- Whether anything names a blob whose results go.
CREATE INDEX data_digest ON data(digest);
CREATE INDEX batch_blob_digest ON batch_blob(digest);
CREATE INDEX draft_file_digest ON draft_file(digest);
