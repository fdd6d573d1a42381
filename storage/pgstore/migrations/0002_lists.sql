-- Lists of the ledger and the outbox by any outcome or state, newest first or
-- not: rare ones are found at once, and those that ask for attention as before.
CREATE INDEX tm_ledger_outcome ON tm_ledger (outcome, seq);
DROP INDEX tm_ledger_open;
DROP INDEX tm_outbox_state;
CREATE INDEX tm_outbox_state ON tm_outbox (state, seq);

-- The recipient, to search by. The document has it too, and cannot be asked for
-- it by PostgreSQL where it holds NUL.
ALTER TABLE tm_outbox ADD COLUMN to_address text NOT NULL DEFAULT '';
UPDATE tm_outbox SET to_address = coalesce(mail #>> '{to,Address}', '') WHERE strpos(mail::text, '\u0000') = 0;
