-- Times are milliseconds since 1970. Ids of 16 random bytes and SHA-256 hashes are `bytea`: half of their text.
-- Users, sessions and grants have small numbers of our own, which the rows that belong to them repeat instead of a name.
-- There are no foreign keys: each birth under one would lock the row of its user and client, which mints only read (M2). Births join them instead.

-- protocol.md, Roles and state: one row. It is written with each entry and read with everything, so new versions of it stay on its page.
CREATE TABLE curfew.ledger_state (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  head bigint NOT NULL,
  horizon bigint NOT NULL,
  max_ttl bigint NOT NULL DEFAULT 0,
  lease_ms bigint NOT NULL,
  wait_ms bigint NOT NULL,
  settled boolean NOT NULL,
  incarnation text NOT NULL,
  -- D4.
  lease_back bigint,
  pause_until bigint,
  -- V9: of the sorts of entries that are in use.
  version integer NOT NULL DEFAULT 1
) WITH (fillfactor = 50);

-- The issuer's own marks. Whoever cuts everything locks this row first (P4) and the ledger's head last (L2): one row could not be both.
CREATE TABLE curfew.issuer (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  cut bigint NOT NULL DEFAULT 0,
  stale bigint NOT NULL DEFAULT 0
);
INSERT INTO curfew.issuer DEFAULT VALUES;

-- `what` says what `id` names: sid, gid, jti, kid, usr, client_id (the last and kid in UTF-8), or everything (then it names nothing).
CREATE TABLE curfew.ledger (
  seq bigint PRIMARY KEY,
  sort text NOT NULL CHECK (sort IN ('ended', 'cut', 'stale')),
  what text NOT NULL,
  id bytea,
  until bigint NOT NULL
);
CREATE INDEX ledger_until ON curfew.ledger (until);
CREATE UNIQUE INDEX ledger_token ON curfew.ledger (id) WHERE what = 'jti';

-- F1: a number never used before.
CREATE SEQUENCE curfew.beats AS bigint;
CREATE TABLE curfew.verifiers (
  service text NOT NULL,
  id text NOT NULL,
  acked bigint NOT NULL,
  beat bigint NOT NULL,
  seen bigint NOT NULL,
  PRIMARY KEY (service, id)
) WITH (fillfactor = 50);

-- For display, a day.
CREATE TABLE curfew.verifiers_past (
  service text NOT NULL,
  id text NOT NULL,
  acked bigint NOT NULL,
  beat bigint NOT NULL,
  seen bigint NOT NULL,
  why text NOT NULL CHECK (why IN ('released', 'silent')),
  at bigint NOT NULL
);
CREATE INDEX verifiers_past_at ON curfew.verifiers_past (at);

CREATE TABLE curfew.services (
  id text PRIMARY KEY,
  secret bytea,
  audience text NOT NULL,
  checks text NOT NULL CHECK (checks IN ('follow', 'introspect', 'none')),
  public boolean NOT NULL,
  max_rows integer NOT NULL,
  refused boolean NOT NULL,
  registered_by text NOT NULL CHECK (registered_by IN ('config', 'cli'))
);
CREATE INDEX services_audience ON curfew.services (audience);

CREATE TABLE curfew.clients (
  id text PRIMARY KEY,
  registration json NOT NULL,
  cut bigint NOT NULL DEFAULT 0,
  stale bigint NOT NULL DEFAULT 0
);

-- Never deleted: a removed user keeps `usr` and `cut`.
CREATE TABLE curfew.users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sub text NOT NULL UNIQUE,
  usr bytea NOT NULL UNIQUE,
  identifier text,
  password text,
  name text,
  roles json,
  scopes json,
  claims json,
  disabled boolean NOT NULL DEFAULT false,
  deleted boolean NOT NULL DEFAULT false,
  created_at bigint NOT NULL,
  cut bigint NOT NULL DEFAULT 0,
  stale bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX users_identifier ON curfew.users (identifier) WHERE identifier IS NOT NULL;

-- `idle_hour` is what is indexed of `idle_expires_at`: a use moves it rarely, so that most uses write no index.
CREATE TABLE curfew.sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sid bytea NOT NULL UNIQUE,
  user_id bigint NOT NULL,
  client_id text NOT NULL,
  pos bigint NOT NULL,
  cookie bytea,
  device text,
  address text,
  auth_time bigint NOT NULL,
  amr text NOT NULL,
  created_at bigint NOT NULL,
  last_used_at bigint NOT NULL,
  idle_expires_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  ended_seq bigint,
  ended_at bigint,
  ended_why text,
  idle_hour bigint GENERATED ALWAYS AS (idle_expires_at / 3600000) STORED
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX sessions_cookie ON curfew.sessions (cookie) WHERE cookie IS NOT NULL;
CREATE INDEX sessions_live ON curfew.sessions (user_id) WHERE ended_seq IS NULL;
CREATE INDEX sessions_idle ON curfew.sessions (idle_hour);
CREATE INDEX sessions_ended ON curfew.sessions (ended_at) WHERE ended_at IS NOT NULL;

-- An offline grant outlives the row of its session.
CREATE TABLE curfew.grants (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gid bytea NOT NULL UNIQUE,
  sid bytea NOT NULL,
  offline boolean NOT NULL,
  user_id bigint NOT NULL,
  client_id text NOT NULL,
  scope text NOT NULL,
  audience text NOT NULL,
  pos bigint NOT NULL,
  generation bigint NOT NULL,
  rotated_at bigint NOT NULL,
  auth_time bigint NOT NULL,
  amr text NOT NULL,
  device text,
  created_at bigint NOT NULL,
  last_used_at bigint NOT NULL,
  idle_expires_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  ended_seq bigint,
  ended_at bigint,
  ended_why text,
  idle_hour bigint GENERATED ALWAYS AS (idle_expires_at / 3600000) STORED
) WITH (fillfactor = 80);
CREATE INDEX grants_session ON curfew.grants (sid);
CREATE INDEX grants_offline ON curfew.grants (user_id) WHERE offline AND ended_seq IS NULL;
CREATE INDEX grants_offline_idle ON curfew.grants (idle_hour) WHERE offline;
CREATE INDEX grants_offline_ended ON curfew.grants (ended_at) WHERE offline AND ended_at IS NOT NULL;

CREATE TABLE curfew.codes (
  hash bytea PRIMARY KEY,
  client_id text NOT NULL,
  redirect_uri text NOT NULL,
  challenge text NOT NULL,
  sid bytea NOT NULL,
  user_id bigint NOT NULL,
  scope text NOT NULL,
  audience text NOT NULL,
  pos bigint NOT NULL,
  nonce text,
  auth_time bigint NOT NULL,
  amr text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  gid bytea
);
CREATE INDEX codes_expiry ON curfew.codes (expires_at);

CREATE TABLE curfew.consents (
  user_id bigint NOT NULL,
  client_id text NOT NULL,
  audience text NOT NULL,
  redirect_host text NOT NULL,
  scope text NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (user_id, client_id, audience, redirect_host)
);

CREATE TABLE curfew.receipts (
  id text PRIMARY KEY,
  seq bigint NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('confirmed', 'pending')),
  body json NOT NULL,
  until bigint NOT NULL
);
CREATE INDEX receipts_seq ON curfew.receipts (seq);
CREATE INDEX receipts_until ON curfew.receipts (until);

CREATE TABLE curfew.keys (
  id text PRIMARY KEY,
  use text NOT NULL CHECK (use IN ('sign', 'refresh_mac', 'seal')),
  algorithm text NOT NULL,
  public_jwk json,
  sealed bytea NOT NULL,
  created_at bigint NOT NULL,
  ended_at bigint
);
