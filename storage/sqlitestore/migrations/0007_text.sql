-- What the lists of the ledger and the outbox are searched by, in small letters.
-- No index finds a part of a text, so all rows are looked at: here they are short.
-- A REPLACE of a host's own leaves the line of the row whose place it takes: that
-- must not be in the way of another.
CREATE TABLE tm_ledger_text (
	line  INTEGER PRIMARY KEY, -- seq of the entry
	words TEXT NOT NULL
);
INSERT INTO tm_ledger_text SELECT seq, lower(message_id || char(10) || ticket || char(10) || folder || char(10) || uid) FROM tm_ledger;
CREATE TRIGGER tm_ledger_text_new AFTER INSERT ON tm_ledger
	BEGIN INSERT INTO tm_ledger_text VALUES (NEW.seq, lower(NEW.message_id || char(10) || NEW.ticket || char(10) || NEW.folder || char(10) || NEW.uid))
		ON CONFLICT (line) DO UPDATE SET words = excluded.words; END;
CREATE TRIGGER tm_ledger_text_changed AFTER UPDATE OF message_id, ticket, folder, uid ON tm_ledger
	WHEN NEW.message_id <> OLD.message_id OR NEW.ticket <> OLD.ticket OR NEW.folder <> OLD.folder OR NEW.uid <> OLD.uid
	BEGIN UPDATE tm_ledger_text SET words = lower(NEW.message_id || char(10) || NEW.ticket || char(10) || NEW.folder || char(10) || NEW.uid) WHERE line = NEW.seq; END;
CREATE TRIGGER tm_ledger_text_gone AFTER DELETE ON tm_ledger
	BEGIN DELETE FROM tm_ledger_text WHERE line = OLD.seq; END;

CREATE TABLE tm_outbox_text (
	line  INTEGER PRIMARY KEY, -- seq of the mail
	words TEXT NOT NULL
);
INSERT INTO tm_outbox_text SELECT seq, lower(subject || char(10) || to_address || char(10) || ticket) FROM tm_outbox;
CREATE TRIGGER tm_outbox_text_new AFTER INSERT ON tm_outbox
	BEGIN INSERT INTO tm_outbox_text VALUES (NEW.seq, lower(NEW.subject || char(10) || NEW.to_address || char(10) || NEW.ticket))
		ON CONFLICT (line) DO UPDATE SET words = excluded.words; END;
CREATE TRIGGER tm_outbox_text_changed AFTER UPDATE OF subject, to_address, ticket ON tm_outbox
	WHEN NEW.subject <> OLD.subject OR NEW.to_address <> OLD.to_address OR NEW.ticket <> OLD.ticket
	BEGIN UPDATE tm_outbox_text SET words = lower(NEW.subject || char(10) || NEW.to_address || char(10) || NEW.ticket) WHERE line = NEW.seq; END;
CREATE TRIGGER tm_outbox_text_gone AFTER DELETE ON tm_outbox
	BEGIN DELETE FROM tm_outbox_text WHERE line = OLD.seq; END;
