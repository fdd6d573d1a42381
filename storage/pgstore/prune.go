package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

var _ storage.Pruner = (*Store)(nil)

// Prune implements [storage.Pruner]. What is taken away is in the files of the
// server until VACUUM has been there, and in its log and backups until these
// are gone.
func (s *Store) Prune(ctx context.Context, fn func(storage.PruneWriter) error) error {
	return s.Update(ctx, func(w storage.Writer) error { return fn(pruner{w.(writer)}) })
}

// A pruner is a writer that can take away.
type pruner struct{ writer }

// DeleteMails implements [storage.PruneWriter].
func (p pruner) DeleteMails(ctx context.Context, ids ...string) error {
	encoded := make([]string, len(ids))
	for i, id := range ids {
		encoded[i] = encode(id)
	}
	if _, err := p.exec(ctx, `DELETE FROM tm.outbox WHERE id = ANY ($1)`, encoded); err != nil {
		return fmt.Errorf("delete mails: %w", err)
	}
	return nil
}

// ReplaceChange implements [storage.PruneWriter].
func (p pruner) ReplaceChange(ctx context.Context, c storage.Change) error {
	n, err := p.exec(ctx, `UPDATE tm.changes SET ticket = $2, at = $3, actor = $4, via = $5, field = $6, old = $7, new = $8 WHERE seq = $1`,
		c.Seq, encode(c.Ticket), timeValue(c.At), encode(c.Actor), encode(c.Via), encode(c.Field), encode(c.Old), encode(c.New))
	if err == nil && n == 0 {
		err = storage.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("replace change %d: %w", c.Seq, err)
	}
	return nil
}

// Release implements [storage.PruneWriter].
func (p pruner) Release(ctx context.Context, blobs ...storage.Blob) error {
	if p.store.other != nil || len(blobs) == 0 {
		return p.usable(ctx)
	}
	sums := make([][]byte, len(blobs))
	for i, b := range blobs {
		sums[i] = b.SHA256[:]
	}
	if _, err := p.exec(ctx, `UPDATE tm.blobs SET released_at = clock_timestamp() WHERE sha256 = ANY ($1)`, sums); err != nil {
		return fmt.Errorf("release content: %w", err)
	}
	return nil
}

// discardBatch is how much released content is looked at in one pass over the
// references.
const discardBatch = 1 << 17

// Discard implements [storage.Pruner].
func (s *Store) Discard(ctx context.Context) (removed int, err error) {
	if s.other != nil {
		return 0, s.usable(ctx)
	}
	for last := int64(0); ; {
		page, err := s.released(ctx, last)
		if err == nil && len(page) > 0 {
			last = page[len(page)-1].id
			var n int
			n, err = s.discard(ctx, page)
			removed += n
		}
		if err != nil {
			return removed, fmt.Errorf("discard content: %w", cause(ctx, err))
		}
		if len(page) < discardBatch {
			return removed, nil
		}
	}
}

// A released is content that was released, and when that was last: who refers
// to it and is gone again meanwhile leaves another time.
type released struct {
	id  int64
	sum [32]byte
	at  time.Time
}

// released returns released content behind a number, in order.
func (s *Store) released(ctx context.Context, after int64) (page []released, err error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, s.sql(`SELECT id, sha256, released_at FROM tm.blobs
		WHERE released_at IS NOT NULL AND sha256 IS NOT NULL AND id > $1 ORDER BY id LIMIT $2`), after, discardBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r released
		if err := rows.Scan(&r.id, hashColumn{&r.sum}, &r.at); err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

// discard removes what nothing refers to, and takes note of what is in use.
func (s *Store) discard(ctx context.Context, page []released) (removed int, err error) {
	loose := make(map[[32]byte]struct{}, len(page))
	for _, r := range page {
		loose[r.sum] = struct{}{}
	}
	if err := storage.Unreferenced(ctx, s, loose); err != nil {
		return 0, err
	}
	for len(page) > 0 {
		batch := page[:min(len(page), sweepBatch)]
		page = page[len(batch):]
		n, err := s.forget(ctx, batch, loose)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func (s *Store) forget(ctx context.Context, batch []released, loose map[[32]byte]struct{}) (removed int, err error) {
	var ids, used []int64
	var at, usedAt []time.Time
	for _, r := range batch {
		if _, ok := loose[r.sum]; ok {
			ids, at = append(ids, r.id), append(at, r.at)
		} else {
			used, usedAt = append(used, r.id), append(usedAt, r.at)
		}
	}
	err = s.Update(ctx, func(w storage.Writer) error {
		t := w.(writer).tx
		removed = 0
		if _, err := t.exec(ctx, `UPDATE tm.blobs b SET released_at = NULL FROM unnest($1::bigint[], $2::timestamptz[]) AS r (id, at)
			WHERE b.id = r.id AND b.released_at = r.at`, used, usedAt); err != nil {
			return err
		}
		return t.each(ctx, func(pgx.Rows) error { removed++; return nil }, forget, ids, at)
	})
	return removed, err
}

// forget removes content that was not referred to since, nor staged: who did
// that looks at it only once more, when it commits.
const forget = `WITH gone AS (
	DELETE FROM tm.blobs b USING unnest($1::bigint[], $2::timestamptz[]) AS r (id, at)
	WHERE b.id = r.id AND b.released_at = r.at AND (b.staged_at < r.at OR b.staged_at < clock_timestamp() - interval '2 days')
	RETURNING b.id
), chunks AS (
	DELETE FROM tm.blob_chunks USING gone WHERE blob = gone.id
)
SELECT id FROM gone`
