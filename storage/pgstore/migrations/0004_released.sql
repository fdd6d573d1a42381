-- When a record ceased to refer to content, until it is known whether another
-- one does.
ALTER TABLE tm_blobs ADD COLUMN released_at timestamptz;
CREATE INDEX tm_blobs_released ON tm_blobs (id) WHERE released_at IS NOT NULL;
