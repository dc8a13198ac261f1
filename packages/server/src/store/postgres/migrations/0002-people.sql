-- Mail addresses; a verified one is one user's only. An address that nobody verified belongs to nobody: two may have claimed it.
ALTER TABLE curfew.users ADD COLUMN mail text, ADD COLUMN mail_verified boolean NOT NULL DEFAULT false;
-- A node of the version before leaves the address of whom it removes: it stands in nobody's way.
CREATE UNIQUE INDEX users_mail ON curfew.users (mail) WHERE mail_verified AND NOT deleted;

-- What was mailed: one link a user and purpose, the newest. It is gone once it was used. Written under the lock of its user only.
CREATE TABLE curfew.links (
  user_id bigint NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('reset', 'verify', 'sign_in')),
  hash bytea NOT NULL UNIQUE,
  mail text NOT NULL,
  pos bigint NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (user_id, purpose)
);
CREATE INDEX links_expiry ON curfew.links (expires_at);
