-- All tables carry the prefix tm_, because a host may keep its own beside them.
-- Text is UTF-8; what PostgreSQL cannot hold stands in it as characters of
-- private use (see text.go). Columns called seq are the order in which records
-- were first put. Keys and what is searched by are compared bytewise.

-- What is locked by who writes. It stays empty.
CREATE TABLE tm_writer (nothing boolean);

-- The last number given out. Only whoever holds the lock of tm_writer moves them.
CREATE SEQUENCE tm_tickets_last MINVALUE 0 START 0;
CREATE SEQUENCE tm_comments_last MINVALUE 0 START 0;
CREATE SEQUENCE tm_changes_last MINVALUE 0 START 0;
CREATE SEQUENCE tm_ledger_last MINVALUE 0 START 0;
CREATE SEQUENCE tm_outbox_last MINVALUE 0 START 0;
CREATE SEQUENCE tm_settings_last MINVALUE 0 START 0;

CREATE TABLE tm_tickets (
	seq              bigint PRIMARY KEY,
	id               text COLLATE "C" NOT NULL UNIQUE,
	parent           text COLLATE "C" NOT NULL,
	follows          text COLLATE "C" NOT NULL,
	merged_into      text COLLATE "C" NOT NULL,
	subject          text NOT NULL,
	status           text COLLATE "C" NOT NULL,
	task             text COLLATE "C" NOT NULL,
	project          text COLLATE "C" NOT NULL,
	creator          text COLLATE "C" NOT NULL,
	assignee         text COLLATE "C" NOT NULL,
	last_assignee    text COLLATE "C" NOT NULL,
	customer_contact text COLLATE "C" NOT NULL,
	sender_name      text NOT NULL,
	sender_address   text NOT NULL,
	categories       text[] COLLATE "C",
	mailbox          text COLLATE "C" NOT NULL,
	created_at       timestamptz,
	changed_at       timestamptz,
	version          bigint NOT NULL
);
CREATE INDEX tm_tickets_status ON tm_tickets (status, seq);
CREATE INDEX tm_tickets_task ON tm_tickets (task, seq);
CREATE INDEX tm_tickets_project ON tm_tickets (project, seq) WHERE project <> '';
CREATE INDEX tm_tickets_assignee ON tm_tickets (assignee, seq) WHERE assignee <> '';
CREATE INDEX tm_tickets_parent ON tm_tickets (parent, seq) WHERE parent <> '';

-- Only to find tickets by category; what a ticket says stands in the ticket.
CREATE TABLE tm_ticket_categories (
	category text COLLATE "C" NOT NULL,
	ticket   bigint NOT NULL REFERENCES tm_tickets (seq) ON DELETE CASCADE,
	PRIMARY KEY (category, ticket)
);
CREATE INDEX tm_ticket_categories_ticket ON tm_ticket_categories (ticket);

CREATE TABLE tm_comments (
	seq            bigint PRIMARY KEY,
	id             text COLLATE "C" NOT NULL UNIQUE,
	ticket         bigint NOT NULL REFERENCES tm_tickets (seq),
	kind           text COLLATE "C" NOT NULL,
	internal       boolean NOT NULL,
	author         text COLLATE "C" NOT NULL,
	sender_name    text NOT NULL,
	sender_address text NOT NULL,
	stranger       boolean NOT NULL,
	automatic      text NOT NULL,
	text           text NOT NULL,
	message_id     text NOT NULL,
	refs           text[],
	raw            bytea, -- SHA-256; NULL: none
	raw_size       bigint NOT NULL,
	attachments    json, -- array; NULL: none
	created_at     timestamptz,
	edited_at      timestamptz,
	version        bigint NOT NULL
);
CREATE INDEX tm_comments_ticket ON tm_comments (ticket, seq);

CREATE TABLE tm_changes (
	seq    bigint PRIMARY KEY,
	ticket text COLLATE "C" NOT NULL,
	at     timestamptz,
	actor  text NOT NULL,
	via    text NOT NULL,
	field  text NOT NULL,
	old    text NOT NULL,
	new    text NOT NULL
);
CREATE INDEX tm_changes_ticket ON tm_changes (ticket, seq);

CREATE TABLE tm_ledger (
	seq          bigint PRIMARY KEY,
	mailbox      text COLLATE "C" NOT NULL,
	folder       text COLLATE "C" NOT NULL,
	validity     bigint NOT NULL,
	uid          text COLLATE "C" NOT NULL,
	outcome      text COLLATE "C" NOT NULL,
	ticket       text COLLATE "C" NOT NULL,
	reasons      json, -- array; NULL: none
	message_id   text NOT NULL,
	message_hash bytea, -- SHA-256 of message_id, which may be too long for an index; NULL: none
	raw          bytea, -- SHA-256; NULL: none
	raw_size     bigint NOT NULL,
	content      bytea, -- SHA-256; NULL: none
	size         bigint NOT NULL,
	attempts     bigint NOT NULL,
	received_at  timestamptz,
	emptied_at   timestamptz,
	version      bigint NOT NULL,
	UNIQUE (mailbox, folder, validity, uid)
);
CREATE INDEX tm_ledger_message ON tm_ledger (message_hash, seq) WHERE message_hash IS NOT NULL;
CREATE INDEX tm_ledger_mailbox ON tm_ledger (mailbox, seq);
-- The outcomes that ask for attention are few; the others are not listed often.
CREATE INDEX tm_ledger_open ON tm_ledger (outcome, seq) WHERE outcome IN ('pending', 'quarantine', 'left');

CREATE TABLE tm_outbox (
	seq           bigint PRIMARY KEY,
	id            text COLLATE "C" NOT NULL UNIQUE,
	ticket        text COLLATE "C" NOT NULL,
	subject       text NOT NULL,
	text          text NOT NULL,
	html          text NOT NULL,
	mail          json NOT NULL, -- what is not a column
	state         text COLLATE "C" NOT NULL,
	attempts      bigint NOT NULL,
	due           timestamptz NOT NULL, -- -infinity: at once
	claimed_by    text NOT NULL,
	claimed_until timestamptz NOT NULL, -- -infinity: not claimed
	sent_at       timestamptz,
	error         text NOT NULL,
	version       bigint NOT NULL
);
CREATE INDEX tm_outbox_waiting ON tm_outbox (due, seq) WHERE state = 'waiting';
CREATE INDEX tm_outbox_sending ON tm_outbox (due, seq) WHERE state = 'sending';
CREATE INDEX tm_outbox_state ON tm_outbox (state, seq) WHERE state IN ('waiting', 'sending', 'held', 'failed');
CREATE INDEX tm_outbox_ticket ON tm_outbox (ticket, seq) WHERE ticket <> '';

CREATE TABLE tm_settings (
	id    bytea PRIMARY KEY, -- SHA-256 of kind and key, which may be too long for an index
	seq   bigint NOT NULL,
	kind  text COLLATE "C" NOT NULL,
	key   bytea NOT NULL, -- so that keys sort bytewise, whatever they hold
	value bytea NOT NULL
);
CREATE INDEX tm_settings_kind ON tm_settings (kind, substring(key from 1 for 1000));

CREATE TABLE tm_leases (
	name    text COLLATE "C" PRIMARY KEY,
	holder  text NOT NULL, -- '': given back
	fence   bigint NOT NULL,
	expires timestamptz NOT NULL
);

-- Content, by its SHA-256, which is NULL while it is written. What no commit
-- refers to is not lasting, and swept when it was not staged for a day or two.
CREATE TABLE tm_blobs (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	sha256    bytea UNIQUE,
	size      bigint NOT NULL DEFAULT 0,
	lasting   boolean NOT NULL DEFAULT false,
	staged_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX tm_blobs_staged ON tm_blobs (staged_at) WHERE NOT lasting;

-- Pieces of content in order. Mails hardly shrink, and to try costs more than
-- writing them, hence EXTERNAL.
CREATE TABLE tm_blob_chunks (
	blob bigint NOT NULL,
	n    integer NOT NULL,
	data bytea NOT NULL,
	PRIMARY KEY (blob, n)
);
ALTER TABLE tm_blob_chunks ALTER COLUMN data SET STORAGE EXTERNAL;
