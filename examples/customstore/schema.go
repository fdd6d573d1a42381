package main

// schema is the migration that lets the ERP's tables hold tickets. What they
// have no column for stands in tm_doc, the JSON of the whole record: where both
// know a field the column wins, since the ERP changes columns. Of
// our own tables below, the columns are only what is searched by.
const schema = `
ALTER TABLE erp_case ADD COLUMN tm_doc TEXT NOT NULL DEFAULT '{}';
ALTER TABLE erp_case ADD COLUMN tm_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE erp_case_note ADD COLUMN tm_id TEXT;
ALTER TABLE erp_case_note ADD COLUMN tm_doc TEXT NOT NULL DEFAULT '{"Kind":"person"}';
ALTER TABLE erp_case_note ADD COLUMN tm_version INTEGER NOT NULL DEFAULT 1;
UPDATE erp_case_note SET tm_id = 'erp-' || id;
CREATE UNIQUE INDEX tm_note_id ON erp_case_note (tm_id);

-- What the ERP changes by itself is a new version too, and its new notes get an id.
CREATE TRIGGER tm_case_changed AFTER UPDATE ON erp_case WHEN NEW.tm_version = OLD.tm_version
	BEGIN UPDATE erp_case SET tm_version = tm_version + 1 WHERE id = NEW.id; END;
CREATE TRIGGER tm_note_changed AFTER UPDATE ON erp_case_note WHEN NEW.tm_version = OLD.tm_version AND OLD.tm_id IS NOT NULL
	BEGIN UPDATE erp_case_note SET tm_version = tm_version + 1 WHERE id = NEW.id; END;
CREATE TRIGGER tm_note_added AFTER INSERT ON erp_case_note WHEN NEW.tm_id IS NULL
	BEGIN UPDATE erp_case_note SET tm_id = lower(hex(randomblob(16))) WHERE id = NEW.id; END;

CREATE TABLE tm_change (id INTEGER PRIMARY KEY AUTOINCREMENT, ticket TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX tm_change_ticket ON tm_change (ticket);
CREATE TABLE tm_ledger (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	mailbox TEXT NOT NULL, folder TEXT NOT NULL, validity INTEGER NOT NULL, uid TEXT NOT NULL,
	outcome TEXT NOT NULL, message_id TEXT NOT NULL, doc TEXT NOT NULL, version INTEGER NOT NULL,
	UNIQUE (mailbox, folder, validity, uid)
);
CREATE INDEX tm_ledger_message_id ON tm_ledger (message_id) WHERE message_id <> '';
CREATE TABLE tm_outbox (
	id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT NOT NULL UNIQUE, ticket TEXT NOT NULL, state TEXT NOT NULL,
	due TEXT NOT NULL, claimed_until TEXT NOT NULL, doc TEXT NOT NULL, version INTEGER NOT NULL
);
CREATE INDEX tm_outbox_due ON tm_outbox (state, due);
CREATE TABLE tm_setting (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE tm_lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE tm_blob (sha256 BLOB PRIMARY KEY);
`

// dsnOptions go behind the file name when the ERP opens its database. They
// hold for every connection of the pool: the write lock at BEGIN (but not in a
// read-only transaction), a commit that is on disk, readers beside the writer.
const dsnOptions = "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=foreign_keys(on)"
