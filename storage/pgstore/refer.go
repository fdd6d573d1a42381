package pgstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// refer notes that the transaction refers to content, which must be staged or
// lasting, and makes it lasting with its commit. From the statement on until the
// end of the transaction the rows are locked, so that they are not swept
// meanwhile.
func (t *tx) refer(ctx context.Context, blobs ...storage.Blob) error {
	wanted := make(map[[32]byte]storage.Blob)
	for _, b := range blobs {
		if _, ok := t.known[b]; ok || b.IsZero() {
			continue
		}
		if other, ok := wanted[b.SHA256]; ok && other != b {
			return missing(b) // the same content has one size
		}
		wanted[b.SHA256] = b
	}
	if len(wanted) == 0 {
		return nil
	}
	if t.store.other != nil {
		return t.referTo(ctx, t.store.other, wanted)
	}
	for _, b := range wanted { // not synced before, as it should be
		data, pending := t.store.staged.content(b)
		if !pending {
			continue
		}
		if _, err := t.exec(ctx, stageSmall, b.SHA256[:], b.Size, data); err != nil {
			return fmt.Errorf("refer to blobs: %w", err)
		}
	}
	if t.hopes {
		return t.hopeFor(ctx, wanted)
	}
	sums, sizes := blobColumns(wanted)
	found := make([][32]byte, 0, len(wanted))
	err := t.each(ctx, func(rows pgx.Rows) error {
		var sum [32]byte
		err := rows.Scan(hashColumn{&sum})
		found = append(found, sum)
		return err
	}, refer, sums, sizes)
	if err != nil {
		return fmt.Errorf("refer to blobs: %w", err)
	}
	for _, sum := range found {
		t.known[wanted[sum]] = struct{}{}
		delete(wanted, sum)
	}
	for _, b := range blobs {
		if _, ok := wanted[b.SHA256]; ok {
			return missing(b)
		}
	}
	return nil
}

// hopeFor takes content to be there.
func (t *tx) hopeFor(ctx context.Context, wanted map[[32]byte]storage.Blob) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	if t.wanted == nil {
		t.wanted = make(map[[32]byte]storage.Blob)
	}
	for sum, b := range wanted {
		if other, ok := t.wanted[sum]; ok && other != b {
			return t.fail(fmt.Errorf("%w: %w", errHope, missing(b)))
		}
		t.wanted[sum] = b
		t.known[b] = struct{}{}
	}
	return nil
}

// blobColumns returns the arguments of refer.
func blobColumns(blobs map[[32]byte]storage.Blob) (sums [][]byte, sizes []int64) {
	for _, b := range blobs {
		sums, sizes = append(sums, b.SHA256[:]), append(sizes, b.Size)
	}
	return sums, sizes
}

// refer returns the content that is there. A staged row may be swept between
// the look at it and its lock: what counts is the update.
const refer = `WITH have AS (
	SELECT id, b.sha256, lasting AND released_at IS NULL AS lasting FROM unnest($1::bytea[], $2::bigint[]) AS wanted (sha256, size) JOIN tm.blobs b USING (sha256, size)
), made AS (
	UPDATE tm.blobs b SET lasting = true, released_at = NULL FROM have WHERE b.id = have.id AND NOT have.lasting RETURNING b.sha256
)
SELECT sha256 FROM have WHERE lasting UNION ALL SELECT sha256 FROM made`

func missing(b storage.Blob) error {
	return fmt.Errorf("blob %x of %d bytes: %w", b.SHA256, b.Size, storage.ErrNotFound)
}

// referTo is refer for content that is not in the database.
func (t *tx) referTo(ctx context.Context, other storage.Blobs, wanted map[[32]byte]storage.Blob) error {
	for _, b := range wanted {
		if err := storage.CheckReference(ctx, other, b); err != nil {
			return err
		}
		t.known[b] = struct{}{}
	}
	return nil
}
