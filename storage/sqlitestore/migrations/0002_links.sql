-- What became of a ticket that was merged, and what a ticket goes on from.
ALTER TABLE tm_tickets ADD COLUMN follows TEXT NOT NULL DEFAULT '';
ALTER TABLE tm_tickets ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
