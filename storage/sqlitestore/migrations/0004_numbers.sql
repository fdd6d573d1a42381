-- The highest numbers of records that a host deleted itself: they were seen, and
-- are not given out again.
CREATE TABLE tm_last (
	name TEXT NOT NULL PRIMARY KEY,
	seq  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER tm_tickets_deleted AFTER DELETE ON tm_tickets
	BEGIN INSERT INTO tm_last VALUES ('tm_tickets', OLD.seq) ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq); END;
CREATE TRIGGER tm_comments_deleted AFTER DELETE ON tm_comments
	BEGIN INSERT INTO tm_last VALUES ('tm_comments', OLD.seq) ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq); END;
CREATE TRIGGER tm_changes_deleted AFTER DELETE ON tm_changes
	BEGIN INSERT INTO tm_last VALUES ('tm_changes', OLD.seq) ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq); END;
