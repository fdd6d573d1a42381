-- The recipient of mails that are put by others than this release (an older one
-- still at work, a host's own SQL), and of those put so far.
CREATE TRIGGER tm_outbox_recipient AFTER INSERT ON tm_outbox WHEN NEW.to_address = '' AND json_valid(NEW.mail)
	BEGIN UPDATE tm_outbox SET to_address = coalesce(json_extract(NEW.mail, '$.to.Address'), '') WHERE seq = NEW.seq; END;
UPDATE tm_outbox SET to_address = coalesce(json_extract(mail, '$.to.Address'), '') WHERE to_address = '' AND json_valid(mail);

-- What is searched by is read from the table, where the recipient may stand
-- already: in which order triggers run is not known.
DROP TRIGGER tm_outbox_text_new;
CREATE TRIGGER tm_outbox_text_new AFTER INSERT ON tm_outbox
	BEGIN INSERT INTO tm_outbox_text SELECT seq, lower(subject || char(10) || to_address || char(10) || ticket) FROM tm_outbox WHERE seq = NEW.seq
		ON CONFLICT (line) DO UPDATE SET words = excluded.words; END;
