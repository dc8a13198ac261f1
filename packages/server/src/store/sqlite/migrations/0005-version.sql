-- V9: of the sorts of entries that are in use.
ALTER TABLE ledger_state ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- Where everything in here was copied to: who goes on here as well would be a second issuer of the same sessions.
ALTER TABLE ledger_state ADD COLUMN moved_to TEXT;
