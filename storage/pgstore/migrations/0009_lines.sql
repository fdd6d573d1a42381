-- What lists are searched by stands in the index of the key, too, which is a tenth
-- as long as the rows are: that is looked through where few rows hold a text. A row
-- of an index has no room for more than some 2,700 bytes. NULL: longer than that.
ALTER TABLE tm_ledger
	DROP COLUMN words,
	ADD COLUMN words text COLLATE "C" GENERATED ALWAYS AS (
		CASE WHEN octet_length(message_id) + octet_length(ticket) + octet_length(folder) + octet_length(uid) <= 2000
		THEN lower((message_id || E'\n' || ticket || E'\n' || folder || E'\n' || uid) COLLATE "C") END) STORED,
	DROP CONSTRAINT tm_ledger_pkey,
	ADD CONSTRAINT tm_ledger_pkey PRIMARY KEY (seq) INCLUDE (words);
ALTER TABLE tm_outbox
	DROP COLUMN words,
	ADD COLUMN words text COLLATE "C" GENERATED ALWAYS AS (
		CASE WHEN octet_length(subject) + octet_length(to_address) + octet_length(ticket) <= 2000
		THEN lower((subject || E'\n' || to_address || E'\n' || ticket) COLLATE "C") END) STORED,
	DROP CONSTRAINT tm_outbox_pkey,
	ADD CONSTRAINT tm_outbox_pkey PRIMARY KEY (seq) INCLUDE (words);
