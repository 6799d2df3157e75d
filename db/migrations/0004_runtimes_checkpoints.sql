-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a batch may ask of a host beyond its platform, and what a host has.
ALTER TABLE batch ADD COLUMN runtime INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN gpus INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN gpu_api INTEGER NOT NULL DEFAULT 0;
-- Bit n: the host runs what is of runtime n. Bit 0, native programs, is what every agent before this could.
ALTER TABLE host ADD COLUMN runtimes INTEGER NOT NULL DEFAULT 1;
ALTER TABLE host ADD COLUMN gpus BLOB NOT NULL DEFAULT x'';

-- Where the attempts of active tasks had got to, the newest of each attempt. Goes when the task is decided.
CREATE TABLE checkpoint (
  batch INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  digest BLOB NOT NULL,
  size INTEGER NOT NULL,
  passed_on INTEGER NOT NULL,
  PRIMARY KEY (batch, idx, attempt)
) STRICT, WITHOUT ROWID;
