-- Notes of tickets whose words in the index may not be theirs any more, see
-- search.go. Triggers take them, since texts are changed not only by Updates of
-- this release, which index what they write and say so: nodes of an older one may
-- be at work, and a host may use SQL of its own. There is a row for each change,
-- so that one taken while its ticket is being indexed stays.
CREATE TABLE tm_stale (
	n      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	ticket bigint NOT NULL
);
CREATE INDEX tm_stale_ticket ON tm_stale (ticket);

-- Whether there are notes, read with the numbers given out.
CREATE VIEW tm_stale_any AS SELECT count(*) AS last_value FROM (SELECT FROM tm_stale LIMIT 1) AS one;

-- Who changes a text may lack the rights to take the note.
CREATE FUNCTION tm_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	tickets bigint[];
BEGIN
	IF TG_TABLE_NAME = 'tm_tickets' THEN
		tickets = ARRAY[NEW.seq];
	ELSIF TG_OP = 'INSERT' THEN
		tickets = ARRAY[NEW.ticket];
	ELSIF TG_OP = 'DELETE' THEN
		tickets = ARRAY[OLD.ticket];
	ELSIF OLD.ticket = NEW.ticket THEN
		tickets = ARRAY[NEW.ticket];
	ELSE
		tickets = ARRAY[OLD.ticket, NEW.ticket];
	END IF;
	EXECUTE format('INSERT INTO %1$I.tm_stale (ticket) SELECT t FROM unnest($1) AS t, %1$I.tm_search_state WHERE last_value > 0', TG_TABLE_SCHEMA)
		USING tickets;
	RETURN NULL;
END $$;

CREATE FUNCTION tm_note_all() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('INSERT INTO %1$I.tm_stale (ticket) SELECT ticket FROM %1$I.tm_search', TG_TABLE_SCHEMA);
	RETURN NULL;
END $$;

-- They work with the rights of who made them, in the schema of the table they are
-- called for: nobody else may have them called for tables of his own.
REVOKE EXECUTE ON FUNCTION tm_note(), tm_note_all() FROM PUBLIC;

-- A ticket that is deleted takes its words along.
CREATE TRIGGER tm_stale_insert AFTER INSERT ON tm_tickets FOR EACH ROW
	WHEN (current_setting('ticketmail.indexes', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)
	EXECUTE FUNCTION tm_note();
CREATE TRIGGER tm_stale_update AFTER UPDATE OF seq, id, subject ON tm_tickets FOR EACH ROW
	WHEN ((OLD.subject <> NEW.subject OR OLD.id <> NEW.id OR OLD.seq <> NEW.seq)
		AND (current_setting('ticketmail.indexes', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0))
	EXECUTE FUNCTION tm_note();
CREATE TRIGGER tm_stale_change AFTER INSERT OR DELETE OR UPDATE OF seq, ticket, internal, sender_name, sender_address, text, attachments
	ON tm_comments FOR EACH ROW
	WHEN (current_setting('ticketmail.indexes', true) IS DISTINCT FROM 'on' OR pg_trigger_depth() > 0)
	EXECUTE FUNCTION tm_note();
CREATE TRIGGER tm_stale_truncate AFTER TRUNCATE ON tm_comments EXECUTE FUNCTION tm_note_all();

-- What was changed behind an existing index until now was not noted: the next
-- store that is opened to search reads everything again.
DELETE FROM tm_search;
SELECT setval('tm_search_state', 1) FROM tm_search_state WHERE last_value > 0;
