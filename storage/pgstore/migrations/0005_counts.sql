-- How many mails came and went in a span of time is counted in these indexes.
CREATE INDEX tm_ledger_received ON tm_ledger (received_at) WHERE outcome NOT IN ('pending', 'left');
CREATE INDEX tm_outbox_sent ON tm_outbox (sent_at) WHERE state IN ('sent', 'returned');
