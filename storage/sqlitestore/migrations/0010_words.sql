-- What is searched by is read from the table, where the recipient may stand
-- already: in which order triggers run is not known.
DROP TRIGGER tm_outbox_text_new;
CREATE TRIGGER tm_outbox_text_new AFTER INSERT ON tm_outbox
	BEGIN INSERT INTO tm_outbox_text SELECT seq, lower(subject || char(10) || to_address || char(10) || ticket) FROM tm_outbox WHERE seq = NEW.seq; END;
