package sqlitestore

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"example.com/ticketmail/storage"
)

// refer notes that the transaction refers to content, which must be staged by
// this Store or lasting.
func (t *tx) refer(ctx context.Context, blob storage.Blob) error {
	if blob.IsZero() {
		return nil
	}
	if _, ok := t.known[blob]; ok {
		return nil
	}
	if other := t.store.other; other != nil {
		if err := storage.CheckReference(ctx, other, blob); err != nil {
			return err
		}
		t.known[blob] = struct{}{}
		return nil
	}
	if s, ok := t.staged[blob.SHA256]; ok && s.blob == blob {
		return nil
	}
	if s, ok := t.store.blobs.stagedAs(blob); ok {
		stands, err := t.store.blobs.stands(ctx, s, t.exists)
		if err != nil {
			return err
		}
		if stands {
			t.staged[blob.SHA256] = s
			return nil
		}
		t.store.blobs.drop(s)
	}
	released, ok, err := t.number(ctx, `SELECT EXISTS (SELECT 1 FROM tm_released r WHERE r.sha256 = b.sha256)
		FROM tm_blobs b WHERE sha256 = ? AND size = ?`, blob.SHA256[:], blob.Size)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("blob %x of %d bytes: %w", blob.SHA256, blob.Size, storage.ErrNotFound)
	}
	if released != 0 {
		if err := t.retain(ctx, blob.SHA256[:]); err != nil {
			return err
		}
	}
	t.known[blob] = struct{}{}
	return nil
}

// finishBlobs writes down where the content referred to stands, after making
// sure that it is on disk.
func (t *tx) finishBlobs(ctx context.Context) error {
	if t.store.other != nil && len(t.known) > 0 {
		return storage.SyncReferences(ctx, t.store.other, t.known)
	}
	if len(t.staged) == 0 {
		return nil
	}
	if !t.store.blobs.onDisk(t.staged) {
		if err := t.store.Sync(ctx); err != nil {
			return err
		}
		if !t.store.blobs.onDisk(t.staged) {
			return fmt.Errorf("content staged for this update could not be written: %w", storage.ErrNotFound)
		}
	}
	list := make([]*stagedBlob, 0, len(t.staged))
	used := make(map[int64]int64)
	for _, s := range t.staged {
		// Asked again: a host's transaction locks out others with its first
		// write only.
		stands, err := t.store.blobs.stands(ctx, s, t.exists)
		if err != nil {
			return err
		}
		if !stands {
			t.store.blobs.drop(s)
			return fmt.Errorf("blob %x of %d bytes was discarded: %w", s.blob.SHA256, s.blob.Size, storage.ErrNotFound)
		}
		list = append(list, s)
		used[s.seg.id] = max(used[s.seg.id], s.end())
	}
	slices.SortFunc(list, func(a, b *stagedBlob) int { return bytes.Compare(a.blob.SHA256[:], b.blob.SHA256[:]) })
	t.store.blobs.refer(list)
	// Content that another process made lasting meanwhile stays where it is.
	err := batches(list, func(list []*stagedBlob) error {
		var args []any
		var sums [][]byte
		for _, s := range list {
			args = append(args, s.blob.SHA256[:], s.blob.Size, s.seg.id, s.offset)
			sums = append(sums, s.blob.SHA256[:])
		}
		if err := t.retain(ctx, sums...); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO tm_blobs (sha256, size, file, offset) VALUES `+values(len(list), 4)+` ON CONFLICT DO NOTHING`, args...)
		return err
	})
	if err != nil {
		return err
	}
	for id, end := range used {
		_, err := t.exec(ctx, `INSERT INTO tm_blob_files (id, used) VALUES (?, ?)
			ON CONFLICT (id) DO UPDATE SET used = max(used, excluded.used)`, id, end)
		if err != nil {
			return err
		}
	}
	return nil
}

// onDisk reports whether all of staged is synced.
func (b *blobs) onDisk(staged map[[32]byte]*stagedBlob) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range staged {
		if s.lost || s.end() > s.seg.synced {
			return false
		}
	}
	return true
}

// committed forgets staged content that has become lasting.
func (b *blobs) committed(staged map[[32]byte]*stagedBlob) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range staged {
		b.unstage(s)
	}
}
