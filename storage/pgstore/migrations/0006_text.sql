-- What the lists of the ledger and the outbox are searched by, in small letters.
-- No index finds a part of a text, so all rows are looked at, each once.
ALTER TABLE tm_ledger ADD COLUMN words text COLLATE "C" NOT NULL
	GENERATED ALWAYS AS (lower((message_id || E'\n' || ticket || E'\n' || folder || E'\n' || uid) COLLATE "C")) STORED;
ALTER TABLE tm_outbox ADD COLUMN words text COLLATE "C" NOT NULL
	GENERATED ALWAYS AS (lower((subject || E'\n' || to_address || E'\n' || ticket) COLLATE "C")) STORED;
