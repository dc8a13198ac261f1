-- Limits (GCRA): `key` is a keyed hash of what is counted, `tat` the time from which on it is as if nobody had tried. A row whose time is past says nothing.
-- `hour` is what is indexed of it, so that most tries write no index.
CREATE TABLE curfew.limits (
  key bytea PRIMARY KEY,
  tat bigint NOT NULL,
  hour bigint GENERATED ALWAYS AS (tat / 3600000) STORED
) WITH (fillfactor = 50);
CREATE INDEX limits_hour ON curfew.limits (hour);

-- Where it was given: what binding holds a refresh against.
ALTER TABLE curfew.grants ADD COLUMN address text;
