-- Tickets whose words in the index may not be theirs any more, see search.go.
-- Triggers note them, since texts are changed not only by this release: nodes of
-- an older one may be at work, and a host may use SQL of its own. Nothing is noted
-- where there is no index.
CREATE TABLE tm_stale (
	ticket INTEGER PRIMARY KEY
);

CREATE TRIGGER tm_tickets_stale_insert AFTER INSERT ON tm_tickets
	WHEN EXISTS (SELECT 1 FROM tm_meta WHERE key = 'search')
	BEGIN INSERT INTO tm_stale VALUES (NEW.seq) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tm_tickets_stale_update AFTER UPDATE OF seq, id, subject ON tm_tickets
	WHEN (OLD.subject IS NOT NEW.subject OR OLD.id IS NOT NEW.id OR OLD.seq <> NEW.seq) AND EXISTS (SELECT 1 FROM tm_meta WHERE key = 'search')
	BEGIN INSERT INTO tm_stale VALUES (OLD.seq), (NEW.seq) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tm_tickets_stale_delete AFTER DELETE ON tm_tickets
	WHEN EXISTS (SELECT 1 FROM tm_meta WHERE key = 'search')
	BEGIN INSERT INTO tm_stale VALUES (OLD.seq) ON CONFLICT DO NOTHING; END;

CREATE TRIGGER tm_comments_stale_insert AFTER INSERT ON tm_comments
	WHEN EXISTS (SELECT 1 FROM tm_meta WHERE key = 'search')
	BEGIN INSERT INTO tm_stale VALUES (NEW.ticket) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tm_comments_stale_update AFTER UPDATE OF seq, ticket, internal, sender_name, sender_address, text, attachments ON tm_comments
	WHEN (OLD.text IS NOT NEW.text OR OLD.ticket <> NEW.ticket OR OLD.internal <> NEW.internal OR OLD.seq <> NEW.seq OR OLD.attachments IS NOT NEW.attachments
		OR OLD.sender_name IS NOT NEW.sender_name OR OLD.sender_address IS NOT NEW.sender_address) AND EXISTS (SELECT 1 FROM tm_meta WHERE key = 'search')
	BEGIN INSERT INTO tm_stale VALUES (OLD.ticket), (NEW.ticket) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER tm_comments_stale_delete AFTER DELETE ON tm_comments
	WHEN EXISTS (SELECT 1 FROM tm_meta WHERE key = 'search')
	BEGIN INSERT INTO tm_stale VALUES (OLD.ticket) ON CONFLICT DO NOTHING; END;

-- What was changed behind an existing index until now was not noted: the next
-- store that is opened to search reads everything again.
UPDATE tm_meta SET value = 'building' WHERE key = 'search';
