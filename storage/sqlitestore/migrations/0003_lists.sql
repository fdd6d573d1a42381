-- Lists of the ledger and the outbox by mailbox, any outcome or any state, newest
-- first or not: rare ones are found at once, and those that ask for attention as
-- before.
CREATE INDEX tm_ledger_mailbox ON tm_ledger (mailbox);
CREATE INDEX tm_ledger_outcome ON tm_ledger (outcome);
DROP INDEX tm_ledger_open;
CREATE INDEX tm_outbox_state ON tm_outbox (state);

-- The recipient, to search by.
ALTER TABLE tm_outbox ADD COLUMN to_address TEXT NOT NULL DEFAULT '';
UPDATE tm_outbox SET to_address = coalesce(json_extract(mail, '$.to.Address'), '');
