-- All tables carry the prefix tm_, because a host may keep its own beside them.
-- Times are microseconds since 1970 in UTC, NULL for the zero time. Columns
-- called seq are the order in which records were first put.

-- What this database is. The id ties the blob directory to it.
CREATE TABLE tm_meta (
	key   TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO tm_meta VALUES ('id', lower(hex(randomblob(16))));

CREATE TABLE tm_tickets (
	seq              INTEGER PRIMARY KEY,
	id               TEXT NOT NULL UNIQUE,
	parent           TEXT NOT NULL,
	subject          TEXT NOT NULL,
	status           TEXT NOT NULL,
	task             TEXT NOT NULL,
	project          TEXT NOT NULL,
	creator          TEXT NOT NULL,
	assignee         TEXT NOT NULL,
	last_assignee    TEXT NOT NULL,
	customer_contact TEXT NOT NULL,
	sender_name      TEXT NOT NULL,
	sender_address   TEXT NOT NULL,
	categories       TEXT, -- JSON array; NULL: none
	mailbox          TEXT NOT NULL,
	created_at       INTEGER,
	changed_at       INTEGER,
	version          INTEGER NOT NULL
);
CREATE INDEX tm_tickets_status ON tm_tickets (status);
CREATE INDEX tm_tickets_task ON tm_tickets (task);
CREATE INDEX tm_tickets_project ON tm_tickets (project) WHERE project <> '';
CREATE INDEX tm_tickets_assignee ON tm_tickets (assignee) WHERE assignee <> '';
CREATE INDEX tm_tickets_parent ON tm_tickets (parent) WHERE parent <> '';

-- Only to find tickets by category; what a ticket says stands in the ticket.
CREATE TABLE tm_ticket_categories (
	category TEXT NOT NULL,
	ticket   INTEGER NOT NULL REFERENCES tm_tickets (seq),
	PRIMARY KEY (category, ticket)
) WITHOUT ROWID;
CREATE INDEX tm_ticket_categories_ticket ON tm_ticket_categories (ticket);

CREATE TABLE tm_comments (
	seq            INTEGER PRIMARY KEY,
	id             TEXT NOT NULL UNIQUE,
	ticket         INTEGER NOT NULL REFERENCES tm_tickets (seq),
	kind           TEXT NOT NULL,
	internal       INTEGER NOT NULL,
	author         TEXT NOT NULL,
	sender_name    TEXT NOT NULL,
	sender_address TEXT NOT NULL,
	stranger       INTEGER NOT NULL,
	automatic      TEXT NOT NULL,
	text           TEXT NOT NULL,
	message_id     TEXT NOT NULL,
	refs           TEXT, -- JSON array; NULL: none
	raw            BLOB, -- SHA-256; NULL: none
	raw_size       INTEGER NOT NULL,
	attachments    TEXT, -- JSON array; NULL: none
	created_at     INTEGER,
	edited_at      INTEGER,
	version        INTEGER NOT NULL
);
CREATE INDEX tm_comments_ticket ON tm_comments (ticket);

CREATE TABLE tm_changes (
	seq    INTEGER PRIMARY KEY,
	ticket TEXT NOT NULL,
	at     INTEGER,
	actor  TEXT NOT NULL,
	via    TEXT NOT NULL,
	field  TEXT NOT NULL,
	old    TEXT NOT NULL,
	new    TEXT NOT NULL
);
CREATE INDEX tm_changes_ticket ON tm_changes (ticket);

CREATE TABLE tm_ledger (
	seq         INTEGER PRIMARY KEY,
	mailbox     TEXT NOT NULL,
	folder      TEXT NOT NULL,
	validity    INTEGER NOT NULL,
	uid         TEXT NOT NULL,
	outcome     TEXT NOT NULL,
	ticket      TEXT NOT NULL,
	reasons     TEXT, -- JSON array; NULL: none
	message_id  TEXT NOT NULL,
	raw         BLOB, -- SHA-256; NULL: none
	raw_size    INTEGER NOT NULL,
	content     BLOB, -- SHA-256; NULL: none
	size        INTEGER NOT NULL,
	attempts    INTEGER NOT NULL,
	received_at INTEGER,
	emptied_at  INTEGER,
	version     INTEGER NOT NULL,
	UNIQUE (mailbox, folder, validity, uid)
);
CREATE INDEX tm_ledger_message_id ON tm_ledger (message_id) WHERE message_id <> '';
-- The outcomes that ask for attention are few; the others are not listed often.
CREATE INDEX tm_ledger_open ON tm_ledger (outcome) WHERE outcome IN ('pending', 'quarantine', 'left');

CREATE TABLE tm_outbox (
	seq           INTEGER PRIMARY KEY,
	id            TEXT NOT NULL UNIQUE,
	ticket        TEXT NOT NULL,
	subject       TEXT NOT NULL,
	text          TEXT NOT NULL,
	html          TEXT NOT NULL,
	mail          TEXT NOT NULL, -- JSON object: what is not a column
	state         TEXT NOT NULL,
	attempts      INTEGER NOT NULL,
	due           INTEGER,
	claimed_by    TEXT NOT NULL,
	claimed_until INTEGER,
	sent_at       INTEGER,
	error         TEXT NOT NULL,
	version       INTEGER NOT NULL
);
CREATE INDEX tm_outbox_due ON tm_outbox (state, due) WHERE state IN ('waiting', 'sending', 'held', 'failed');
CREATE INDEX tm_outbox_ticket ON tm_outbox (ticket) WHERE ticket <> '';

CREATE TABLE tm_settings (
	kind  TEXT NOT NULL,
	key   TEXT NOT NULL,
	value BLOB NOT NULL,
	PRIMARY KEY (kind, key)
);

CREATE TABLE tm_leases (
	name    TEXT NOT NULL PRIMARY KEY,
	holder  TEXT NOT NULL, -- '': given back
	fence   INTEGER NOT NULL,
	expires INTEGER NOT NULL
) WITHOUT ROWID;

-- Where lasting content stands: the record at offset of a file in the blob
-- directory, whose name is made from its number.
CREATE TABLE tm_blobs (
	sha256 BLOB NOT NULL PRIMARY KEY,
	size   INTEGER NOT NULL,
	file   INTEGER NOT NULL,
	offset INTEGER NOT NULL
) WITHOUT ROWID;

-- Files with lasting content, and where the last lasting record of each ends.
CREATE TABLE tm_blob_files (
	id   INTEGER PRIMARY KEY,
	used INTEGER NOT NULL
);
