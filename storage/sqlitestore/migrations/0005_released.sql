-- Content that a record has ceased to refer to, until it is known whether
-- another one does.
CREATE TABLE tm_released (
	sha256 BLOB NOT NULL PRIMARY KEY,
	mark   INTEGER NOT NULL -- another one each time
) WITHOUT ROWID;

-- Where content stood that is gone, until its bytes are wiped out there.
CREATE TABLE tm_holes (
	file   INTEGER NOT NULL,
	offset INTEGER NOT NULL,
	size   INTEGER NOT NULL, -- of the record
	PRIMARY KEY (file, offset)
) WITHOUT ROWID;
