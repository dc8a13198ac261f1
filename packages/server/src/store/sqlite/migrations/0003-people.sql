-- Mail addresses; a verified one is one user's only. An address that nobody verified belongs to nobody: two may have claimed it.
ALTER TABLE users ADD COLUMN mail TEXT;
ALTER TABLE users ADD COLUMN mail_verified INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX users_mail ON users (mail) WHERE mail_verified = 1 AND deleted = 0;

-- What was mailed: one link a user and purpose, the newest. It is gone once it was used.
CREATE TABLE links (
  user INTEGER NOT NULL REFERENCES users (id),
  purpose TEXT NOT NULL CHECK (purpose IN ('reset', 'verify', 'sign_in')),
  hash BLOB NOT NULL UNIQUE,
  mail TEXT NOT NULL,
  pos INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (user, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_expiry ON links (expires_at);
