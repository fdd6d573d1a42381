-- The recipient of mails that are put by others than this release (an older one
-- still at work, a host's own SQL), and of those put so far.
CREATE TRIGGER tm_outbox_recipient AFTER INSERT ON tm_outbox WHEN NEW.to_address = '' AND json_valid(NEW.mail)
	BEGIN UPDATE tm_outbox SET to_address = coalesce(json_extract(NEW.mail, '$.to.Address'), '') WHERE seq = NEW.seq; END;
UPDATE tm_outbox SET to_address = coalesce(json_extract(mail, '$.to.Address'), '') WHERE to_address = '' AND json_valid(mail);
