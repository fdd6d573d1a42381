-- Makes the fence part of a key. A transaction that renewed a lease keeps FOR KEY
-- SHARE on its row: whoever changes the fence waits for it, a renewal by another
-- transaction of the holder does not.
CREATE UNIQUE INDEX tm_leases_fence ON tm_leases (name, fence);

-- What is searched of each ticket, see storage.Searched. The words are made by
-- the program: no text search configuration takes part, and the dictionaries and
-- the locale of the server do not matter. Filled where Options.Search is set.
CREATE TABLE tm_search (
	ticket   bigint PRIMARY KEY REFERENCES tm_tickets (seq) ON DELETE CASCADE,
	public   tsvector NOT NULL,
	internal tsvector NOT NULL
);
CREATE INDEX tm_search_public ON tm_search USING gin (public);
CREATE INDEX tm_search_internal ON tm_search USING gin (internal);

-- 0: nothing is indexed; 1: what is written is, and the rest is being read;
-- 2: everything is. A sequence, so that it is read with the others.
CREATE SEQUENCE tm_search_state MINVALUE 0 START 0;
