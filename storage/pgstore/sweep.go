package pgstore

import (
	"context"
	"fmt"
	"log/slog"
)

// Sweep removes content that no commit refers to and that nobody has staged
// for a day, and at the latest after two; New does so too. It may be called
// while Stores are used.
func (s *Store) Sweep(ctx context.Context) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	removed := int64(0)
	for {
		tag, err := s.pool.Exec(ctx, s.sql(sweep), sweepBatch)
		if err != nil {
			return fmt.Errorf("sweep blobs: %w", cause(ctx, err))
		}
		removed += tag.RowsAffected()
		if tag.RowsAffected() < sweepBatch {
			break
		}
	}
	if removed > 0 {
		s.log.LogAttrs(ctx, slog.LevelInfo, "removed unreferenced blobs", slog.Int64("blobs", removed))
	}
	return nil
}

// sweepBatch is how many blobs are removed in one transaction.
const sweepBatch = 100

// sweep locks the rows first, and then looks at them once more: one that an
// Update has just made lasting does not count as staged any more, and one that
// an Update is about to make lasting is locked by it and skipped.
const sweep = `WITH gone AS (
	SELECT id FROM tm.blobs WHERE NOT lasting AND staged_at < clock_timestamp() - interval '2 days'
	ORDER BY staged_at LIMIT $1 FOR UPDATE SKIP LOCKED
), chunks AS (
	DELETE FROM tm.blob_chunks USING gone WHERE blob = gone.id
)
DELETE FROM tm.blobs b USING gone WHERE b.id = gone.id`
