-- D4: a planned outage: until when, and the lease of before.
ALTER TABLE ledger_state ADD COLUMN lease_back INTEGER;
ALTER TABLE ledger_state ADD COLUMN pause_until INTEGER;
