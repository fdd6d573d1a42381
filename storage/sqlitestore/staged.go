package sqlitestore

import (
	"context"
	"errors"
	"os"

	"example.com/ticketmail/storage"
)

func (s *stagedBlob) place() place { return place{s.seg.id, s.offset} }

// stagedAs returns what is staged of content.
func (b *blobs) stagedAs(blob storage.Blob) (*stagedBlob, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.staged[blob.SHA256]
	return s, ok && s.blob == blob
}

// refer notes that the places of staged content are being written down.
func (b *blobs) refer(staged []*stagedBlob) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range staged {
		s.referred = true
	}
}

// drop forgets staged content whose place is not to be trusted any more.
func (b *blobs) drop(s *stagedBlob) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unstage(s)
}

// held returns what is staged of content and counts as such. What became
// lasting without our knowing does not: whether it stays is for the database
// to say.
func (b *blobs) held(ctx context.Context, blob storage.Blob) (*stagedBlob, bool, error) {
	s, ok := b.stagedAs(blob)
	if !ok || !b.wasReferred(s) {
		return s, ok, nil
	}
	_, lasting, err := b.lasting(ctx, blob)
	if err != nil {
		return nil, false, err
	}
	if !lasting {
		stands, err := b.stands(ctx, s, b.exists)
		if stands || err != nil {
			return s, stands, err
		}
	}
	b.drop(s)
	return nil, false, nil
}

func (b *blobs) wasReferred(s *stagedBlob) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.referred
}

// stands reports whether staged content is still where it was put. Who commits
// a host's transaction does not tell us (see Within), and the answer to a
// commit may be lost. The content is lasting then, and goes when nobody refers
// to it any more, while here it is staged: its place becomes a hole, and when
// that is wiped out nothing says so but the record itself.
func (b *blobs) stands(ctx context.Context, s *stagedBlob, exists func(context.Context, string, ...any) (bool, error)) (bool, error) {
	if !b.wasReferred(s) {
		return true, nil
	}
	hole, err := exists(ctx, `SELECT 1 FROM tm_holes WHERE file = ? AND offset = ?`, s.seg.id, s.offset)
	if hole || err != nil {
		return false, err
	}
	r, err := b.openRecord(ctx, s.blob, s.place())
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errDamaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, r.Close()
}

// exists reports whether a query has a row, outside of transactions.
func (b *blobs) exists(ctx context.Context, query string, args ...any) (found bool, err error) {
	err = retryBusy(ctx, func() error {
		return b.db.QueryRowContext(context.WithoutCancel(ctx), `SELECT EXISTS (`+query+`)`, args...).Scan(&found)
	})
	return found, err
}

// isReleased reports whether content may be about to be discarded.
func (b *blobs) isReleased(ctx context.Context, blob storage.Blob) (bool, error) {
	return b.exists(ctx, `SELECT 1 FROM tm_released WHERE sha256 = ?`, blob.SHA256[:])
}
