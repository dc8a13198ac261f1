-- Times are milliseconds since 1970. Ids of 16 random bytes and SHA-256 hashes are blobs: half of their text.
-- Users, sessions and grants have small numbers of our own, which the rows that belong to them repeat instead of a name.

-- protocol.md, Roles and state: one row.
CREATE TABLE ledger_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  head INTEGER NOT NULL,
  horizon INTEGER NOT NULL,
  cut INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  max_ttl INTEGER NOT NULL DEFAULT 0,
  lease_ms INTEGER NOT NULL,
  wait_ms INTEGER NOT NULL,
  settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
  clean INTEGER NOT NULL CHECK (clean IN (0, 1)),
  incarnation TEXT NOT NULL,
  -- The clock as it was last noted: no start begins before it.
  clock INTEGER NOT NULL
) STRICT;

-- `what` says what `id` names: sid, gid, jti, kid, usr, client_id, or everything (then it names nothing).
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY,
  sort TEXT NOT NULL CHECK (sort IN ('ended', 'cut', 'stale')),
  what TEXT NOT NULL,
  id ANY,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_until ON ledger (until);
CREATE UNIQUE INDEX ledger_token ON ledger (id) WHERE what = 'jti';

-- R1: written at a clean stop, taken at the next start. While a process serves, its memory has them.
CREATE TABLE verifiers (
  service TEXT NOT NULL,
  id TEXT NOT NULL,
  acked INTEGER NOT NULL,
  beat INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  PRIMARY KEY (service, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE services (
  id TEXT PRIMARY KEY,
  secret BLOB,
  audience TEXT NOT NULL,
  checks TEXT NOT NULL CHECK (checks IN ('follow', 'introspect', 'none')),
  public INTEGER NOT NULL,
  max_rows INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  registered_by TEXT NOT NULL CHECK (registered_by IN ('config', 'cli'))
) STRICT, WITHOUT ROWID;
CREATE INDEX services_audience ON services (audience);

CREATE TABLE clients (
  id TEXT PRIMARY KEY,
  registration TEXT NOT NULL CHECK (json_valid(registration)),
  cut INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Never deleted: a removed user keeps `usr` and `cut`.
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  sub TEXT NOT NULL UNIQUE,
  usr BLOB NOT NULL UNIQUE,
  identifier TEXT UNIQUE,
  password TEXT,
  name TEXT,
  roles TEXT,
  scopes TEXT,
  claims TEXT,
  disabled INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  cut INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  sid BLOB NOT NULL UNIQUE,
  user INTEGER NOT NULL REFERENCES users (id),
  client_id TEXT NOT NULL REFERENCES clients (id),
  pos INTEGER NOT NULL,
  cookie BLOB,
  device TEXT,
  address TEXT,
  auth_time INTEGER NOT NULL,
  amr TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  idle_expires_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_seq INTEGER,
  ended_at INTEGER,
  ended_why TEXT
) STRICT;
CREATE UNIQUE INDEX sessions_cookie ON sessions (cookie) WHERE cookie IS NOT NULL;
CREATE INDEX sessions_live ON sessions (user) WHERE ended_seq IS NULL;
CREATE INDEX sessions_idle ON sessions (idle_expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- `sid` has no foreign key: an offline grant outlives the row of its session.
CREATE TABLE grants (
  id INTEGER PRIMARY KEY,
  gid BLOB NOT NULL UNIQUE,
  sid BLOB NOT NULL,
  offline INTEGER NOT NULL,
  user INTEGER NOT NULL REFERENCES users (id),
  client_id TEXT NOT NULL REFERENCES clients (id),
  scope TEXT NOT NULL,
  audience TEXT NOT NULL,
  pos INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  auth_time INTEGER NOT NULL,
  amr TEXT NOT NULL,
  device TEXT,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  idle_expires_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_seq INTEGER,
  ended_at INTEGER,
  ended_why TEXT
) STRICT;
CREATE INDEX grants_session ON grants (sid);
CREATE INDEX grants_offline ON grants (user) WHERE offline = 1 AND ended_seq IS NULL;
CREATE INDEX grants_offline_idle ON grants (idle_expires_at) WHERE offline = 1;
CREATE INDEX grants_ended ON grants (ended_at) WHERE offline = 1 AND ended_at IS NOT NULL;

CREATE TABLE codes (
  hash BLOB PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id),
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,
  sid BLOB NOT NULL,
  user INTEGER NOT NULL REFERENCES users (id),
  scope TEXT NOT NULL,
  audience TEXT NOT NULL,
  pos INTEGER NOT NULL,
  nonce TEXT,
  auth_time INTEGER NOT NULL,
  amr TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  gid BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_expiry ON codes (expires_at);

CREATE TABLE consents (
  user INTEGER NOT NULL REFERENCES users (id),
  client_id TEXT NOT NULL REFERENCES clients (id),
  audience TEXT NOT NULL,
  redirect_host TEXT NOT NULL,
  scope TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user, client_id, audience, redirect_host)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipts (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('confirmed', 'pending')),
  body TEXT NOT NULL CHECK (json_valid(body)),
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_seq ON receipts (seq);
CREATE INDEX receipts_until ON receipts (until);

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  use TEXT NOT NULL CHECK (use IN ('sign', 'refresh_mac', 'seal')),
  algorithm TEXT NOT NULL,
  public_jwk TEXT,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;
