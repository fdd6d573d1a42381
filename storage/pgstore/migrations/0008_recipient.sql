-- The recipient of mails that are put by others than this release (an older one
-- still at work, a host's own SQL), and of those put so far. In a document with
-- NUL or half of a character PostgreSQL looks up nothing: it is looked up without.
CREATE FUNCTION tm_recipient() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	NEW.to_address = coalesce(regexp_replace(NEW.mail::text, '(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f]..)', '\1', 'gi')::json #>> '{to,Address}', '');
	RETURN NEW;
END $$;
CREATE TRIGGER tm_recipient BEFORE INSERT OR UPDATE ON tm_outbox FOR EACH ROW WHEN (NEW.to_address = '') EXECUTE FUNCTION tm_recipient();
UPDATE tm_outbox SET to_address = '' WHERE to_address = '';
