-- Limits (GCRA): `key` is a keyed hash of what is counted, `tat` the time from which on it is as if nobody had tried. A row whose time is past says nothing.
CREATE TABLE limits (
  key BLOB PRIMARY KEY,
  tat INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_tat ON limits (tat);

-- Where it was given: what binding holds a refresh against.
ALTER TABLE grants ADD COLUMN address TEXT;
