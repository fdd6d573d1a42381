-- How many mails came and went in a span of time is counted in these indexes.
CREATE INDEX tm_ledger_received ON tm_ledger (received_at, outcome) WHERE received_at IS NOT NULL;
CREATE INDEX tm_outbox_sent ON tm_outbox (sent_at, state) WHERE sent_at IS NOT NULL;
