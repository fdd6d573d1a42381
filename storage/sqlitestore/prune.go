package sqlitestore

import (
	"context"
	"fmt"
	"slices"

	"example.com/ticketmail/storage"
)

var _ storage.Pruner = (*Store)(nil)

// Prune implements [storage.Pruner]. SQLite writes zeros over what is deleted
// or replaced meanwhile (secure_delete). Copies of old pages stand in the
// write-ahead log until Discard empties it; and where SQLite has ever moved a
// row to another page, a copy may stand in the unused part of the old one. Only
// [Store.Compact] makes sure that nothing is left.
func (s *Store) Prune(ctx context.Context, fn func(storage.PruneWriter) error) error {
	return s.Update(ctx, func(w storage.Writer) error {
		t := w.(writer).tx
		if err := s.write.secureDelete(ctx, "ON"); err != nil {
			return err
		}
		if err := fn(pruner{w.(writer)}); err != nil {
			return err
		}
		if err := t.flushChanges(ctx); err != nil {
			return err
		}
		if _, err := t.catchUp(ctx, everything); err != nil {
			return t.fail(fmt.Errorf("index words: %w", err))
		}
		return s.write.secureDelete(ctx, "OFF")
	})
}

// secureDelete says whether deleted bytes are overwritten.
// SQLite obeys when the statement is compiled, so it must not be prepared once
// for all.
func (c *writeConn) secureDelete(ctx context.Context, mode string) error {
	_, err := c.conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA secure_delete = "+mode)
	return err
}

// A pruner is a writer that can take away.
type pruner struct{ writer }

// DeleteMails implements [storage.PruneWriter].
func (p pruner) DeleteMails(ctx context.Context, ids ...string) error {
	err := batches(ids, func(ids []string) error {
		args := make([]any, len(ids))
		for i, id := range ids {
			args[i] = id
		}
		_, err := p.exec(ctx, `DELETE FROM tm_outbox WHERE id IN `+values(1, len(ids)), args...)
		return err
	})
	if err != nil {
		return p.fail(fmt.Errorf("delete mails: %w", err)) // some may be gone
	}
	return nil
}

// ReplaceChange implements [storage.PruneWriter].
func (p pruner) ReplaceChange(ctx context.Context, c storage.Change) error {
	if err := p.flushChanges(ctx); err != nil {
		return err
	}
	n, err := p.exec(ctx, `UPDATE tm_changes SET ticket = ?, at = ?, actor = ?, via = ?, field = ?, old = ?, new = ? WHERE seq = ?`,
		string(c.Ticket), micros(c.At), string(c.Actor), c.Via, c.Field, c.Old, c.New, c.Seq)
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
	if p.store.other != nil {
		return p.usable(ctx)
	}
	for _, b := range blobs {
		_, err := p.exec(ctx, `INSERT INTO tm_released (sha256, mark) SELECT sha256, random() FROM tm_blobs WHERE sha256 = ?
			ON CONFLICT DO UPDATE SET mark = excluded.mark`, b.SHA256[:])
		if err != nil {
			return fmt.Errorf("release content: %w", err)
		}
	}
	return nil
}

// retain takes back that content was released: somebody refers to it again.
func (t *tx) retain(ctx context.Context, sums ...[]byte) error {
	return batches(sums, func(sums [][]byte) error {
		args := make([]any, len(sums))
		for i, sum := range sums {
			args[i] = sum
		}
		_, err := t.exec(ctx, `DELETE FROM tm_released WHERE sha256 IN `+values(1, len(sums)), args...)
		return err
	})
}

// discardBatch is how much released content is looked at in one pass over the
// references.
const discardBatch = 1 << 17

// Discard implements [storage.Pruner]. The bytes of what is removed are wiped
// out in the blob directory, and the write-ahead log is emptied unless somebody
// reads in it just now.
func (s *Store) Discard(ctx context.Context) (removed int, err error) {
	if s.other == nil {
		if removed, err = s.discard(ctx); err != nil {
			return removed, fmt.Errorf("discard content: %w", err)
		}
	}
	if err := s.emptyLog(ctx); err != nil {
		return removed, fmt.Errorf("empty write-ahead log: %w", err)
	}
	return removed, nil
}

func (s *Store) discard(ctx context.Context) (removed int, err error) {
	if err := s.blobs.settle(ctx); err != nil { // else their files count as written to
		return 0, err
	}
	for last := []byte{}; ; {
		page, err := s.released(ctx, last)
		if err != nil {
			return removed, err
		}
		loose := make(map[[32]byte]struct{}, len(page))
		for _, r := range page {
			loose[r.sum] = struct{}{}
			last = r.sum[:]
		}
		if len(page) > 0 {
			if err := storage.Unreferenced(ctx, s, loose); err != nil {
				return removed, err
			}
		}
		for batch := range slices.Chunk(page, 1000) {
			n, err := s.forget(ctx, batch, loose)
			removed += n
			if err != nil {
				return removed, err
			}
		}
		if err := s.wipe(ctx); err != nil || len(page) < discardBatch {
			return removed, err
		}
	}
}

// A released is content that was released, and the mark of the last time: who
// refers to it and is gone again meanwhile leaves another.
type released struct {
	sum  [32]byte
	mark int64
}

// released returns released content behind a hash, in order.
func (s *Store) released(ctx context.Context, after []byte) (page []released, err error) {
	if s.isClosed() {
		return nil, storage.ErrClosed
	}
	rows, err := s.db.QueryContext(ctx, `SELECT sha256, mark FROM tm_released WHERE sha256 > ? ORDER BY sha256 LIMIT ?`, after, discardBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r released
		if err := rows.Scan(hashColumn{&r.sum}, &r.mark); err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

// forget takes released content out of the tables that is among loose and was
// not retained since, and notes where it stood.
func (s *Store) forget(ctx context.Context, page []released, loose map[[32]byte]struct{}) (removed int, err error) {
	err = s.Update(ctx, func(w storage.Writer) error {
		t := w.(writer).tx
		removed = 0
		for _, r := range page {
			sum := r.sum
			n, err := t.exec(ctx, `DELETE FROM tm_released WHERE sha256 = ? AND mark = ?`, sum[:], r.mark)
			if err != nil {
				return err
			}
			if _, ok := loose[sum]; !ok || n == 0 {
				continue
			}
			_, err = t.exec(ctx, `INSERT INTO tm_holes (file, offset, size) SELECT file, offset, size + ? FROM tm_blobs WHERE sha256 = ?`, recordHeader, sum[:])
			if err != nil {
				return err
			}
			if _, err = t.exec(ctx, `DELETE FROM tm_blobs WHERE sha256 = ?`, sum[:]); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	return removed, err
}

// Compact writes the database anew (VACUUM), so that it is as small as what
// it holds, and that nothing which was taken away or replaced is left in its
// files. That takes minutes for some gigabytes, and as much room on the disk
// again; Updates of all processes wait meanwhile. It is for a quiet hour, after
// an erasure above all. A View under way keeps old pages in the write-ahead log
// until the next checkpoint after its end.
func (s *Store) Compact(ctx context.Context) error {
	var indexed bool
	err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'tm_search')`).Scan(&indexed)
	if err == nil && indexed { // else words of former texts stay in it until it happens to be merged
		err = s.alone(ctx, "INSERT INTO tm_search (tm_search) VALUES ('optimize')")
	}
	if err == nil {
		err = s.alone(ctx, "VACUUM")
	}
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	if err := s.emptyLog(ctx); err != nil {
		return fmt.Errorf("empty write-ahead log: %w", err)
	}
	return nil
}

// emptyLog moves what stands in the write-ahead log into the database.
func (s *Store) emptyLog(ctx context.Context) error {
	return s.alone(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}

// alone runs a statement outside of transactions on the write connection.
func (s *Store) alone(ctx context.Context, statement string) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.turn:
	}
	defer func() { s.turn <- struct{}{} }()
	if s.closed {
		return storage.ErrClosed
	}
	if s.write == nil {
		if err := retryBusy(ctx, func() error { return s.openWrite(ctx) }); err != nil {
			return fmt.Errorf("reopen write connection: %w", err)
		}
	}
	_, err := s.write.conn.ExecContext(context.WithoutCancel(ctx), statement)
	return err
}
